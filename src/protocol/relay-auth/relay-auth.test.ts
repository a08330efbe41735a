import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { fromHex, toHex } from '../../crypto/bytes.ts'
import { type X25519KeyPair, x25519KeyPair } from '../../crypto/x25519.ts'
import {
  type Awaiting,
  addressOf,
  answerAuthentication,
  beginAuthentication,
  type Challenge,
  type Channel,
  type Claim,
  finishAuthentication,
  openReply,
  openRequest,
  relayKeyPair,
  sealReply,
  sealRequest,
} from './relay-auth.ts'

describe('addresses', () => {
  test('known bytes: SHA-256 of the label and the key', () => {
    const listenKey = Uint8Array.from({ length: 32 }, (_, i) => i)
    expect(toHex(addressOf(listenKey))).toBe('dab3fad5fb72135b726ba6fd6d5f15f5b27905e6787579886735e1eaa53ce7af')
  })

  test.each([0, 31, 33])('a key of %i bytes is a bug of ours', (length) => {
    expect(() => addressOf(new Uint8Array(length))).toThrow()
  })
})

const counting = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i)
/** Draws 32 bytes of the same value each time: `first`, `first` + 1, ... */
const stepping = (first: number) => {
  let next = first
  return (length: number) => new Uint8Array(length).fill(next++)
}

const accountId = counting(32)
const tag = 0x01020304
const identity = x25519KeyPair(stepping(0x11))
const relay = relayKeyPair(new Uint8Array(32).fill(0x33))
const begin = (): Awaiting => beginAuthentication({ accountId, tag, identity, random: stepping(0x22) })
const body = (text: string) => Uint8Array.of(1, 3, ...new TextEncoder().encode(text))

interface Ends {
  readonly device: Channel<'device'>
  readonly relay: Channel<'relay'>
}

const answerOf = (claim: Claim, by: X25519KeyPair = relay) => {
  const answered = answerAuthentication(claim, { relay: by, random: stepping(0x44) })
  if (!answered.ok) throw new Error('an honest claim is answered')
  return answered
}

const finishOf = (awaiting: Awaiting, challenge: Challenge, relayKey = relay.publicKey): Channel<'device'> => {
  const finished = finishAuthentication(awaiting, challenge, relayKey)
  if (!finished.ok) throw new Error('an honest challenge is taken')
  return finished.channel
}

const authenticated = (): Ends => {
  const awaiting = begin()
  const answered = answerOf(awaiting.claim)
  return { relay: answered.channel, device: finishOf(awaiting, answered.challenge) }
}

/** Whether the relay takes the device's first request. */
const isHeard = ({ device, relay: end }: Ends): boolean => openRequest(end, sealRequest(device, body('status')).sealed).ok

describe('known bytes', () => {
  // Made apart from this code, with OpenSSL's X25519, HKDF and HMAC.
  test('claim, challenge, both keys, a request and its reply', () => {
    const awaiting = begin()
    expect(toHex(awaiting.claim.identityKey)).toBe('7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13')
    expect(toHex(awaiting.claim.ephemeralKey)).toBe('0faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20')
    const { challenge, channel } = answerOf(awaiting.claim)
    expect(toHex(challenge.ephemeralKey)).toBe('ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6b')
    expect(toHex(challenge.nonce)).toBe('45'.repeat(32))
    expect(toHex(channel.requestKey)).toBe('02d707a5957a635fb7c137083d60255a687b855298e0bfa5e4fb234a3b666007')
    expect(toHex(channel.replyKey)).toBe('4d7802de880e65d7342071e25b46342bc9a1b3baf6f7693e929e134e5601c928')
    const device = finishOf(awaiting, challenge)
    expect(toHex(sealRequest(device, body('status')).sealed.mac)).toBe('48a31739bdd1182146a7aa478f9ff67d0b1202324e0f1a1f511786d495f27c97')
    expect(toHex(sealReply(channel, body('done')).sealed.mac)).toBe('8d82511fbb6aefb92a83183e5a331ae77dd0c97b8a77593b8ef4b58f71c385fc')
  })

  test('both ends have the same two keys, and they differ', () => {
    const ends = authenticated()
    expect(toHex(ends.device.requestKey)).toBe(toHex(ends.relay.requestKey))
    expect(toHex(ends.device.replyKey)).toBe(toHex(ends.relay.replyKey))
    expect(toHex(ends.device.replyKey)).not.toBe(toHex(ends.device.requestKey))
  })

  test.each([0, 31, 33])('a seed of %i bytes is a bug of ours', (length) => {
    expect(() => relayKeyPair(new Uint8Array(length))).toThrow()
  })
})

