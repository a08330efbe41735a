import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ALICE_TAG, fingerprint, type Name, type Sent, startPair } from '../../../test/support/ratchet-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { xChaCha20Poly1305 } from '../../crypto/aead.ts'
import { type DecryptRefusal, decrypt, encrypt, type RatchetState } from './ratchet.ts'

/** Every sealing, as seen from inside the cipher: real or stand-in, whichever this project uses. */
const seals: { key: string; nonce: string; isBody: boolean }[] = []

beforeAll(() => {
  const { seal } = xChaCha20Poly1305
  vi.spyOn(xChaCha20Poly1305, 'seal').mockImplementation((key, nonce, plaintext, ad) => {
    // Headers are sealed with version || adh, 33 bytes; whatever is bound to more is a body.
    seals.push({ key: key.join(), nonce: nonce.join(), isBody: ad.length > 33 })
    return seal(key, nonce, plaintext, ad)
  })
})
afterAll(() => void vi.restoreAllMocks())

const name = fc.constantFrom<Name>('alice', 'bob')
const pick = fc.nat(1_000)
const region = fc.constantFrom(
  'version',
  'nonce',
  'length',
  'header',
  'header tag',
  'body',
  'body tag',
  'envelope id',
  'sender',
  'recipient',
  'adh',
)
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('send' as const), who: name }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('deliver' as const), who: name, pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), who: name, pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('replay' as const), who: name, pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('truncate' as const), who: name, pick, length: pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('tamper' as const),
      who: name,
      pick,
      region,
      at: pick,
      mask: fc.integer({ min: 1, max: 255 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reload' as const), who: name }) },
)
const conversation = fc.record({ seed: fc.nat(), actions: fc.array(action, { minLength: 5, maxLength: 60 }) })
type Conversation = typeof conversation extends fc.Arbitrary<infer T> ? T : never

const otherOf = (who: Name): Name => (who === 'alice' ? 'bob' : 'alice')
const chosen = <T>(items: readonly T[], at: number): T | undefined => items[at % items.length]

/** Flips bits of one byte in one region: of the message, or of what the receiver holds it against. */
const tamper = (sent: Sent, receiver: RatchetState, { region, at, mask }: { region: string; at: number; mask: number }) => {
  const { length } = sent.message
  const bodyAt = 27 + (((sent.message[25] ?? 0) << 8) | (sent.message[26] ?? 0))
  const spans: Record<string, readonly [number, number]> = {
    version: [0, 1],
    nonce: [1, 25],
    length: [25, 27],
    header: [27, bodyAt - 16],
    'header tag': [bodyAt - 16, bodyAt],
    body: [bodyAt, length - 16],
    'body tag': [length - 16, length],
  }
  const flip = (bytes: Uint8Array, index: number): Uint8Array => bytes.with(index, (bytes[index] ?? 0) ^ mask)
  const span = spans[region]
  if (span) return { ...sent, receiver, message: flip(sent.message, span[0] + (at % (span[1] - span[0]))) }
  if (region === 'envelope id') return { ...sent, receiver, envelopeId: flip(sent.envelopeId, at % 16) }
  if (region === 'sender') return { ...sent, receiver: { ...receiver, theirTag: receiver.theirTag ^ mask } }
  if (region === 'recipient') return { ...sent, receiver: { ...receiver, ourTag: receiver.ourTag ^ mask } }
  return { ...sent, receiver: { ...receiver, adHash: flip(receiver.adHash, at % 32) } }
}

/** Plays a conversation. Whatever is delivered opens to what was sent; whatever is refused changes no byte. */
const play = ({ seed, actions }: Conversation): { readonly delivered: number; readonly refused: readonly DecryptRefusal[] } => {
  const random = seededRandom(seed)
  const states: Record<Name, RatchetState> = startPair(random)
  const inFlight: Record<Name, Sent[]> = { alice: [], bob: [] }
  const received: Record<Name, Sent[]> = { alice: [], bob: [] }
  const refused: DecryptRefusal[] = []

  const send = (who: Name): void => {
    if (states[who].phase === 'awaiting-first') return
    const envelopeId = random(16)
    const plaintext = random(1 + (envelopeId[0] ?? 0))
    const { state, message } = encrypt(states[who], { envelopeId, plaintext, random })
    states[who] = state
    inFlight[otherOf(who)].push({ envelopeId, message, plaintext })
  }
  const deliver = (who: Name, sent: Sent): void => {
    const opened = decrypt(states[who], { ...sent, nowMs: 0, maxSkip: 1_000 })
    if (!opened.ok) throw new Error(opened.reason)
    expect(opened.plaintext).toEqual(sent.plaintext)
    states[who] = opened.state
    inFlight[who] = inFlight[who].filter((other) => other !== sent)
    received[who].push(sent)
  }
  const refuse = (state: RatchetState, message: { readonly envelopeId: Uint8Array; readonly message: Uint8Array }): void => {
    const before = fingerprint(state)
    const opened = decrypt(state, { ...message, nowMs: 0, maxSkip: 1_000 })
    if (opened.ok) throw new Error('opened what it had to refuse')
    expect(fingerprint(state)).toBe(before)
    refused.push(opened.reason)
  }
  const act = (one: Conversation['actions'][number]): void => {
    const { who } = one
    if (one.type === 'send') return send(who)
    if (one.type === 'reload') {
      states[who] = structuredClone(states[who])
      return
    }
    // What is tampered with or cut short may be on its way or may have come already.
    const pool =
      one.type === 'replay'
        ? received[who]
        : one.type === 'deliver' || one.type === 'lose'
          ? inFlight[who]
          : [...inFlight[who], ...received[who]]
    const sent = chosen(pool, one.pick)
    if (sent === undefined) return
    if (one.type === 'deliver') deliver(who, sent)
    else if (one.type === 'lose') inFlight[who] = inFlight[who].filter((other) => other !== sent)
    else if (one.type === 'replay') refuse(states[who], sent)
    else if (one.type === 'truncate') refuse(states[who], { ...sent, message: sent.message.slice(0, one.length % sent.message.length) })
    else {
      const { receiver, ...tampered } = tamper(sent, states[who], one)
      refuse(receiver, tampered)
    }
  }

  actions.forEach(act)
  // Once the line heals, all that was not lost arrives, newest first, and both can go on.
  for (const who of ['alice', 'bob'] as const) for (const sent of inFlight[who].toReversed()) deliver(who, sent)
  for (const who of ['alice', 'bob', 'alice', 'bob'] as const) {
    send(who)
    for (const sent of inFlight[otherOf(who)]) deliver(otherOf(who), sent)
  }
  return { delivered: received.alice.length + received.bob.length, refused }
}

describe('a conversation over a bad line', () => {
  it('opens everything that arrives, in any order, and is changed by nothing that it refuses', () => {
    fc.assert(
      fc.property(conversation, (one) => {
        expect(play(one).delivered).toBeGreaterThanOrEqual(4)
      }),
    )
  })

  it('uses no message key twice', () => {
    fc.assert(
      fc.property(conversation, (one) => {
        seals.length = 0
        play(one)
        const bodies = seals.filter(({ isBody }) => isBody).map(({ key }) => key)
        const headers = seals.filter(({ isBody }) => !isBody)
        expect(bodies.length).toBe(headers.length)
        expect(bodies.length).toBeGreaterThanOrEqual(4)
        expect(new Set(bodies).size).toBe(bodies.length)
        // A header key seals a chain, each header under a nonce of its own, and never a body.
        expect(new Set(headers.map(({ key, nonce }) => `${key}/${nonce}`)).size).toBe(headers.length)
        expect(headers.some(({ key }) => bodies.includes(key))).toBe(false)
      }),
    )
  })

  it('sees a key that is used twice, where a sender forgets what it has sent', () => {
    const random = seededRandom('forgetful')
    const { alice } = startPair(random)
    seals.length = 0
    for (let i = 0; i < 2; i++) encrypt(alice, { envelopeId: random(16), plaintext: random(1), random })
    expect(new Set(seals.map(({ key }) => key)).size).toBe(2)
    expect(seals.length).toBe(4)
  })

  it('refuses what no session ever sealed', () => {
    const { bob } = startPair(seededRandom('noise'))
    const shaped = fc.uint8Array({ minLength: 16, maxLength: 40 }).map((body) => {
      const message = new Uint8Array(27 + 1241 + body.length)
      message.set([1])
      message.set([1241 >> 8, 1241 & 255], 25)
      message.set(body, 27 + 1241)
      return message
    })
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 3_000 }), shaped),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (message, envelopeId) => {
          const before = fingerprint(bob)
          expect(decrypt(bob, { envelopeId, message, nowMs: 0, maxSkip: 1_000 }).ok).toBe(false)
          expect(fingerprint(bob)).toBe(before)
        },
      ),
    )
    expect(bob.theirTag).toBe(ALICE_TAG)
  })
})
