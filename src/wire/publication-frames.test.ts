import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../crypto/bytes.ts'
import {
  decodePublicationReply,
  decodePublicationRequest,
  encodePublicationReply,
  encodePublicationRequest,
  MAX_KEM_KEYS_IN_REQUEST,
  MAX_ONE_TIME_KEM,
  MAX_ONE_TIME_X25519,
  PUBLICATION_REFUSALS,
  type PublicationReply,
  type PublicationRequest,
} from './publication-frames.ts'
import { MAX_AUTHENTICATED_LENGTH } from './relay-frames.ts'

const requestId = Uint8Array.from({ length: 16 }, (_, i) => i)
const id = '000102030405060708090a0b0c0d0e0f'
const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte)
const path = [1, 2, 3, 4, 5, 6, 7].map((byte) => filled(32, byte))
const pathHex = [1, 2, 3, 4, 5, 6, 7].map((byte) => `0${byte}`.repeat(32)).join('')
const kemKey = (keyId: number) => ({ id: keyId, encapsulationKey: filled(1568, 0xee), path })
const kemHex = `${'ee'.repeat(1568)} 07 ${pathHex}`

const requests: readonly (readonly [PublicationRequest, string])[] = [
  [
    { type: 'put-device-list', requestId, accountKey: filled(1984, 0xaa), deviceList: filled(3, 0xbb) },
    `0101 ${id} ${'aa'.repeat(1984)} 0003 bbbbbb`,
  ],
  [{ type: 'put-statement', requestId, statement: filled(2, 0xcc) }, `0102 ${id} 0002 cccc`],
  [
    {
      type: 'add-one-time-x25519',
      requestId,
      keys: [
        { id: 1, key: filled(32, 0xd1) },
        { id: 0xfffffffe, key: filled(32, 0xd2) },
      ],
    },
    `0103 ${id} 02 00000001 ${'d1'.repeat(32)} fffffffe ${'d2'.repeat(32)}`,
  ],
  [{ type: 'add-one-time-kem', requestId, keys: [kemKey(7), kemKey(9)] }, `0104 ${id} 02 00000007 ${kemHex} 00000009 ${kemHex}`],
  [{ type: 'status', requestId }, `0105 ${id}`],
  [{ type: 'delete-device', requestId }, `0106 ${id}`],
]

const refused = (reason: (typeof PUBLICATION_REFUSALS)[number]): PublicationReply => ({
  type: 'refused',
  requestId,
  reason,
  ids: [],
  storedHash: undefined,
})

const replies: readonly (readonly [PublicationReply, string])[] = [
  [{ type: 'done', requestId, spentIds: [] }, `0101 ${id} 00`],
  [{ type: 'done', requestId, spentIds: [3, 500] }, `0101 ${id} 02 00000003 000001f4`],
  [refused('malformed'), `0102 ${id} 01 00 00`],
  [refused('unknown-device'), `0102 ${id} 02 00 00`],
  [refused('wrong-device'), `0102 ${id} 03 00 00`],
  [refused('bad-signature'), `0102 ${id} 04 00 00`],
  [refused('expired'), `0102 ${id} 05 00 00`],
  [{ type: 'refused', requestId, reason: 'older', ids: [], storedHash: filled(32, 0xab) }, `0102 ${id} 06 00 01 ${'ab'.repeat(32)}`],
  [
    { type: 'refused', requestId, reason: 'conflict', ids: [4, 5], storedHash: filled(32, 0xab) },
    `0102 ${id} 07 02 00000004 00000005 01 ${'ab'.repeat(32)}`,
  ],
  [{ type: 'refused', requestId, reason: 'bad-path', ids: [9], storedHash: undefined }, `0102 ${id} 08 01 00000009 00`],
  [refused('too-many'), `0102 ${id} 09 00 00`],
  [refused('in-doubt'), `0102 ${id} 0a 00 00`],
  [refused('expires-too-late'), `0102 ${id} 0b 00 00`],
  [refused('relay-full'), `0102 ${id} 0c 00 00`],
  [
    {
      type: 'status',
      requestId,
      deviceListHash: undefined,
      statementHash: undefined,
      x25519: { highestId: 0, leftIds: [] },
      kem: { highestId: 0, leftIds: [] },
      digest: filled(32, 0xd0),
    },
    `0103 ${id} 00 00 00000000 00 00000000 0000 ${'d0'.repeat(32)}`,
  ],
  [
    {
      type: 'status',
      requestId,
      deviceListHash: filled(32, 1),
      statementHash: filled(32, 2),
      x25519: { highestId: 20, leftIds: [19, 20] },
      kem: { highestId: 400, leftIds: [302] },
      digest: filled(32, 0xd0),
    },
    `0103 ${id} 01 ${'01'.repeat(32)} 01 ${'02'.repeat(32)} 00000014 02 00000013 00000014 00000190 0001 0000012e ${'d0'.repeat(32)}`,
  ],
]

