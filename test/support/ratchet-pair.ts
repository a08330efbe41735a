// Two ends of one ratchet, from a seed, without a key agreement before it.

import { asSecret, toHex } from '../../src/crypto/bytes.ts'
import type { Random } from '../../src/crypto/random.ts'
import type { SessionKeys } from '../../src/crypto/session-keys.ts'
import { x25519KeyPair } from '../../src/crypto/x25519.ts'
import { decrypt, encrypt, MAX_JUMP, type RatchetState, startAsInitiator, startAsResponder } from '../../src/protocol/ratchet/ratchet.ts'
import { seededRandom } from './seeded-random.ts'

export const ALICE_TAG = 0x0a11ce00
export const BOB_TAG = 0x0b0b0b0b

export interface Sent {
  readonly envelopeId: Uint8Array
  readonly message: Uint8Array
  readonly plaintext: Uint8Array
}

/** Alice initiates, Bob responds; what a key agreement would have given them is drawn from `random`. */
export const startPair = (random: Random): { alice: RatchetState; bob: RatchetState } => {
  const keys: SessionKeys = {
    rootKey: asSecret<'RootKey'>(random(32)),
    headerKeyA: asSecret<'HeaderKey'>(random(32)),
    headerKeyB: asSecret<'HeaderKey'>(random(32)),
    adHash: random(32),
  }
  const signedPrekey = x25519KeyPair(random)
  return {
    alice: startAsInitiator({ keys, theirSignedPrekey: signedPrekey.publicKey, ourTag: ALICE_TAG, theirTag: BOB_TAG, random }),
    bob: startAsResponder({ keys, ourSignedPrekey: signedPrekey, ourTag: BOB_TAG, theirTag: ALICE_TAG }),
  }
}

/** A pair that keeps its states, for stories: every call moves them on. A refusal throws its reason. */
export const talkingPair = (seed: string | number) => {
  const random = seededRandom(seed)
  const states: Record<Name, RatchetState> = startPair(random)
  let count = 0
  const send = (from: Name): Sent => {
    const plaintext = Uint8Array.of(count >> 8, count++)
    const envelopeId = random(16)
    const { state, message } = encrypt(states[from], { envelopeId, plaintext, random })
    states[from] = state
    return { envelopeId, message, plaintext }
  }
  const receive = (to: Name, { envelopeId, message }: Sent, nowMs = 0, maxSkip = MAX_JUMP): Uint8Array => {
    const opened = decrypt(states[to], { envelopeId, message, nowMs, maxSkip })
    if (!opened.ok) throw new Error(opened.reason)
    states[to] = opened.state
    return opened.plaintext
  }
  /** One message there and one back: two ratchet steps. */
  const roundTrip = (): void => {
    receive('bob', send('alice'))
    receive('alice', send('bob'))
  }
  return { states, random, send, receive, roundTrip }
}

export type Name = 'alice' | 'bob'

/** A state as one text: two states give the same text only if every byte of them is the same. */
export const fingerprint = (state: unknown): string =>
  JSON.stringify(state, (_, value: unknown) => {
    if (value instanceof Uint8Array) return `bytes:${toHex(value)}`
    return value instanceof Map ? [...value] : value
  })
