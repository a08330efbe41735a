// What a device and the relay say to each other once they have authenticated, docs/protocols/publication.md "Channel":
// every request and every reply bears a MAC over its number, its kind and its body. Not encrypted (the connection is), and
// not signed. Both ends are values: what does not open leaves them as they were.

import { ascii, concat, equal, type Secret, u32 } from '../../crypto/bytes.ts'
import { hmacSha256, sha256 } from '../../crypto/hash.ts'

const MAC_LABEL = ascii('parley/relay-auth/mac/v1')
const MAX_SEQUENCE = 2 ** 32 - 1
/** A body starts with a version byte and its kind. */
const KIND_AT = 1

export type MacKey = Secret<'RelayAuthMacKey'>

/** One key a direction, 32 bytes each: nothing can be sent back to whoever said it. */
export interface ChannelKeys {
  readonly requestKey: MacKey
  readonly replyKey: MacKey
}

/** One end of a channel. */
export interface Channel<End extends 'device' | 'relay'> extends ChannelKeys {
  readonly end: End
  /** How many requests have been sealed or opened here, and how many replies. */
  readonly requests: number
  readonly replies: number
}

/** As it travels: the `authenticated` frames of wire/relay-frames. */
export interface Authenticated {
  /** 1, 2, 3, ... in each direction. */
  readonly sequence: number
  /** 32 bytes. */
  readonly mac: Uint8Array
  readonly body: Uint8Array
}

/** By whose hand: `malformed` has no kind, `bad-sequence` is not the next one, `bad-mac` was not made or altered on the way. */
export type ChannelRefusal = 'malformed' | 'bad-sequence' | 'bad-mac'

type Opened<End extends 'device' | 'relay'> =
  | { readonly ok: true; readonly body: Uint8Array; readonly channel: Channel<End> }
  | { readonly ok: false; readonly reason: ChannelRefusal }

export const openChannel = <End extends 'device' | 'relay'>(end: End, keys: ChannelKeys): Channel<End> => ({
  end,
  ...keys,
  requests: 0,
  replies: 0,
})

/** @param body at least two bytes: version and kind */
export const sealRequest = (channel: Channel<'device'>, body: Uint8Array) => {
  const sequence = channel.requests + 1
  return { sealed: seal(channel.requestKey, sequence, body), channel: { ...channel, requests: sequence } }
}

export const openRequest = (channel: Channel<'relay'>, { sequence, mac, body }: Authenticated): Opened<'relay'> => {
  const refusal = refusalOf(channel.requestKey, channel.requests + 1, { sequence, mac, body })
  return refusal ? { ok: false, reason: refusal } : { ok: true, body, channel: { ...channel, requests: sequence } }
}

/** @param body at least two bytes: version and kind */
export const sealReply = (channel: Channel<'relay'>, body: Uint8Array) => {
  const sequence = channel.replies + 1
  return { sealed: seal(channel.replyKey, sequence, body), channel: { ...channel, replies: sequence } }
}

export const openReply = (channel: Channel<'device'>, { sequence, mac, body }: Authenticated): Opened<'device'> => {
  const refusal = refusalOf(channel.replyKey, channel.replies + 1, { sequence, mac, body })
  return refusal ? { ok: false, reason: refusal } : { ok: true, body, channel: { ...channel, replies: sequence } }
}

const seal = (key: MacKey, sequence: number, body: Uint8Array): Authenticated => {
  if (body.length <= KIND_AT || sequence > MAX_SEQUENCE) throw new Error('relay-auth: no body, or too many of them')
  return { sequence, mac: macOf(key, sequence, body), body }
}

const refusalOf = (key: MacKey, next: number, { sequence, mac, body }: Authenticated): ChannelRefusal | undefined => {
  if (body.length <= KIND_AT) return 'malformed'
  if (sequence !== next) return 'bad-sequence'
  return equal(mac, macOf(key, sequence, body)) ? undefined : 'bad-mac'
}

/** HMAC(key, label || sequence || kind || SHA-256(body)): every part has a fixed length. */
const macOf = (key: MacKey, sequence: number, body: Uint8Array): Uint8Array =>
  hmacSha256(key, concat(MAC_LABEL, u32(sequence), body.subarray(KIND_AT, KIND_AT + 1), sha256(body)))
