// Two sides of a pairing for tests: the machines with a person, a clock and a session behind them. The session is a
// stand-in: its initial message is a MAC under the pairing's psk over both account keys, which opens where PQXDH would.

import { ascii, equal, join, type Secret } from '../../src/crypto/bytes.ts'
import { hmacSha256 } from '../../src/crypto/hash.ts'
import type { Random } from '../../src/crypto/random.ts'
import {
  type Carrier,
  CODE_LIFE_MS,
  type GuestEffect,
  type GuestInput,
  type GuestState,
  type GuestVerified,
  type HostEffect,
  type HostInput,
  type HostState,
  type HostVerified,
  type Introduction,
  type PairingSecret,
  startGuest,
  startHost,
  stepGuest,
  stepHost,
  stretchCode,
} from '../../src/protocol/pairing/pairing.ts'
import { PEOPLE_NOW_MS, type Person, person } from './people.ts'
import { seededRandom } from './seeded-random.ts'

export const ROOM_ID = new Uint8Array(16).fill(0x52)
export const CODE = '012345'

/** Stretched once for each code and room: it takes 20 ms. */
export const secretOf = (code: string, roomId: Uint8Array = ROOM_ID): PairingSecret => {
  const name = `${code}/${roomId.join()}`
  const secret = secrets.get(name) ?? stretchCode(code, roomId)
  if (!secret) throw new Error('pairing: this code stretches to zero')
  secrets.set(name, secret)
  return secret
}
const secrets = new Map<string, PairingSecret>()

/** SHA-256 of a DTLS certificate, as it were. */
export const fingerprintOf = (name: string): Uint8Array => hmacSha256(ascii('fingerprint'), ascii(name))

/** The binding of a carrier between two who see each other's true certificates. */
export const bindingOf = (carrier: Carrier, guest = 'guest', host = 'host'): Uint8Array => {
  const binding = new Uint8Array(carrier === 'direct' ? 64 : 0)
  if (carrier === 'direct') {
    binding.set(fingerprintOf(guest))
    binding.set(fingerprintOf(host), 32)
  }
  return binding
}

export const introductionOf = (who: Person, suggestedName: string): Introduction => ({
  accountKey: who.account.publicKey,
  deviceList: who.deviceList,
  bundle: who.bundle(0).served,
  address: hmacSha256(ascii('address'), who.accountId),
  suggestedName,
})

/** What a host encrypts first. */
export const initialMessage = (psk: Secret<'PairingPsk'>, hostKey: Uint8Array, guestKey: Uint8Array): Uint8Array =>
  hmacSha256(psk, join(ascii('initial message'), hostKey, guestKey))

/** Whether the guest can read it. */
export const opens = (verified: GuestVerified, guestKey: Uint8Array): boolean =>
  equal(verified.initialMessage, initialMessage(verified.psk, verified.introduced.accountKey, guestKey))

/** A side that remembers what its machine said. */
export interface HostSide {
  readonly who: Person
  state: HostState
  /** Everything that left the machine, in order. */
  readonly effects: HostEffect[]
  /** Whom the machine wanted to be introduced to. */
  readonly introduced: HostVerified[]
  nowMs: number
  /** Takes an input and answers `introduce` at once. @returns the effects of this input */
  readonly take: (input: HostInput) => readonly HostEffect[]
}

export const hostSide = (
  name: string,
  options: { readonly code?: string; readonly roomId?: Uint8Array; readonly random?: Random; readonly nowMs?: number } = {},
): HostSide => {
  const { code = CODE, roomId = ROOM_ID, random = seededRandom(`host ${name}`), nowMs = PEOPLE_NOW_MS } = options
  const who = person(name)
  const ourAccountKey = who.account.publicKey
  const side: HostSide = {
    who,
    state: startHost({ secret: secretOf(code, roomId), roomId, ourAccountKey, expiresAtMs: nowMs + CODE_LIFE_MS }),
    effects: [],
    introduced: [],
    nowMs,
    take: (input) => {
      const step = stepHost(side.state, input, { nowMs: side.nowMs, random })
      side.state = step.state
      side.effects.push(...step.effects)
      const answers = step.effects.flatMap((effect) => {
        if (effect.type !== 'introduce') return []
        side.introduced.push(effect.verified)
        const { psk, introduced } = effect.verified
        const message = initialMessage(psk, ourAccountKey, introduced.accountKey)
        return side.take({ type: 'answer-ready', introduction: introductionOf(who, name), initialMessage: message })
      })
      return [...step.effects, ...answers]
    },
  }
  return side
}

