import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../crypto/bytes.ts'
import type { Decoded } from './codec.ts'
import { ENVELOPE_LENGTHS } from './padding.ts'
import {
  decodeRelayReply,
  decodeRelayRequest,
  encodeRelayReply,
  encodeRelayRequest,
  MAX_ACKNOWLEDGED,
  MAX_AUTHENTICATED_LENGTH,
  MAX_LISTEN_KEYS,
  MAX_ROOM_BODY_LENGTH,
  RELAY_REFUSALS,
  type RelayReply,
  type RelayRequest,
} from './relay-frames.ts'

/** `first`, `first` + 1, ... */
const counting = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i)
const upTo15 = '000102030405060708090a0b0c0d0e0f'
const upTo31 = `${upTo15}101112131415161718191a1b1c1d1e1f`
const upTo63 = `${upTo31}202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f`
const smallEnvelope = new Uint8Array(4032).fill(0xee)
const smallEnvelopeHex = 'ee'.repeat(4032)

const requests: readonly (readonly [RelayRequest, string])[] = [
  [
    { type: 'open-room', requestId: 0x01020304, roomId: counting(16), ownerKey: counting(16, 0xf0), wantsNumber: true },
    `0101 01020304 ${upTo15} f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff 01`,
  ],
  [{ type: 'join-room', requestId: 7, room: { type: 'number', number: '0427' } }, '0102 00000007 01 0004 30343237'],
  [{ type: 'join-room', requestId: 7, room: { type: 'id', roomId: counting(16) } }, `0102 00000007 02 ${upTo15}`],
  [{ type: 'room-message', body: counting(3) }, '0103 0003 000102'],
  [{ type: 'evict-guest' }, '0104'],
  [{ type: 'leave-room' }, '0105'],
  [{ type: 'listen', requestId: 7, listenKeys: [counting(32), counting(32, 32)] }, `010a 00000007 0002 ${upTo63}`],
  [{ type: 'stop-listening', requestId: 7, listenKeys: [counting(32)] }, `010b 00000007 0001 ${upTo31}`],
  [
    { type: 'deposit', requestId: 7, liveOnly: true, address: counting(32), envelope: smallEnvelope },
    `010c 00000007 01 ${upTo31} ${'00'.repeat(25)} ${smallEnvelopeHex}`,
  ],
  [{ type: 'acknowledge', address: counting(32), positions: [1, 0xfedcba987654] }, `010d ${upTo31} 0002 000000000001 fedcba987654`],
  [{ type: 'close-mailboxes', requestId: 7, listenKeys: [counting(32)] }, `010e 00000007 0001 ${upTo31}`],
  [{ type: 'fetch-bundles', requestId: 7, accountId: counting(32), tag: undefined }, `010f 00000007 ${upTo31} 00`],
  [{ type: 'fetch-bundles', requestId: 7, accountId: counting(32), tag: 0x100 }, `010f 00000007 ${upTo31} 01 00000100`],
  [
    {
      type: 'authenticate',
      requestId: 7,
      accountId: counting(32),
      tag: 0x01020304,
      identityKey: new Uint8Array(32).fill(0xaa),
      ephemeralKey: new Uint8Array(32).fill(0xbb),
    },
    `0110 00000007 ${upTo31} 01020304 ${'aa'.repeat(32)} ${'bb'.repeat(32)}`,
  ],
  [{ type: 'authenticated', sequence: 1, mac: counting(32), body: counting(3) }, `0111 00000001 ${upTo31} 0003 000102`],
  [{ type: 'ping', nonce: 0xfffefdfc }, '0114 fffefdfc'],
]