const bytesOf = (hex: string) => fromHex(hex.replaceAll(' ', ''))
const MALFORMED = { ok: false, reason: 'malformed' }

describe('known bytes', () => {
  test.each(requests.map(([request, hex]) => [request.type, request, hex] as const))('request %s', (_, request, hex) => {
    expect(toHex(encodePublicationRequest(request))).toBe(hex.replaceAll(' ', ''))
    expect(decodePublicationRequest(bytesOf(hex))).toEqual({ ok: true, value: request })
  })

  test.each(replies.map(([reply, hex], i) => [i, reply.type, reply, hex] as const))('reply %i, %s', (_i, _type, reply, hex) => {
    expect(toHex(encodePublicationReply(reply))).toBe(hex.replaceAll(' ', ''))
    expect(decodePublicationReply(bytesOf(hex))).toEqual({ ok: true, value: reply })
  })

  test('every request, every reply and every reason are among them', () => {
    expect(new Set(requests.map(([{ type }]) => type)).size).toBe(6)
    expect(new Set(replies.map(([{ type }]) => type))).toEqual(new Set(['done', 'refused', 'status']))
    expect(replies.flatMap(([reply]) => (reply.type === 'refused' ? [reply.reason] : []))).toEqual([...PUBLICATION_REFUSALS])
  })
})

describe('limits', () => {
  const x25519 = (ids: readonly number[]): PublicationRequest => ({
    type: 'add-one-time-x25519',
    requestId,
    keys: ids.map((keyId) => ({ id: keyId, key: filled(32, 1) })),
  })
  const kem = (ids: readonly number[]): PublicationRequest => ({ type: 'add-one-time-kem', requestId, keys: ids.map(kemKey) })
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

  /** The bytes that an honest encoder does not make: the first id of a request that has one key or more. */
  const withFirstId = (request: PublicationRequest, keyId: number) => {
    const encoded = encodePublicationRequest(request)
    new DataView(encoded.buffer).setUint32(19, keyId)
    return encoded
  }

  test.each([
    ['X25519', x25519, MAX_ONE_TIME_X25519],
    ['KEM', kem, MAX_KEM_KEYS_IN_REQUEST],
  ] as const)('one-time %s keys: one and no less, so many and no more, ids ascend from 1', (_, request, max) => {
    expect(decodePublicationRequest(encodePublicationRequest(request(upTo(max))))).toEqual({ ok: true, value: request(upTo(max)) })
    for (const ids of [[], upTo(max + 1), [0], [2, 1], [3, 3]]) expect(() => encodePublicationRequest(request(ids))).toThrow()
    for (const first of [0, 2, 3, 0xffffffff]) expect(decodePublicationRequest(withFirstId(request([1, 2]), first))).toEqual(MALFORMED)
  })

  test('one byte less or more than a key or a path is no key and no path', () => {
    for (const key of [filled(31, 1), filled(33, 1)])
      expect(() => encodePublicationRequest({ type: 'add-one-time-x25519', requestId, keys: [{ id: 1, key }] })).toThrow()
    for (const length of [6, 8]) {
      const wrong = { ...kemKey(1), path: Array.from({ length }, () => filled(32, 1)) }
      expect(() => encodePublicationRequest({ type: 'add-one-time-kem', requestId, keys: [wrong] })).toThrow()
    }
    expect(decodePublicationRequest(bytesOf(`0104 ${id} 01 00000007 ${'ee'.repeat(1568)} 06 ${pathHex.slice(64)}`))).toEqual(MALFORMED)
    expect(decodePublicationRequest(bytesOf(`0104 ${id} 01 00000007 ${'ee'.repeat(1568)} 08 ${pathHex}${'08'.repeat(32)}`))).toEqual(
      MALFORMED,
    )
  })

  test('a list and a statement have at least one byte, and so many that they fit', () => {
    const list = (length: number): PublicationRequest => ({
      type: 'put-device-list',
      requestId,
      accountKey: filled(1984, 1),
      deviceList: filled(length, 1),
    })
    const statement = (length: number): PublicationRequest => ({ type: 'put-statement', requestId, statement: filled(length, 1) })
    expect(decodePublicationRequest(encodePublicationRequest(list(MAX_AUTHENTICATED_LENGTH - 2100))).ok).toBe(true)
    expect(decodePublicationRequest(encodePublicationRequest(statement(8192))).ok).toBe(true)
    for (const request of [list(0), list(MAX_AUTHENTICATED_LENGTH - 2099), statement(0), statement(8193)])
      expect(() => encodePublicationRequest(request)).toThrow()
    expect(decodePublicationRequest(bytesOf(`0102 ${id} 0000`))).toEqual(MALFORMED)
    expect(decodePublicationRequest(bytesOf(`0102 ${id} 2001 ${'01'.repeat(8193)}`))).toEqual(MALFORMED)
  })

  test('the longest of each kind fits into one authenticated frame', () => {
    const longest: readonly Uint8Array[] = [
      encodePublicationRequest({
        type: 'put-device-list',
        requestId,
        accountKey: filled(1984, 1),
        deviceList: filled(MAX_AUTHENTICATED_LENGTH - 2100, 1),
      }),
      encodePublicationRequest(x25519(upTo(MAX_ONE_TIME_X25519))),
      encodePublicationRequest(kem(upTo(MAX_KEM_KEYS_IN_REQUEST))),
      encodePublicationReply({
        type: 'status',
        requestId,
        deviceListHash: filled(32, 1),
        statementHash: filled(32, 1),
        x25519: { highestId: 1, leftIds: upTo(MAX_ONE_TIME_X25519) },
        kem: { highestId: 1, leftIds: upTo(MAX_ONE_TIME_KEM) },
        digest: filled(32, 1),
      }),
    ]
    for (const body of longest) expect(body.length).toBeLessThanOrEqual(MAX_AUTHENTICATED_LENGTH)
  })

  test('ids in replies ascend from 1 and are no more than can be kept', () => {
    for (const ids of [[0], [2, 1], [3, 3], upTo(MAX_ONE_TIME_X25519 + 1)]) {
      expect(() => encodePublicationReply({ type: 'done', requestId, spentIds: ids })).toThrow()
      expect(() => encodePublicationReply({ type: 'refused', requestId, reason: 'bad-path', ids, storedHash: undefined })).toThrow()
    }
    for (const hex of [`0101 ${id} 01 00000000`, `0101 ${id} 02 00000002 00000001`, `0102 ${id} 08 02 00000003 00000003 00`])
      expect(decodePublicationReply(bytesOf(hex))).toEqual(MALFORMED)
    expect(
      decodePublicationReply(bytesOf(`0103 ${id} 00 00 00000000 00 00000000 0191 ${'00000001'.repeat(401)} ${'d0'.repeat(32)}`)),
    ).toEqual(MALFORMED)
  })
})

