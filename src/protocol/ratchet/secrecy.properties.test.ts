import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Name, type Sent, startPair } from '../../../test/support/ratchet-pair.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, equal, toHex } from '../../crypto/bytes.ts'
import { type MlKemSeed, type MlKemShared, mlKem768 } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import type { HeaderKey, RootKey } from '../../crypto/session-keys.ts'
import { type X25519PrivateKey, x25519Agree, x25519PublicKey } from '../../crypto/x25519.ts'
import { stepChain, stepRoot } from './key-schedule.ts'
import { decrypt, encrypt, type RatchetState } from './ratchet.ts'
import type { ChainKey, MessageKey } from './state.ts'
import { type Header, openBody, openHeader, type Route, readMessage, type SealedMessage } from './wire-format.ts'

// A thief plays against the ratchet. He has the whole wire and whatever was stolen, follows no order of the protocol, and tries
// every key and every combination of secrets that he can reach. What he opens must be exactly what he may.

/** What an honest sender drew when a chain began: its X25519 key, and the two secrets of its ML-KEM half. */
interface ChainSecrets {
  readonly x25519: X25519PrivateKey
  readonly kemSeed: MlKemSeed
  readonly encapsulation: Uint8Array
}

interface OnWire extends Sent {
  readonly id: number
  readonly from: Name
  /** Chains of both sides alternate; this one's place in their one row. */
  readonly chain: number
}

const otherOf = (who: Name): Name => (who === 'alice' ? 'bob' : 'alice')

/** Two honest parties; every message they send goes on record. */
const honestPair = (seed: number) => {
  const random = seededRandom(seed)
  const states: Record<Name, RatchetState> = startPair(random)
  const wire: OnWire[] = []
  const secrets: ChainSecrets[] = []
  const inFlight: Record<Name, OnWire[]> = { alice: [], bob: [] }
  let chain = 0
  const send = (from: Name): void => {
    const before = states[from]
    if (before.phase === 'awaiting-first') return
    const drawn: Uint8Array[] = []
    const recording: Random = (length) => {
      const bytes = random(length)
      drawn.push(bytes)
      return bytes
    }
    const envelopeId = random(16)
    const plaintext = random(20)
    const { state, message } = encrypt(before, { envelopeId, plaintext, random: recording })
    states[from] = state
    if (before.phase === 'our-turn') {
      const [x25519, kemSeed, encapsulation] = drawn
      if (!x25519 || !kemSeed || !encapsulation || drawn.length !== 4) throw new Error('a chain begins with three secrets and a nonce')
      secrets.push({ x25519: asSecret<'X25519PrivateKey'>(x25519), kemSeed: asSecret<'MlKemSeed'>(kemSeed), encapsulation })
      chain += 1
    }
    // A chain that was begun earlier may go on while the other side has begun the next one.
    const place = chain % 2 === (from === 'alice' ? 0 : 1) ? chain : chain - 1
    const sent: OnWire = { id: wire.length, from, chain: place, envelopeId, message, plaintext }
    wire.push(sent)
    inFlight[otherOf(from)].push(sent)
  }
  const deliver = (to: Name, pick: number): { readonly sent: OnWire; readonly before: RatchetState } | undefined => {
    const sent = inFlight[to][pick % inFlight[to].length]
    if (sent === undefined) return undefined
    const before = states[to]
    const opened = decrypt(before, { ...sent, nowMs: 0, maxSkip: 1_000 })
    if (!opened.ok) throw new Error(opened.reason)
    states[to] = opened.state
    inFlight[to] = inFlight[to].filter((other) => other !== sent)
    return { sent, before }
  }
  return { states, wire, secrets, inFlight, send, deliver, chainsBegun: () => chain }
}

interface Loot {
  readonly states: readonly RatchetState[]
  readonly x25519?: readonly X25519PrivateKey[]
  readonly kem?: readonly Omit<ChainSecrets, 'x25519'>[]
}