const replies: readonly (readonly [RelayReply, string])[] = [
  [
    {
      type: 'welcome',
      configuration: {
        iceServers: [
          { urls: ['stun:a'], username: undefined, credential: undefined },
          { urls: ['turn:b', 'turns:b'], username: 'u', credential: 'c' },
        ],
        relayOnly: true,
        roomLifeMs: 300_000,
        storeId: counting(16),
        relayKey: counting(32),
      },
    },
    `0101 02 01 0006 7374756e3a61 00 00 02 0006 7475726e3a62 0007 7475726e733a62 01 0001 75 01 0001 63 01 0000000493e0 ${upTo15} ${upTo31}`,
  ],
  [{ type: 'room-opened', requestId: 7, number: '27', expiresInMs: 300_000 }, '0102 00000007 01 0002 3237 0000000493e0'],
  [{ type: 'room-opened', requestId: 7, number: undefined, expiresInMs: 1 }, '0102 00000007 00 000000000001'],
  [{ type: 'room-joined', requestId: 7, roomId: counting(16), expiresInMs: 299_999 }, `0103 00000007 ${upTo15} 0000000493df`],
  [{ type: 'peer-joined' }, '0104'],
  [{ type: 'peer-left' }, '0105'],
  [{ type: 'room-message', body: counting(3) }, '0106 0003 000102'],
  [{ type: 'room-closed', cause: 'expired' }, '0107 01'],
  [{ type: 'room-closed', cause: 'closed-by-host' }, '0107 02'],
  [{ type: 'room-closed', cause: 'evicted' }, '0107 03'],
  [{ type: 'listening', requestId: 7, waiting: 5000 }, '010a 00000007 00001388'],
  [
    { type: 'envelope', address: counting(32), position: 0x010203040506, envelope: smallEnvelope },
    `010b ${upTo31} 010203040506 ${'00'.repeat(24)} ${smallEnvelopeHex}`,
  ],
  [
    { type: 'envelope', address: counting(32), position: 0, envelope: smallEnvelope },
    `010b ${upTo31} 000000000000 ${'00'.repeat(24)} ${smallEnvelopeHex}`,
  ],
  [{ type: 'drained', address: counting(32) }, `010f ${upTo31}`],
  [
    { type: 'device-list', requestId: 7, accountKey: new Uint8Array(1984).fill(0xaa), deviceList: counting(3) },
    `0110 00000007 ${'aa'.repeat(1984)} 0003 000102`,
  ],
  [{ type: 'bundle', requestId: 7, tag: 0x100, bundle: counting(3) }, '0111 00000007 00000100 0003 000102'],
  [{ type: 'bundles-end', requestId: 7 }, '0112 00000007'],
  [
    { type: 'challenge', requestId: 7, ephemeralKey: new Uint8Array(32).fill(0xbb), nonce: counting(32) },
    `0113 00000007 ${'bb'.repeat(32)} ${upTo31}`,
  ],
  [{ type: 'authenticated', sequence: 0xffffffff, mac: counting(32), body: counting(3) }, `0115 ffffffff ${upTo31} 0003 000102`],
  [{ type: 'deposited', requestId: 7 }, '010c 00000007'],
  [{ type: 'address-live', address: counting(32) }, `010d ${upTo31}`],
  [{ type: 'refused', requestId: 7, cause: 'malformed' }, '010e 00000007 01'],
  [{ type: 'refused', requestId: 7, cause: 'too-many-requests' }, '010e 00000007 02'],
  [{ type: 'refused', requestId: 7, cause: 'too-large' }, '010e 00000007 03'],
  [{ type: 'refused', requestId: 7, cause: 'no-such-room' }, '010e 00000007 04'],
  [{ type: 'refused', requestId: 7, cause: 'room-busy' }, '010e 00000007 05'],
  [{ type: 'refused', requestId: 7, cause: 'already-in-a-room' }, '010e 00000007 06'],
  [{ type: 'refused', requestId: 7, cause: 'not-in-a-room' }, '010e 00000007 07'],
  [{ type: 'refused', requestId: 7, cause: 'too-many-rooms' }, '010e 00000007 08'],
  [{ type: 'refused', requestId: 7, cause: 'nobody-listening' }, '010e 00000007 09'],
  [{ type: 'refused', requestId: 7, cause: 'not-allowed' }, '010e 00000007 0a'],
  [{ type: 'refused', requestId: 7, cause: 'shutting-down' }, '010e 00000007 0b'],
  [{ type: 'refused', requestId: 7, cause: 'no-mailbox' }, '010e 00000007 0c'],
  [{ type: 'refused', requestId: 7, cause: 'mailbox-full' }, '010e 00000007 0d'],
  [{ type: 'refused', requestId: 7, cause: 'relay-full' }, '010e 00000007 0e'],
  [{ type: 'refused', requestId: 7, cause: 'too-many-mailboxes' }, '010e 00000007 0f'],
  [{ type: 'refused', requestId: 7, cause: 'in-doubt' }, '010e 00000007 10'],
  [{ type: 'pong', nonce: 1 }, '0114 00000001'],
]

const bytesOf = (hex: string) => fromHex(hex.replaceAll(' ', ''))
const nameOf = (frame: RelayRequest | RelayReply) => ('cause' in frame ? `${frame.type} ${frame.cause}` : frame.type)

describe('known bytes', () => {
  test.each(requests.map(([frame, hex]) => [nameOf(frame), frame, hex] as const))('request %s', (_, frame, hex) => {
    expect(toHex(encodeRelayRequest(frame))).toBe(hex.replaceAll(' ', ''))
    expect(decodeRelayRequest(bytesOf(hex))).toEqual({ ok: true, value: frame })
  })

  test.each(replies.map(([frame, hex]) => [nameOf(frame), frame, hex] as const))('reply %s', (_, frame, hex) => {
    expect(toHex(encodeRelayReply(frame))).toBe(hex.replaceAll(' ', ''))
    expect(decodeRelayReply(bytesOf(hex))).toEqual({ ok: true, value: frame })
  })

  test('every cause of a refusal is among them', () => {
    const causes = replies.flatMap(([frame]) => (frame.type === 'refused' ? [frame.cause] : []))
    expect(causes).toEqual([...RELAY_REFUSALS])
  })
})

