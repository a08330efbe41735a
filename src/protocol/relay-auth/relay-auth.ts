// How a device and the relay come to know each other, docs/protocols/publication.md "Authentication", and how the relay
// knows who may listen at an address, docs/protocols/relay.md "Addresses". The door of this folder. The authentication is
// deniable: it signs nothing, and whoever holds the relay's keys could have written the device's half as well (X3DH §4.4).
// It seals no content and knows no connection; what is said under it is channel.ts.
//
//   device: (none) --begin--> awaiting the challenge --finish--> channel
//   relay:  (none) --answer--> channel; the first request under it shows that the device is who it says

import { ascii, concat, join, type Secret, u32 } from '../../crypto/bytes.ts'
import { hkdfSha256, sha256 } from '../../crypto/hash.ts'
import type { Random } from '../../crypto/random.ts'
import { isPrimeOrderX25519, type X25519KeyPair, type X25519PrivateKey, x25519Agree, x25519KeyPair } from '../../crypto/x25519.ts'
import { type Channel, type ChannelKeys, type MacKey, openChannel } from './channel.ts'

export type { X25519KeyPair } from '../../crypto/x25519.ts'
export {
  type Authenticated,
  type Channel,
  openReply,
  openRequest,
  sealReply,
  sealRequest,
} from './channel.ts'

const ADDRESS_LABEL = ascii('parley/address/listen/v1')
const VERSION = 1
const NONCE_LENGTH = 32

/**
 * The address that a listen key opens (docs/protocols/relay.md "Addresses").
 *
 * @param listenKey 32 random bytes, kept by the device that listens
 * @returns 32 bytes; nothing about the listen key follows from them
 */
export const addressOf = (listenKey: Uint8Array): Uint8Array => {
  if (listenKey.length !== 32) throw new Error('addressOf: not a listen key')
  return sha256(concat(ADDRESS_LABEL, listenKey))
}

/** The relay's long-term pair; devices pin its public half. @param seed 32 bytes that the relay's store keeps */
export const relayKeyPair = (seed: Uint8Array): X25519KeyPair => {
  if (seed.length !== 32) throw new Error('relayKeyPair: not a seed')
  return x25519KeyPair(() => seed.slice())
}

/** Who a device says that it is. */
export interface Claim {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  readonly tag: number
  /** X25519, 32 bytes: as the account's device list has it. */
  readonly identityKey: Uint8Array
  /** X25519, 32 bytes, fresh. */
  readonly ephemeralKey: Uint8Array
}

export interface Challenge {
  /** X25519, 32 bytes, fresh. */
  readonly ephemeralKey: Uint8Array
  /** 32 random bytes, used once. */
  readonly nonce: Uint8Array
}

/** What a device keeps until the challenge is there; secret, and never stored. */
export interface Awaiting {
  readonly claim: Claim
  readonly identity: X25519KeyPair
  readonly ephemeral: X25519KeyPair
}

/** A key of the other side is of small order or not the one encoding of its point: nothing is agreed on with it. */
export interface BadKey {
  readonly ok: false
  readonly reason: 'bad-key'
}
const BAD_KEY: BadKey = { ok: false, reason: 'bad-key' }

/** Draws 32 bytes. */
export const beginAuthentication = (input: {
  readonly accountId: Uint8Array
  readonly tag: number
  readonly identity: X25519KeyPair
  readonly random: Random
}): Awaiting => {
  const { accountId, tag, identity, random } = input
  const ephemeral = x25519KeyPair(random)
  return { identity, ephemeral, claim: { accountId, tag, identityKey: identity.publicKey, ephemeralKey: ephemeral.publicKey } }
}

/** The relay's answer, and its end of the channel. Draws 64 bytes: the ephemeral key, then the nonce. */
export const answerAuthentication = (
  claim: Claim,
  input: { readonly relay: X25519KeyPair; readonly random: Random },
): { readonly ok: true; readonly challenge: Challenge; readonly channel: Channel<'relay'> } | BadKey => {
  const { relay, random } = input
  const ephemeral = x25519KeyPair(random)
  const challenge = { ephemeralKey: ephemeral.publicKey, nonce: random(NONCE_LENGTH) }
  const keys = agree(transcriptOf(claim, challenge, relay.publicKey), [
    [ephemeral.privateKey, claim.identityKey],
    [relay.privateKey, claim.ephemeralKey],
    [ephemeral.privateKey, claim.ephemeralKey],
  ])
  return keys ? { ok: true, challenge, channel: openChannel('relay', keys) } : BAD_KEY
}

/**
 * The device's end of the channel. Whoever sent the challenge has shown nothing yet: only a reply that opens shows that it
 * is the relay with this key.
 *
 * @param relayKey 32 bytes: the key that this device has pinned, never one that came beside the challenge
 */
export const finishAuthentication = (
  { claim, identity, ephemeral }: Awaiting,
  challenge: Challenge,
  relayKey: Uint8Array,
): { readonly ok: true; readonly channel: Channel<'device'> } | BadKey => {
  const keys = agree(transcriptOf(claim, challenge, relayKey), [
    [identity.privateKey, challenge.ephemeralKey],
    [ephemeral.privateKey, relayKey],
    [ephemeral.privateKey, challenge.ephemeralKey],
  ])
  return keys ? { ok: true, channel: openChannel('device', keys) } : BAD_KEY
}

const transcriptOf = (claim: Claim, challenge: Challenge, relayKey: Uint8Array): readonly Uint8Array[] => [
  Uint8Array.of(VERSION),
  claim.accountId,
  u32(claim.tag),
  claim.identityKey,
  claim.ephemeralKey,
  relayKey,
  challenge.ephemeralKey,
  challenge.nonce,
]

type Agreement = readonly [ours: X25519PrivateKey, theirs: Uint8Array]

/** Both ends name the same three agreements in the same order: identity, relay, ephemeral. */
const agree = (transcript: readonly Uint8Array[], agreements: readonly Agreement[]): ChannelKeys | undefined => {
  if (!agreements.every(([, theirs]) => isPrimeOrderX25519(theirs))) return undefined
  const shared = agreements.map(([ours, theirs]) => x25519Agree(ours, theirs))
  const agreed = shared.filter((each): each is Secret<'X25519Shared'> => each !== undefined)
  if (agreed.length < agreements.length) return undefined
  const key = (use: 'request' | 'reply'): MacKey =>
    hkdfSha256(concat(...agreed), new Uint8Array(0), join(ascii(`parley/relay-auth/${use}/v1`), ...transcript), 32)
  return { requestKey: key('request'), replyKey: key('reply') }
}