export interface GuestSide {
  readonly who: Person
  state: GuestState
  readonly effects: GuestEffect[]
  /** With whom the machine said that it is paired. */
  readonly paired: GuestVerified[]
  nowMs: number
  readonly take: (input: GuestInput) => readonly GuestEffect[]
}

export const guestSide = (
  name: string,
  options: {
    readonly code?: string
    readonly roomId?: Uint8Array
    readonly random?: Random
    readonly nowMs?: number
    readonly directPossible?: boolean
    /** Another one than one's own. */
    readonly introduction?: Introduction
  } = {},
): GuestSide => {
  const { code = CODE, roomId = ROOM_ID, random = seededRandom(`guest ${name}`), nowMs = PEOPLE_NOW_MS, directPossible = false } = options
  const who = person(name)
  const side: GuestSide = {
    who,
    state: startGuest({
      secret: secretOf(code, roomId),
      roomId,
      ourAccountKey: who.account.publicKey,
      introduction: options.introduction ?? introductionOf(who, name),
      directPossible,
      nowMs,
    }),
    effects: [],
    paired: [],
    nowMs,
    take: (input) => {
      const step = stepGuest(side.state, input, { nowMs: side.nowMs, random })
      side.state = step.state
      side.effects.push(...step.effects)
      for (const effect of step.effects) if (effect.type === 'paired') side.paired.push(effect.verified)
      return step.effects
    },
  }
  return side
}

/** Frames among effects, in the order in which they leave. */
export const sent = <Said>(
  effects: readonly (HostEffect<Said> | GuestEffect<Said>)[],
): readonly { carrier: Carrier; frame: Uint8Array }[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [{ carrier: effect.carrier, frame: effect.frame }] : []))

/** The one frame among effects; throws where there is none or several. */
export const onlyFrame = (effects: readonly (HostEffect | GuestEffect)[]): Uint8Array => {
  const [first, ...more] = sent(effects)
  if (!first || more.length > 0) throw new Error('pairing: not exactly one frame')
  return first.frame
}

/** What a line does to a frame on its way; undefined loses it. */
export type Wire = (frame: Uint8Array, from: 'host' | 'guest') => Uint8Array | undefined

/** A side of any ceremony. */
interface Taker<Said, Input> {
  readonly take: (input: Input) => readonly (HostEffect<Said> | GuestEffect<Said>)[]
}
type SharedInput = Extract<HostInput & GuestInput, { readonly carrier: Carrier }>

/** Opens a carrier on both sides and passes frames to and fro until nobody has anything to say. */
export const connect = <Said>(
  host: Taker<Said, SharedInput>,
  guest: Taker<Said, SharedInput>,
  carrier: Carrier,
  {
    wire = (frame) => frame,
    hostBinding = bindingOf(carrier),
    guestBinding = bindingOf(carrier),
  }: {
    readonly wire?: Wire
    readonly hostBinding?: Uint8Array
    readonly guestBinding?: Uint8Array
  } = {},
): void => {
  guest.take({ type: 'carrier-opened', carrier, binding: guestBinding })
  let fromHost = sent(host.take({ type: 'carrier-opened', carrier, binding: hostBinding }))
  let fromGuest: readonly { carrier: Carrier; frame: Uint8Array }[] = []
  while (fromHost.length + fromGuest.length > 0) {
    const [toGuest, toHost] = [fromHost, fromGuest]
    fromGuest = toGuest.flatMap((message) => {
      const frame = wire(message.frame, 'host')
      return frame ? sent(guest.take({ type: 'frame-received', carrier: message.carrier, frame })) : []
    })
    fromHost = toHost.flatMap((message) => {
      const frame = wire(message.frame, 'guest')
      return frame ? sent(host.take({ type: 'frame-received', carrier: message.carrier, frame })) : []
    })
  }
}