describe('limits', () => {
  const deposit = (length: number): RelayRequest => ({
    type: 'deposit',
    requestId: 1,
    liveOnly: false,
    address: counting(32),
    envelope: new Uint8Array(length),
  })

  test('a frame that bears an envelope is 4, 16 or 64 KiB', () => {
    expect(ENVELOPE_LENGTHS.map((length) => encodeRelayRequest(deposit(length)).length)).toEqual([4096, 16_384, 65_536])
    const lengths = ENVELOPE_LENGTHS.map(
      (length) => encodeRelayReply({ type: 'envelope', address: counting(32), position: 1, envelope: new Uint8Array(length) }).length,
    )
    expect(lengths).toEqual([4096, 16_384, 65_536])
  })

  test.each([0, 4031, 4033, 65_473])('an envelope of %i bytes is no envelope', (length) => {
    expect(() => encodeRelayRequest(deposit(length))).toThrow()
    expect(decodeRelayRequest(bytesOf(`010c 00000007 01 ${upTo31} ${'00'.repeat(25)} ${'ee'.repeat(length)}`))).toEqual({
      ok: false,
      reason: 'malformed',
    })
  })

  test.each(['', '7', '12345', '1a', '٢٧', ' 27'])('a room number is two to four digits, in either direction: not %j', (number) => {
    expect(() => encodeRelayReply({ type: 'room-opened', requestId: 1, number, expiresInMs: 1 })).toThrow()
    expect(() => encodeRelayRequest({ type: 'join-room', requestId: 1, room: { type: 'number', number } })).toThrow()
    const text = new TextEncoder().encode(number)
    const frame = Uint8Array.of(1, 2, 0, 0, 0, 1, 1, 0, text.length, ...text, 0, 0, 0, 0, 0, 1)
    expect(decodeRelayReply(frame)).toEqual({ ok: false, reason: 'malformed' })
  })

  test('bytes before an envelope that should be zero and are not', () => {
    const frame = encodeRelayRequest(deposit(4032))
    for (let at = 39; at < 64; at++) expect(decodeRelayRequest(frame.with(at, 1)).ok).toBe(false)
    const reply = encodeRelayReply({ type: 'envelope', address: counting(32), position: 1, envelope: new Uint8Array(4032) })
    for (let at = 40; at < 64; at++) expect(decodeRelayReply(reply.with(at, 1)).ok).toBe(false)
  })

  test('1,000 positions in one acknowledgement and no more, one and no less, and none of what was never kept', () => {
    const acknowledge = (positions: number[]): RelayRequest => ({ type: 'acknowledge', address: counting(32), positions })
    const most = Array.from({ length: MAX_ACKNOWLEDGED }, (_, i) => i + 1)
    expect(decodeRelayRequest(encodeRelayRequest(acknowledge(most))).ok).toBe(true)
    for (const positions of [[], [...most, 1], [0], [2 ** 48]]) expect(() => encodeRelayRequest(acknowledge(positions))).toThrow()
    for (const hex of [`010d ${upTo31} 0000`, `010d ${upTo31} 0001 000000000000`, `010d ${upTo31} 03e9 ${'000000000001'.repeat(1001)}`])
      expect(decodeRelayRequest(bytesOf(hex)).ok).toBe(false)
  })

  test.each(['listen', 'stop-listening', 'close-mailboxes'] as const)('%s: the most that it may hold fits into one frame', (type) => {
    const listenKeys = Array.from({ length: MAX_LISTEN_KEYS }, () => counting(32))
    expect(encodeRelayRequest({ type, requestId: 1, listenKeys }).length).toBeLessThanOrEqual(65_536)
    expect(() => encodeRelayRequest({ type, requestId: 1, listenKeys: [...listenKeys, counting(32)] })).toThrow()
    expect(() => encodeRelayRequest({ type, requestId: 1, listenKeys: [counting(31)] })).toThrow()
  })

  test('what is authenticated fills one frame and no more, in both directions', () => {
    const frame = (length: number) => ({ type: 'authenticated', sequence: 1, mac: counting(32), body: new Uint8Array(length) }) as const
    expect(encodeRelayRequest(frame(MAX_AUTHENTICATED_LENGTH))).toHaveLength(65_536)
    expect(encodeRelayReply(frame(MAX_AUTHENTICATED_LENGTH))).toHaveLength(65_536)
    expect(() => encodeRelayRequest(frame(MAX_AUTHENTICATED_LENGTH + 1))).toThrow()
    expect(() => encodeRelayReply(frame(MAX_AUTHENTICATED_LENGTH + 1))).toThrow()
  })

  test('a device list and a bundle have at least one byte, and fit into one frame', () => {
    const list = (length: number): RelayReply => ({
      type: 'device-list',
      requestId: 1,
      accountKey: new Uint8Array(1984),
      deviceList: new Uint8Array(length),
    })
    const bundle = (length: number): RelayReply => ({ type: 'bundle', requestId: 1, tag: 0x100, bundle: new Uint8Array(length) })
    expect(encodeRelayReply(list(63_544))).toHaveLength(65_536)
    expect(decodeRelayReply(encodeRelayReply(bundle(16_384))).ok).toBe(true)
    for (const reply of [list(0), list(63_545), bundle(0), bundle(16_385)]) expect(() => encodeRelayReply(reply)).toThrow()
    expect(decodeRelayReply(bytesOf('0111 00000007 00000100 0000')).ok).toBe(false)
    expect(decodeRelayReply(bytesOf(`0111 00000007 00000100 4001 ${'01'.repeat(16_385)}`)).ok).toBe(false)
  })

  test('1,000 listen keys and no more, one and no less', () => {
    const listen = (count: number): RelayRequest => ({
      type: 'listen',
      requestId: 1,
      listenKeys: Array.from({ length: count }, () => counting(32)),
    })
    expect(decodeRelayRequest(encodeRelayRequest(listen(MAX_LISTEN_KEYS))).ok).toBe(true)
    expect(() => encodeRelayRequest(listen(MAX_LISTEN_KEYS + 1))).toThrow()
    expect(() => encodeRelayRequest(listen(0))).toThrow()
    expect(decodeRelayRequest(bytesOf('010a 00000007 0000')).ok).toBe(false)
  })

  test('the largest message of a room fits into the largest frame', () => {
    const frame = encodeRelayRequest({ type: 'room-message', body: new Uint8Array(MAX_ROOM_BODY_LENGTH) })
    expect(frame.length).toBeLessThanOrEqual(65_536)
    expect(decodeRelayRequest(frame).ok).toBe(true)
    expect(() => encodeRelayRequest({ type: 'room-message', body: new Uint8Array(MAX_ROOM_BODY_LENGTH + 1) })).toThrow()
  })

  test.each(['1', '12345', '1a', '', '１２'])('%j is no room number', (number) => {
    expect(() => encodeRelayRequest({ type: 'join-room', requestId: 1, room: { type: 'number', number } })).toThrow()
  })
})