describe('requests and replies', () => {
  test('pass in order, each with its number', () => {
    let { device, relay: end } = authenticated()
    for (const text of ['one', 'two', 'three']) {
      const request = sealRequest(device, body(text))
      const opened = openRequest(end, request.sealed)
      if (!opened.ok) throw new Error(opened.reason)
      const reply = sealReply(opened.channel, body(`${text} done`))
      const heard = openReply(request.channel, reply.sealed)
      if (!heard.ok) throw new Error(heard.reason)
      expect(opened.body).toEqual(body(text))
      expect(heard.body).toEqual(body(`${text} done`))
      device = heard.channel
      end = reply.channel
    }
    expect([device.requests, device.replies, end.requests, end.replies]).toEqual([3, 3, 3, 3])
  })

  const refusedBy = (end: Channel<'relay'>, frame: Parameters<typeof openRequest>[1]) => {
    const before = structuredClone(end)
    const opened = openRequest(end, frame)
    expect(end).toEqual(before)
    return opened.ok ? 'taken' : opened.reason
  }

  test('a frame with one bit changed, anywhere, is refused, and the frame itself still opens', () => {
    const ends = authenticated()
    const { sealed } = sealRequest(ends.device, body('status'))
    const flips = (bytes: Uint8Array) => Array.from(bytes, (byte, at) => [0x01, 0x80].map((bit) => bytes.with(at, byte ^ bit))).flat()
    for (const mac of flips(sealed.mac)) expect(refusedBy(ends.relay, { ...sealed, mac })).toBe('bad-mac')
    for (const altered of flips(sealed.body)) expect(refusedBy(ends.relay, { ...sealed, body: altered })).toBe('bad-mac')
    for (const sequence of [0, 2, 0x80000001]) expect(refusedBy(ends.relay, { ...sealed, sequence })).toBe('bad-sequence')
    for (const mac of [new Uint8Array(0), sealed.mac.slice(0, 31)]) expect(refusedBy(ends.relay, { ...sealed, mac })).toBe('bad-mac')
    expect(openRequest(ends.relay, sealed).ok).toBe(true)
  })

  test('a request that comes twice is refused the second time', () => {
    const ends = authenticated()
    const { sealed } = sealRequest(ends.device, body('status'))
    const opened = openRequest(ends.relay, sealed)
    if (!opened.ok) throw new Error(opened.reason)
    expect(refusedBy(opened.channel, sealed)).toBe('bad-sequence')
    expect(refusedBy(opened.channel, { ...sealed, sequence: 2 })).toBe('bad-mac')
  })

  test('a request that comes before its turn is refused, and taken in its turn', () => {
    const ends = authenticated()
    const first = sealRequest(ends.device, body('first'))
    const second = sealRequest(first.channel, body('second'))
    expect(refusedBy(ends.relay, second.sealed)).toBe('bad-sequence')
    const opened = openRequest(ends.relay, first.sealed)
    expect(opened.ok && openRequest(opened.channel, second.sealed).ok).toBe(true)
  })

  test('what is sent back to whoever said it is refused: a request is no reply, a reply no request', () => {
    const ends = authenticated()
    const request = sealRequest(ends.device, body('status')).sealed
    expect(openReply(ends.device, request)).toEqual({ ok: false, reason: 'bad-mac' })
    const reply = sealReply(ends.relay, body('status')).sealed
    expect(refusedBy(ends.relay, reply)).toBe('bad-mac')
  })

  test('a reply of one authentication is none of the next', () => {
    const [first, second] = [authenticated(), authenticated()]
    const again = answerAuthentication(begin().claim, { relay, random: stepping(0x55) })
    if (!again.ok) throw new Error(again.reason)
    expect(openReply(second.device, sealReply(again.channel, body('done')).sealed)).toEqual({ ok: false, reason: 'bad-mac' })
    expect(openReply(second.device, sealReply(first.relay, body('done')).sealed).ok).toBe(true)
  })

  test('a reply altered, doubled or early is refused', () => {
    const ends = authenticated()
    const first = sealReply(ends.relay, body('first'))
    const second = sealReply(first.channel, body('second'))
    expect(openReply(ends.device, second.sealed)).toEqual({ ok: false, reason: 'bad-sequence' })
    expect(openReply(ends.device, { ...first.sealed, body: body('First') })).toEqual({ ok: false, reason: 'bad-mac' })
    const opened = openReply(ends.device, first.sealed)
    if (!opened.ok) throw new Error(opened.reason)
    expect(openReply(opened.channel, first.sealed)).toEqual({ ok: false, reason: 'bad-sequence' })
  })

  test.each([0, 1])('a body of %i bytes has no kind: it is refused, and sealing one is a bug of ours', (length) => {
    const ends = authenticated()
    expect(() => sealRequest(ends.device, new Uint8Array(length))).toThrow()
    expect(() => sealReply(ends.relay, new Uint8Array(length))).toThrow()
    const { sealed } = sealRequest(ends.device, body('status'))
    expect(refusedBy(ends.relay, { ...sealed, body: new Uint8Array(length) })).toBe('malformed')
    expect(openReply(ends.device, { ...sealed, body: new Uint8Array(length) })).toEqual({ ok: false, reason: 'malformed' })
  })

  test('numbers end where a u32 does', () => {
    const ends = authenticated()
    const last = { ...ends.device, requests: 2 ** 32 - 2 }
    const { sealed, channel } = sealRequest(last, body('last'))
    expect(openRequest({ ...ends.relay, requests: 2 ** 32 - 2 }, sealed).ok).toBe(true)
    expect(() => sealRequest(channel, body('one more'))).toThrow()
  })
})

