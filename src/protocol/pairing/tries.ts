// Failed guesses at our codes, counted across reloads (docs/protocols/pairing.md, Failures). A number of two to four digits
// can be found by trying rooms; so after some failures only the link is left, whose room id nobody finds.

import { reaches } from './checks.ts'

/** After so many, codes are offered by link only, for ten minutes from the last one. */
export const FAILURES_BEFORE_LINK_ONLY = 3
/** After so many, not even that until the person has read a warning. */
export const FAILURES_BEFORE_CONFIRMATION = 10
export const LINK_ONLY_MS = 600_000

/** Stored. */
export interface TriesState {
  readonly count: number
  readonly lastAtMs: number
}

export type TriesStanding =
  | { readonly type: 'free' }
  | { readonly type: 'link-only'; readonly untilMs: number }
  | { readonly type: 'needs-confirmation' }

/** Also after a pairing that succeeded and after the person has confirmed. */
const none: TriesState = { count: 0, lastAtMs: 0 }

const failed = ({ count }: TriesState, nowMs: number): TriesState => ({ count: count + 1, lastAtMs: nowMs })

/** What kind of code may be shown now. A clock that was set back prolongs the ban, never shortens it. */
const standing = ({ count, lastAtMs }: TriesState, nowMs: number): TriesStanding => {
  if (reaches(count, FAILURES_BEFORE_CONFIRMATION)) return { type: 'needs-confirmation' }
  const untilMs = lastAtMs + LINK_ONLY_MS
  return reaches(count, FAILURES_BEFORE_LINK_ONLY) && nowMs < untilMs ? { type: 'link-only', untilMs } : { type: 'free' }
}

export const tries = { none, failed, standing }