/** Everything the thief can open with his loot. @returns the ids of these messages */
const rob = ({ states, x25519 = [], kem = [] }: Loot, wire: readonly OnWire[]): ReadonlySet<number> => {
  const privateKeys = new Map<string, X25519PrivateKey>()
  const publicKeys = new Map<string, Uint8Array>()
  const seeds = new Map<string, MlKemSeed>()
  const headerKeys = new Map<string, HeaderKey>()
  const messageKeys = new Map<string, MessageKey>()
  const encapsulationKeys = new Map<string, Uint8Array>()
  const sharedByCiphertext = new Map<string, MlKemShared>()
  const chains = new Map<string, { readonly chainKey: ChainKey; readonly n: number; readonly headerKey: HeaderKey }>()
  const roots: RootKey[] = []
  const resistedAt = new Map<string, number>()
  const learn = <T extends Uint8Array>(known: Map<string, T>, ...keys: readonly (T | undefined)[]): void => {
    for (const key of keys) if (key) known.set(toHex(key), key)
  }
  const learnPrivate = (privateKey: X25519PrivateKey): void => {
    const publicKey = x25519PublicKey(privateKey)
    privateKeys.set(toHex(publicKey), privateKey)
    learn(publicKeys, publicKey)
  }
  /** What was encapsulated to a key, once both the key and the sender's randomness are known. */
  const learnEncapsulationKey = (key: Uint8Array): void => {
    if (encapsulationKeys.has(toHex(key))) return
    learn(encapsulationKeys, key)
    for (const { encapsulation } of kem) {
      const made = mlKem768.encapsulate(key, () => encapsulation)
      if (made) sharedByCiphertext.set(toHex(made.ciphertext), made.shared)
    }
  }

  x25519.forEach(learnPrivate)
  learn(seeds, ...kem.map(({ kemSeed }) => kemSeed))
  for (const seed of seeds.values()) learnEncapsulationKey(mlKem768.keyPairFromSeed(seed).encapsulationKey)
  for (const state of states) {
    roots.push(state.rootKey)
    learn(headerKeys, state.nextSendingHeaderKey, state.nextReceivingHeaderKey, ...state.oldChains.map(({ headerKey }) => headerKey))
    learn(messageKeys, ...[...state.skipped.values()].map(({ messageKey }) => messageKey))
    if (state.phase !== 'our-turn') learnPrivate(state.ourKeyPair.privateKey)
    if (state.phase !== 'awaiting-first' && state.receiving) {
      const { headerKey, chainKey, nextNumber } = state.receiving
      learn(headerKeys, headerKey)
      chains.set(toHex(chainKey), { chainKey, n: nextNumber, headerKey })
    }
    if (state.phase === 'our-turn') {
      learn(publicKeys, state.theirKey)
      if (state.theirEncapsulationKey) learnEncapsulationKey(state.theirEncapsulationKey)
    }
    if (state.phase === 'their-turn') {
      const { headerKey, chainKey, sentCount } = state.sending
      learn(seeds, state.ourKemSeed)
      learnEncapsulationKey(mlKem768.keyPairFromSeed(state.ourKemSeed).encapsulationKey)
      learn(headerKeys, headerKey)
      chains.set(toHex(chainKey), { chainKey, n: sentCount, headerKey })
    }
  }

  const [{ adHash, ourTag, theirTag } = { adHash: new Uint8Array(32), ourTag: 0, theirTag: 0 }] = states
  /** He does not know who sent it: both directions are tried. */
  const opensBody = (key: MessageKey, sealed: SealedMessage, { envelopeId }: OnWire): boolean =>
    [[ourTag, theirTag] as const, [theirTag, ourTag] as const].some(([senderTag, recipientTag]) => {
      const route: Route = { adHash, senderTag, recipientTag, envelopeId }
      return openBody(key, sealed, route) !== undefined
    })
  const walk = (from: ChainKey, steps: number): MessageKey => {
    let chainKey = from
    for (let i = 0; i < steps; i++) chainKey = stepChain(chainKey).chainKey
    return stepChain(chainKey).messageKey
  }
  const agreements = (theirs: Uint8Array) => {
    const asReceiver = [...privateKeys].map(([publicKey, key]) => [x25519Agree(key, theirs), publicKeys.get(publicKey)] as const)
    const known = privateKeys.get(toHex(theirs))
    const asSender = known ? [...publicKeys.values()].map((receiver) => [x25519Agree(known, receiver), receiver] as const) : []
    const blind = [...publicKeys.values()].slice(-2).map((receiver) => [asSecret<'X25519Shared'>(new Uint8Array(32)), receiver] as const)
    return [...asReceiver, ...asSender, ...blind]
  }
  const kemSecrets = (ciphertext: Uint8Array | undefined): readonly (MlKemShared | undefined)[] =>
    ciphertext === undefined
      ? [undefined]
      : [
          sharedByCiphertext.get(toHex(ciphertext)),
          ...[...seeds.values()].map((seed) => mlKem768.decapsulate(seed, ciphertext)),
          asSecret<'MlKemShared'>(new Uint8Array(32)),
        ].filter((shared) => shared !== undefined)
  /** Begins a chain with every combination of what he holds; keeps the one that opens the message. */
  const breakInto = (header: Header, headerKey: HeaderKey, sealed: SealedMessage, message: OnWire): boolean => {
    // A chain that resisted everything he knows will resist until he knows more.
    const id = toHex(header.ratchetKey)
    const knowledge = chains.size + publicKeys.size + encapsulationKeys.size
    if (resistedAt.get(id) === knowledge) return false
    resistedAt.set(id, knowledge)
    const secrets = kemSecrets(header.ciphertext)
    for (const [agreement, receiverKey] of agreements(header.ratchetKey)) {
      if (!agreement || !receiverKey) continue
      for (const kemShared of secrets) {
        for (const rootKey of roots) {
          const step = stepRoot({ rootKey, agreement, kemShared, receiverKey, prologue: header })
          if (!opensBody(walk(step.chainKey, header.n), sealed, message)) continue
          // Each root begins one chain.
          roots.splice(roots.indexOf(rootKey), 1, step.rootKey)
          learn(headerKeys, step.nextHeaderKey)
          learn(publicKeys, header.ratchetKey)
          learnEncapsulationKey(header.encapsulationKey)
          chains.set(toHex(step.chainKey), { chainKey: step.chainKey, n: 0, headerKey })
          return true
        }
      }
    }
    return false
  }
  const open = (message: OnWire): boolean => {
    const read = readMessage(message.message)
    if (!read.ok) throw new Error('the wire holds messages only')
    const sealed = read.value
    for (const headerKey of headerKeys.values()) {
      const header = openHeader(headerKey, sealed, adHash)
      if (!header?.ok) continue
      const { n } = header.value
      if ([...messageKeys.values()].some((key) => opensBody(key, sealed, message))) return true
      for (const chain of chains.values()) {
        if (equal(chain.headerKey, headerKey) && n >= chain.n && opensBody(walk(chain.chainKey, n - chain.n), sealed, message)) return true
      }
      return breakInto(header.value, headerKey, sealed, message)
    }
    return false
  }

  const opened = new Set<number>()
  for (let before = -1; before !== opened.size; ) {
    before = opened.size
    for (const message of wire) if (!opened.has(message.id) && open(message)) opened.add(message.id)
  }
  return opened
}