describe('any bytes', () => {
  const kinds = [
    [
      'request',
      decodePublicationRequest,
      (body: Uint8Array) => encodeAgain(decodePublicationRequest, encodePublicationRequest, body),
      requests,
    ],
    ['reply', decodePublicationReply, (body: Uint8Array) => encodeAgain(decodePublicationReply, encodePublicationReply, body), replies],
  ] as const

  test.each(kinds)('%s: another version, an unknown type or an unknown reason is refused', (_, decode, _again, known) => {
    for (const [, hex] of known) {
      const body = bytesOf(hex)
      for (const version of [0, 2, 255]) expect(decode(body.with(0, version))).toEqual(MALFORMED)
      for (const type of [0, 7, 255]) expect(decode(body.with(1, type))).toEqual(MALFORMED)
    }
    for (const reason of ['00', '0d', 'ff']) expect(decodePublicationReply(bytesOf(`0102 ${id} ${reason} 00 00`))).toEqual(MALFORMED)
  })

  test.each(kinds)('%s: cut short or with something behind is refused', (_, decode, _again, known) => {
    for (const [, hex] of known) {
      const body = bytesOf(hex)
      for (let length = 0; length < Math.min(body.length, 100); length++) expect(decode(body.slice(0, length))).toEqual(MALFORMED)
      expect(decode(body.slice(0, -1))).toEqual(MALFORMED)
      expect(decode(Uint8Array.of(...body, 0))).toEqual(MALFORMED)
    }
  })

  test.each(kinds)('%s: one changed byte is refused or canonical', (_, _decode, again, known) => {
    for (const [, hex] of known) {
      const body = bytesOf(hex)
      for (let at = 0; at < Math.min(body.length, 100); at++)
        for (const change of [0x01, 0x80, 0xff]) expect(again(body.with(at, (body[at] ?? 0) ^ change))).not.toBe('another')
    }
  })

  test.each(kinds)('%s: random bytes are refused or canonical', (_, _decode, again) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 8 }), (bytes, type) => {
        expect(again(Uint8Array.of(1, type, ...bytes))).not.toBe('another')
      }),
      { numRuns: 1_000 },
    )
  })

  test.each(kinds)('%s: more than the largest frame is refused unread', (_, decode) => {
    expect(decode(new Uint8Array(65_537).fill(1))).toEqual(MALFORMED)
  })
})

/** What is decoded is what was sent, byte by byte: no two encodings of one body. */
const encodeAgain = <T>(
  decode: (body: Uint8Array) => { readonly ok: true; readonly value: T } | { readonly ok: false },
  encode: (value: T) => Uint8Array,
  body: Uint8Array,
): 'refused' | 'same' | 'another' => {
  const decoded = decode(body)
  if (!decoded.ok) return 'refused'
  return toHex(encode(decoded.value)) === toHex(body) ? 'same' : 'another'
}
