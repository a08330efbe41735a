// How long prekeys live, how many there are, and what is due when (docs/protocols/prekeys.md, Lifetimes). Whoever keeps the
// keys asks; nothing is made or deleted here.

import { CLOCK_TOLERANCE_MS } from '../identity/identity.ts'

const DAY_MS = 86_400_000

/** A statement is good for so long. */
export const STATEMENT_LIFE_MS = 7 * DAY_MS
/** The signed keys and the sealing key are replaced this often, and the statement with them. */
export const ROTATION_MS = 2 * DAY_MS
/** One-time KEM keys may be used by others for so long. */
export const BATCH_LIFE_MS = 45 * DAY_MS
/** The longest that a message waits in a mailbox. */
const MAILBOX_LIFE_MS = 30 * DAY_MS
/** One-time keys are made anew when fewer of a kind are left to give away. */
const REFILL_BELOW = 20

/** Whether the newest set of signed keys has served its two days (or our clock went back before its birth). */
export const isRotationDue = (newest: { readonly createdAtMs: number }, nowMs: number): boolean =>
  nowMs - newest.createdAtMs >= ROTATION_MS || newest.createdAtMs > nowMs + CLOCK_TOLERANCE_MS

/** Whether more one-time keys of a kind should be made. @param left how many may still be given away */
export const isRefillDue = (left: number): boolean => left < REFILL_BELOW

/**
 * Whether a batch can be named in a new statement: all its keys must outlive what the statement promises, and none may live
 * longer than a reader believes (our clock went back before its birth).
 */
export const canBeNamed = (batch: { readonly expiresAtMs: number }, nowMs: number): boolean =>
  batch.expiresAtMs >= nowMs + STATEMENT_LIFE_MS && batch.expiresAtMs <= nowMs + BATCH_LIFE_MS + CLOCK_TOLERANCE_MS

/**
 * When the private halves of a statement's keys are deleted: 38 days after it was signed, as it is good for 7 days and a
 * message under it may wait for 30 more. A set of keys dies with the last statement that named it.
 */
export const statementEndsAtMs = (signedAtMs: number): number => signedAtMs + STATEMENT_LIFE_MS + MAILBOX_LIFE_MS + CLOCK_TOLERANCE_MS

/** When the private half of a one-time key is deleted though nobody used it: 83 days after it was made. */
export const oneTimeEndsAtMs = (createdAtMs: number): number =>
  createdAtMs + BATCH_LIFE_MS + STATEMENT_LIFE_MS + MAILBOX_LIFE_MS + CLOCK_TOLERANCE_MS