const who = fc.constantFrom<Name>('alice', 'bob')
const act = fc.oneof(fc.record({ send: who }), fc.record({ to: who, pick: fc.nat(100) }))
const acts = (maxLength: number) => fc.array(act, { minLength: 2, maxLength })
type Act = { readonly send: Name } | { readonly to: Name; readonly pick: number }
type Pair = ReturnType<typeof honestPair>

const play = (pair: Pair, script: readonly Act[]): void => {
  for (const one of script) {
    if ('send' in one) pair.send(one.send)
    else pair.deliver(one.to, one.pick)
  }
}
const idsOf = (messages: readonly OnWire[]): number[] => messages.map(({ id }) => id).toSorted((a, b) => a - b)
const sorted = (ids: ReadonlySet<number>): number[] => [...ids].toSorted((a, b) => a - b)

describe('forward secrecy', () => {
  it('a stolen state opens what its owner still expects, and no message before', () => {
    fc.assert(
      fc.property(fc.nat(), acts(30), who, (seed, script, victim) => {
        const pair = honestPair(seed)
        play(pair, [{ send: 'alice' }, ...script])
        expect(sorted(rob({ states: [pair.states[victim]] }, pair.wire))).toEqual(idsOf(pair.inFlight[victim]))
      }),
    )
  })

  it('both states stolen open what is on its way, and nothing that arrived', () => {
    fc.assert(
      fc.property(fc.nat(), acts(30), (seed, script) => {
        const pair = honestPair(seed)
        play(pair, [{ send: 'alice' }, ...script])
        const { alice, bob } = pair.inFlight
        expect(sorted(rob({ states: Object.values(pair.states) }, pair.wire))).toEqual(idsOf([...alice, ...bob]))
      }),
    )
  })

  it('the thief is no fool: the state from before a message opens it', () => {
    fc.assert(
      fc.property(fc.nat(), acts(20), fc.nat(100), (seed, script, pick) => {
        const pair = honestPair(seed)
        play(pair, [{ send: 'alice' }, ...script])
        const to: Name = pair.inFlight.bob.length > 0 ? 'bob' : 'alice'
        if (pair.inFlight[to].length === 0) pair.send(otherOf(to))
        const last = pair.deliver(to, pick)
        if (!last) throw new Error('something was on its way')
        expect(rob({ states: [last.before] }, pair.wire).has(last.sent.id)).toBe(true)
        expect(rob({ states: [pair.states[to]] }, pair.wire).has(last.sent.id)).toBe(false)
      }),
    )
  })
})