/** So many bytes of each frame: all that is not the middle of one long field. */
const EXAMINED = 120

/** What is decoded is what was sent, byte by byte: no two encodings of one frame. */
const anyBytes = <Frame>(
  name: string,
  decode: (bytes: Uint8Array) => Decoded<Frame>,
  encode: (frame: Frame) => Uint8Array,
  frames: readonly Uint8Array[],
) => {
  const isCanonical = (bytes: Uint8Array) => {
    const decoded = decode(bytes)
    if (decoded.ok) expect(toHex(encode(decoded.value))).toBe(toHex(bytes))
  }

  test(`${name}: random bytes are refused or canonical`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), fc.integer({ min: 0, max: 25 }), (bytes, isVersioned, type) => {
        isCanonical(isVersioned ? Uint8Array.of(1, type, ...bytes) : bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  test(`${name}: one changed byte is refused or canonical`, () => {
    for (const frame of frames) {
      for (let at = 0; at < Math.min(frame.length, EXAMINED); at++) {
        for (const change of [0x01, 0x80, 0xff]) isCanonical(frame.with(at, (frame[at] ?? 0) ^ change))
      }
    }
  })

  test(`${name}: cut short or with something behind is refused`, () => {
    for (const frame of frames) {
      for (let length = 0; length < Math.min(frame.length, EXAMINED); length++) expect(decode(frame.slice(0, length)).ok).toBe(false)
      expect(decode(Uint8Array.of(...frame, 0)).ok).toBe(false)
    }
  })

  test(`${name}: more than the largest frame is refused unread`, () => {
    expect(decode(new Uint8Array(65_537).fill(1))).toEqual({ ok: false, reason: 'malformed' })
  })
}

describe('any bytes', () => {
  const bytesOfAll = (known: readonly (readonly [unknown, string])[]) => known.map(([, hex]) => bytesOf(hex))
  anyBytes('request', decodeRelayRequest, encodeRelayRequest, bytesOfAll(requests))
  anyBytes('reply', decodeRelayReply, encodeRelayReply, bytesOfAll(replies))
})