describe('who is who', () => {
  const flipped = (bytes: Uint8Array) => bytes.with(5, (bytes[5] ?? 0) ^ 1)
  const other = x25519KeyPair(stepping(0x66))
  type Altered = readonly [what: string, claim: (claim: Claim) => Claim, challenge: (challenge: Challenge) => Challenge]
  const same = <T>(value: T): T => value
  const altered: readonly Altered[] = [
    ['account id', (claim) => ({ ...claim, accountId: flipped(claim.accountId) }), same],
    ['tag', (claim) => ({ ...claim, tag: claim.tag + 1 }), same],
    ['identity key', (claim) => ({ ...claim, identityKey: other.publicKey }), same],
    ['device’s ephemeral key', (claim) => ({ ...claim, ephemeralKey: other.publicKey }), same],
    ['relay’s ephemeral key', same, (challenge) => ({ ...challenge, ephemeralKey: other.publicKey })],
    ['nonce', same, (challenge) => ({ ...challenge, nonce: flipped(challenge.nonce) })],
  ]

  test.each(altered)('another %s on the way: neither hears the other', (_, ofClaim, ofChallenge) => {
    const awaiting = begin()
    const answered = answerOf(ofClaim(awaiting.claim))
    const device = finishOf(awaiting, ofChallenge(answered.challenge))
    expect(isHeard({ device, relay: answered.channel })).toBe(false)
    expect(openReply(device, sealReply(answered.channel, body('done')).sealed)).toEqual({ ok: false, reason: 'bad-mac' })
  })

  test('a relay with another key than the pinned one is not heard', () => {
    const awaiting = begin()
    const impostor = answerOf(awaiting.claim, relayKeyPair(new Uint8Array(32).fill(0x77)))
    const device = finishOf(awaiting, impostor.challenge)
    expect(openReply(device, sealReply(impostor.channel, body('done')).sealed)).toEqual({ ok: false, reason: 'bad-mac' })
  })

  test('somebody in between, with a key for each side, is heard by neither', () => {
    const middle = relayKeyPair(new Uint8Array(32).fill(0x77))
    const awaiting = begin()
    const towardsRelay = beginAuthentication({
      accountId,
      tag,
      identity: { ...middle, publicKey: identity.publicKey },
      random: stepping(0x78),
    })
    const answered = answerOf(towardsRelay.claim)
    const atRelay = finishOf(towardsRelay, answered.challenge)
    expect(isHeard({ device: atRelay, relay: answered.channel })).toBe(false)
    const towardsDevice = answerOf(awaiting.claim, middle)
    expect(isHeard({ device: finishOf(awaiting, towardsDevice.challenge), relay: towardsDevice.channel })).toBe(false)
  })

  test('who only knows somebody’s identity key cannot ask in that name', () => {
    const claimed = beginAuthentication({ accountId, tag, identity: { ...other, publicKey: identity.publicKey }, random: stepping(0x22) })
    const answered = answerOf(claimed.claim)
    expect(isHeard({ device: finishOf(claimed, answered.challenge), relay: answered.channel })).toBe(false)
  })

  test('who stole the relay’s key still cannot ask in a device’s name', () => {
    const thief = beginAuthentication({ accountId, tag, identity: { ...relay, publicKey: identity.publicKey }, random: stepping(0x22) })
    const answered = answerOf(thief.claim)
    expect(isHeard({ device: finishOf(thief, answered.challenge), relay: answered.channel })).toBe(false)
  })

  test('who stole a device’s key still cannot answer it as the relay', () => {
    const awaiting = begin()
    const thief = answerAuthentication(awaiting.claim, { relay: { ...identity, publicKey: relay.publicKey }, random: stepping(0x44) })
    if (!thief.ok) throw new Error(thief.reason)
    const device = finishOf(awaiting, thief.challenge)
    expect(openReply(device, sealReply(thief.channel, body('done')).sealed)).toEqual({ ok: false, reason: 'bad-mac' })
  })

  test('a claim that is replayed meets another challenge, and its requests are refused', () => {
    const awaiting = begin()
    const first = answerOf(awaiting.claim)
    const { sealed } = sealRequest(finishOf(awaiting, first.challenge), body('status'))
    const replayed = answerAuthentication(awaiting.claim, { relay, random: stepping(0x55) })
    if (!replayed.ok) throw new Error(replayed.reason)
    expect(openRequest(replayed.channel, sealed)).toEqual({ ok: false, reason: 'bad-mac' })
  })

  const p = 2n ** 255n - 19n
  const littleEndian = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse()
  const badKeys: readonly (readonly [string, Uint8Array])[] = [
    ['zero', littleEndian(0n)],
    ['one, of order 4', littleEndian(1n)],
    ['of order 8', littleEndian(325606250916557431795983626356110631294008115727848805560023387167927233504n)],
    ['the second encoding of the base point', littleEndian(9n + p)],
    ['with its top bit set', littleEndian(9n + 2n ** 255n)],
    ['too short', counting(31)],
  ]

  test.each(badKeys)('a key that is %s is refused on either side, in every place', (_, key) => {
    const refused = { ok: false, reason: 'bad-key' }
    const awaiting = begin()
    const { challenge } = answerOf(awaiting.claim)
    const random = stepping(0x44)
    expect(answerAuthentication({ ...awaiting.claim, identityKey: key }, { relay, random })).toEqual(refused)
    expect(answerAuthentication({ ...awaiting.claim, ephemeralKey: key }, { relay, random })).toEqual(refused)
    expect(finishAuthentication(awaiting, { ...challenge, ephemeralKey: key }, relay.publicKey)).toEqual(refused)
    expect(finishAuthentication(awaiting, challenge, key)).toEqual(refused)
  })
})

