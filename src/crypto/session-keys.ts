// What a key agreement hands to a ratchet: types only, so that the two protocols need not know each other.

import type { Secret } from './bytes.ts'

export type RootKey = Secret<'RootKey'>
export type HeaderKey = Secret<'HeaderKey'>

/** The outcome of PQXDH on either side; every key has 32 bytes. */
export interface SessionKeys {
  readonly rootKey: RootKey
  /** HKa: the initiator sends under it first. */
  readonly headerKeyA: HeaderKey
  /** HKb: the responder sends under it first. */
  readonly headerKeyB: HeaderKey
  /** SHA-256 of the agreement's associated data: who talks to whom, under which bundle. */
  readonly adHash: Uint8Array
}
