import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../crypto/bytes.ts'
import { type Body, decodeContent, encodeContent } from './content.ts'

const contentId = fromHex('000102030405060708090a0b0c0d0e0f')
const encoded = (body: Body): string => toHex(encodeContent({ contentId, sentAtMs: 1_750_000_000_000, body }))
/** Version, content id, clock. */
const head = `01${toHex(contentId)}01977420dc00`
const id = 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'

const known: readonly (readonly [string, Body, string])[] = [
  ['hello', { type: 'hello' }, `${head}01`],
  ['a message', { type: 'message', after: undefined, text: 'hü' }, `${head}0200000368c3bc`],
  ['a message after another', { type: 'message', after: fromHex(id), text: 'x' }, `${head}0201${id}000178`],
  ['a receipt', { type: 'receipt', contentIds: [fromHex(id)] }, `${head}0301${id}`],
  [
    'a presence',
    { type: 'presence', peerId: '0123456789abcdef', token: new Uint8Array(32).fill(7) },
    `${head}040010${toHex(new TextEncoder().encode('0123456789abcdef'))}${'07'.repeat(32)}`,
  ],
  ['an address', { type: 'address', address: new Uint8Array(32).fill(8) }, `${head}05${'08'.repeat(32)}`],
  [
    'an introduction',
    {
      type: 'introduction',
      introductionId: fromHex(id),
      accountKey: new Uint8Array(1984).fill(9),
      deviceList: Uint8Array.of(1, 2, 3),
      name: 'Zoë',
    },
    `${head}06${id}${'09'.repeat(1984)}000301020300045a6fc3ab`,
  ],
  [
    'what cannot be opened',
    { type: 'cannot-open', envelopes: [{ id: fromHex(id), hash: new Uint8Array(32).fill(10) }] },
    `${head}0701${id}${'0a'.repeat(32)}`,
  ],
]

describe('contents', () => {
  for (const [name, body, bytes] of known) {
    it(`${name} has the bytes of docs/protocols/messages.md`, () => {
      expect(encoded(body)).toBe(bytes)
      expect(decodeContent(fromHex(bytes))).toEqual({ ok: true, value: { contentId, sentAtMs: 1_750_000_000_000, body } })
    })
  }

  it('are refused as a whole where anything is wrong', () => {
    const wrong = [
      '',
      head,
      `02${head.slice(2)}01`,
      `${head}00`,
      `${head}05`,
      `${head}07`,
      `${head}0700`,
      `${head}0702${id}${'0a'.repeat(32)}`,
      `${head}0709${`${id}${'0a'.repeat(32)}`.repeat(9)}`,
      `${head}08`,
      `${head}06${id}${'09'.repeat(1984)}00000000`,
      `${head}0100`,
      `${head}02000000`,
      `${head}02000001ff`,
      `${head}020200036878`,
      `${head}0300`,
      `${head}03c9${id.repeat(201)}`,
      `${head}0302${id}`,
      `${head}040003616263${'07'.repeat(32)}`,
      `${head}040010${toHex(new TextEncoder().encode('0123456789ABCDEF'))}${'07'.repeat(32)}`,
      `${head}040010${toHex(new TextEncoder().encode('0123456789abcdef'))}${'07'.repeat(31)}`,
    ]
    for (const bytes of wrong) expect([bytes, decodeContent(fromHex(bytes)).ok]).toEqual([bytes, false])
    for (const [, , bytes] of known) {
      expect(decodeContent(fromHex(`${bytes}00`)).ok).toBe(false)
      expect(decodeContent(fromHex(bytes.slice(0, -2))).ok).toBe(false)
    }
  })
})