describe('deniability', () => {
  interface Transcript {
    readonly claim: Claim
    readonly challenge: Challenge
    readonly requests: readonly Parameters<typeof openRequest>[1][]
    readonly replies: readonly Parameters<typeof openReply>[1][]
  }
  /** What somebody can show who has kept the relay's half: everything that travelled, and every private key of the relay. */
  interface Evidence {
    readonly transcript: Transcript
    readonly relay: X25519KeyPair
    readonly relayEphemeral: X25519KeyPair
  }
  const said = ['first', 'second', 'third'].map(body)
  const answers = ['done', 'refused', 'done'].map(body)

  /** The most that anybody can check with such evidence: makes the relay's channel again and opens every frame with it. */
  const isConvincing = ({ transcript, relay: keys, relayEphemeral }: Evidence): boolean => {
    const drawn = [relayEphemeral.privateKey, transcript.challenge.nonce]
    const again = answerAuthentication(transcript.claim, { relay: keys, random: () => drawn.shift() ?? new Uint8Array(0) })
    if (!again.ok || toHex(again.challenge.ephemeralKey) !== toHex(transcript.challenge.ephemeralKey)) return false
    let channel = again.channel
    for (const request of transcript.requests) {
      const opened = openRequest(channel, request)
      if (!opened.ok) return false
      channel = opened.channel
    }
    return transcript.replies.every((reply) => {
      const sealed = sealReply(channel, reply.body)
      channel = sealed.channel
      return toHex(sealed.sealed.mac) === toHex(reply.mac) && sealed.sealed.sequence === reply.sequence
    })
  }

  /** A conversation that a device took part in. */
  const real = (): Evidence => {
    const random = seededRandom('relay-auth/deniability/real')
    const awaiting = beginAuthentication({ accountId, tag, identity, random })
    const drawn: Uint8Array[] = []
    const recording = (length: number) => {
      const bytes = random(length)
      drawn.push(bytes)
      return bytes
    }
    const answered = answerAuthentication(awaiting.claim, { relay, random: recording })
    if (!answered.ok) throw new Error(answered.reason)
    let device = finishOf(awaiting, answered.challenge)
    let end = answered.channel
    const requests = said.map((text) => {
      const request = sealRequest(device, text)
      device = request.channel
      return request.sealed
    })
    const replies = answers.map((text) => {
      const reply = sealReply(end, text)
      end = reply.channel
      return reply.sealed
    })
    const relayEphemeral = x25519KeyPair(() => drawn[0] ?? new Uint8Array(0))
    return { relay, relayEphemeral, transcript: { claim: awaiting.claim, challenge: answered.challenge, requests, replies } }
  }

  /**
   * A conversation that nobody took part in. Given are the relay's key pair and what everybody knows of the device: its account
   * id, tag and PUBLIC identity key. The ephemeral keys, the device's too, the simulator makes itself.
   */
  const simulate = (device: Pick<Claim, 'accountId' | 'tag' | 'identityKey'>): Evidence => {
    const random = seededRandom('relay-auth/deniability/simulated')
    const deviceEphemeral = x25519KeyPair(random)
    const relayEphemeral = x25519KeyPair(random)
    const claim: Claim = { ...device, ephemeralKey: deviceEphemeral.publicKey }
    const drawn = [relayEphemeral.privateKey, random(32)]
    const answered = answerAuthentication(claim, { relay, random: () => drawn.shift() ?? new Uint8Array(0) })
    if (!answered.ok) throw new Error(answered.reason)
    let asDevice: Channel<'device'> = { ...answered.channel, end: 'device' }
    let asRelay = answered.channel
    const requests = said.map((text) => {
      const request = sealRequest(asDevice, text)
      asDevice = request.channel
      return request.sealed
    })
    const replies = answers.map((text) => {
      const reply = sealReply(asRelay, text)
      asRelay = reply.channel
      return reply.sealed
    })
    return { relay, relayEphemeral, transcript: { claim, challenge: answered.challenge, requests, replies } }
  }

  test(
    'whoever holds the relay’s keys and knows a device’s public keys writes whole transcripts (claim, challenge, requests, ' +
      'replies) that are accepted like real ones: so a transcript is no proof to anybody that the device ever asked for anything',
    () => {
      const { publicKey } = identity
      expect(isConvincing(real())).toBe(true)
      expect(isConvincing(simulate({ accountId, tag, identityKey: publicKey }))).toBe(true)
    },
  )

  test('the check is one: a transcript with one altered request is not accepted', () => {
    const evidence = real()
    const requests = evidence.transcript.requests.map((request, i) => (i === 1 ? { ...request, body: body('Second') } : request))
    expect(isConvincing({ ...evidence, transcript: { ...evidence.transcript, requests } })).toBe(false)
  })

  test('the device, too, could have written the replies: it holds the same keys', () => {
    const { device, relay: end } = authenticated()
    expect(sealReply({ ...device, end: 'relay' }, body('done')).sealed).toEqual(sealReply(end, body('done')).sealed)
  })

  test('nothing in a frame is a signature: 32 bytes of MAC, a number and the body', () => {
    const { sealed } = sealRequest(authenticated().device, body('status'))
    expect(Object.keys(sealed).sort()).toEqual(['body', 'mac', 'sequence'])
    expect(sealed.mac).toHaveLength(32)
  })
})
