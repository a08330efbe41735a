// A browser that is about to become a device of an account: what it has made, while nobody knows it. Types only.

import type { Device, SigningKeys, X25519KeyPair } from '../protocol/identity/identity.ts'
import type { SignedPrekeys } from '../protocol/prekeys/prekeys.ts'
import type { KeptStatement } from './state.ts'

/** A device that an account may put on its list; known to nobody until then, and gone with the page. */
export interface Candidate {
  /** With its countersignature and its bundle it goes to the main device. */
  readonly entry: Device
  readonly countersignature: Uint8Array
  readonly bundle: Uint8Array
  /** Where the main device deposits for it, 32 bytes. */
  readonly address: Uint8Array
  readonly accountKey: Uint8Array
  readonly keys: {
    readonly device: SigningKeys
    readonly identity: X25519KeyPair
    readonly signed: SignedPrekeys
    readonly statement: KeptStatement
    readonly listenKey: Uint8Array
    readonly firstContactListenKey: Uint8Array
  }
}