describe('post-compromise security', () => {
  const game = fc.record({
    seed: fc.nat(),
    before: acts(20),
    after: acts(20),
    victims: fc.constantFrom<readonly Name[]>(['alice'], ['bob'], ['alice', 'bob']),
  })

  /**
   * Plays, lets the thief copy the victims' states, plays on, and ends with two round trips. He has the whole wire,
   * and `later` secrets of both sides.
   */
  const steal = (
    { seed, before, after, victims }: typeof game extends fc.Arbitrary<infer T> ? T : never,
    later: { readonly x25519: boolean; readonly kem: boolean },
  ) => {
    const pair = honestPair(seed)
    play(pair, before)
    const stolen = victims.map((victim) => structuredClone(pair.states[victim]))
    const [sentBefore, secretsBefore, firstChain] = [pair.wire.length, pair.secrets.length, pair.chainsBegun() + 1]
    play(pair, after)
    for (const from of ['alice', 'bob', 'alice', 'bob'] as const) {
      pair.send(from)
      while (pair.deliver(otherOf(from), 0));
    }
    const wire = pair.wire.slice(sentBefore)
    const isNew = (id: number): boolean => id >= sentBefore
    const secrets = pair.secrets.slice(secretsBefore)
    const loot = { x25519: secrets.map(({ x25519 }) => x25519), kem: secrets }
    const opened = rob(
      { states: stolen, ...(later.x25519 ? { x25519: loot.x25519 } : {}), ...(later.kem ? { kem: loot.kem } : {}) },
      pair.wire,
    )
    // Healed: from the first chain that a single victim begins; where both are victims, from the second chain of either.
    const [victim] = victims
    const isVictims = firstChain % 2 === (victim === 'alice' ? 0 : 1)
    const healed = victims.length === 2 || !isVictims ? firstChain + 1 : firstChain
    expect(wire.some(({ chain }) => chain >= healed)).toBe(true)
    return { opened: sorted(opened).filter(isNew), lost: idsOf(wire.filter(({ chain }) => chain < healed)), all: idsOf(wire) }
  }

  it('a thief with the stolen state opens nothing after one round trip', () => {
    fc.assert(
      fc.property(game, (one) => {
        const { opened, lost } = steal(one, { x25519: false, kem: false })
        expect(opened).toEqual(lost)
      }),
    )
  })

  it('with all later X25519 secrets he opens nothing new', () => {
    fc.assert(
      fc.property(game, (one) => {
        const { opened, lost } = steal(one, { x25519: true, kem: false })
        expect(opened).toEqual(lost)
      }),
    )
  })

  it('with all later ML-KEM secrets he opens nothing new', () => {
    fc.assert(
      fc.property(game, (one) => {
        const { opened, lost } = steal(one, { x25519: false, kem: true })
        expect(opened).toEqual(lost)
      }),
    )
  })

  it('with both he opens everything', () => {
    fc.assert(
      fc.property(game, (one) => {
        const { opened, all } = steal(one, { x25519: true, kem: true })
        expect(opened).toEqual(all)
      }),
    )
  })
})
