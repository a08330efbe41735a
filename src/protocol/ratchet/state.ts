// What one side of a session remembers between messages: plain data that a store can encode. No function is in here.
// (Double Ratchet rev. 4 §4.3, header encryption; docs/protocols/ratchet.md)
//
//   initiator --------------------> their-turn <--- encrypt starts a chain --- our-turn
//                                       |                                         ^
//                                       '-------- decrypt of a new chain ---------+
//                                                                                 |
//   responder --> awaiting-first -------- decrypt of the first chain -------------'
//
// In `their-turn` our ratchet key is the newest: we go on in our chain, and only they can start another. In `our-turn` theirs is:
// our old chain is forgotten, and our next message starts one. So the keys of a chain are made when it is first used, and between
// a message that we decrypted and our answer there is no private key here to steal.

import type { Secret } from '../../crypto/bytes.ts'
import type { MlKemSeed } from '../../crypto/ml-kem.ts'
import type { HeaderKey, RootKey } from '../../crypto/session-keys.ts'
import type { X25519KeyPair } from '../../crypto/x25519.ts'

/** CK, 32 bytes: spent by the step that makes the next one. */
export type ChainKey = Secret<'ChainKey'>
/** MK, 32 bytes: seals one message. */
export type MessageKey = Secret<'MessageKey'>

/** What every header of a chain repeats. */
export interface Prologue {
  /** The sender's X25519 ratchet key, 32 bytes (`dh`). */
  readonly ratchetKey: Uint8Array
  /** How many messages the sender's chain before this one had (`pn`). */
  readonly previousCount: number
  /** The sender's new ML-KEM-768 key, 1,184 bytes (`ek`). */
  readonly encapsulationKey: Uint8Array
  /** 1,088 bytes under the receiver's latest key (`ct`); only the initiator's first chain has none. */
  readonly ciphertext: Uint8Array | undefined
}

export interface SendingChain {
  /** HKs. */
  readonly headerKey: HeaderKey
  /** CKs. */
  readonly chainKey: ChainKey
  /** Ns. */
  readonly sentCount: number
  readonly prologue: Prologue
}

/** A chain of theirs that another one has followed; kept for as long as messages of it may come late. */
export interface OldChain {
  /** Counts their chains of this session from 0. */
  readonly chain: number
  readonly headerKey: HeaderKey
  /** SHA-256 of the chain's prologue: no later header of the chain may say otherwise. */
  readonly prologueHash: Uint8Array
}

export interface ReceivingChain extends OldChain {
  /** CKr. */
  readonly chainKey: ChainKey
  /** Nr: one above the highest number opened in this chain. */
  readonly nextNumber: number
}

/** The key of a message that had not come when a later one did. */
export interface SkippedKey {
  readonly chain: number
  readonly n: number
  readonly messageKey: MessageKey
  readonly storedAtMs: number
}

interface Common {
  /** SHA-256 of the key agreement's associated data, 32 bytes (`adh`). */
  readonly adHash: Uint8Array
  readonly ourTag: number
  readonly theirTag: number
  /** RK. */
  readonly rootKey: RootKey
  /** NHKs: the header key of our next chain. */
  readonly nextSendingHeaderKey: HeaderKey
  /** NHKr: the header key of their next chain. */
  readonly nextReceivingHeaderKey: HeaderKey
  /** Oldest first, at most 32, each with a skipped key. */
  readonly oldChains: readonly OldChain[]
  /** By {@link skippedKeyId}, in the order of these ids, which is the order of age; at most 2,000. A store may keep each as a row. */
  readonly skipped: ReadonlyMap<string, SkippedKey>
}

export interface AwaitingFirst extends Common {
  readonly phase: 'awaiting-first'
  /** DHs: our signed prekey. */
  readonly ourKeyPair: X25519KeyPair
}

export interface OurTurn extends Common {
  readonly phase: 'our-turn'
  /** DHr. */
  readonly theirKey: Uint8Array
  /** Undefined only where an initiator starts: PQXDH has put the first KEM secret into the root. */
  readonly theirEncapsulationKey: Uint8Array | undefined
  /** PN of our next chain. */
  readonly previousCount: number
  readonly receiving: ReceivingChain | undefined
}

export interface TheirTurn extends Common {
  readonly phase: 'their-turn'
  /** DHs. */
  readonly ourKeyPair: X25519KeyPair
  /** Opens the ciphertext of their next chain. A seed of 64 bytes, not the 2,400 that it expands to. */
  readonly ourKemSeed: MlKemSeed
  readonly sending: SendingChain
  /** Undefined only for an initiator that has had no answer: nothing equals a chain that is not there. */
  readonly receiving: ReceivingChain | undefined
}

export type RatchetState = AwaitingFirst | OurTurn | TheirTurn
