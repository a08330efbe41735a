// How the sessions with one device are cut into parts (docs/storage.md, Parts). What every message changes is small; what is
// long changes with a chain or never, and what is many (skipped keys, old chains) comes and goes one by one.

import { toHex } from '../crypto/bytes.ts'
import type { HeldTables } from '../messenger/state.ts'
import { type Cut, HEAD, type Part } from './cut.ts'
import { authentic } from './row-codec.ts'

type SessionRecord = HeldTables['sessions']
type Session = NonNullable<SessionRecord['current']>
type Ratchet = Session['ratchet']
type OldChain = Ratchet['oldChains'][number]
type SkippedKey = Ratchet['skipped'] extends ReadonlyMap<string, infer Key> ? Key : never

/** A record with names in the place of its sessions. */
interface Head extends Omit<SessionRecord, 'current' | 'previous' | 'tombstones' | 'lastResortUses'> {
  readonly current: string | undefined
  readonly previous: readonly { readonly name: string; readonly retiredAtMs: number }[]
}

/** Values of more than 1,000 bytes; blank where the phase has none. */
interface LongValues {
  readonly handshake: Extract<Session, { phase: 'unanswered' }>['handshake']
  readonly prologue: Extract<Ratchet, { phase: 'their-turn' }>['sending']['prologue']
  readonly theirEncapsulationKey: Extract<Ratchet, { phase: 'our-turn' }>['theirEncapsulationKey']
}

const noBytes = new Uint8Array(0)
const blank: LongValues = {
  handshake: noBytes,
  prologue: { ratchetKey: noBytes, previousCount: 0, encapsulationKey: noBytes, ciphertext: undefined },
  theirEncapsulationKey: undefined,
}

export const sessions: Cut<'sessions'> = {
  split: (record) => {
    const { current, lastResortUses, previous, tombstones, ...rest } = record
    const head: Head = {
      ...rest,
      current: current && nameOf(current),
      previous: previous.map(({ session, retiredAtMs }) => ({ name: nameOf(session), retiredAtMs })),
    }
    const parts = new Map<string, Part>([
      // Which a message within a session does not change.
      [HEAD, { value: head, madeOf: [head.current, previous, ...fieldsOf(rest)] }],
      ['tombstones', { value: tombstones, madeOf: [tombstones] }],
      ['last-resort-uses', { value: lastResortUses, madeOf: [lastResortUses] }],
    ])
    if (current !== undefined) splitSession(parts, current)
    for (const { session } of previous) splitSession(parts, session)
    return parts
  },

  /** A previous session or a late key that does not open is lost by itself; the current session is what the row is about. */
  join: (parts) => {
    const head = authentic<Head | undefined>(parts.get(HEAD))
    const tombstones = authentic<SessionRecord['tombstones'] | undefined>(parts.get('tombstones'))
    const lastResortUses = authentic<SessionRecord['lastResortUses'] | undefined>(parts.get('last-resort-uses'))
    if (head === undefined || tombstones === undefined || lastResortUses === undefined) return undefined
    const late = lateBySession(parts)
    const current = head.current === undefined ? undefined : joinSession(parts, head.current, late.get(head.current))
    if (head.current !== undefined && current === undefined) return undefined
    const previous = head.previous.flatMap(({ name, retiredAtMs }) => {
      const session = joinSession(parts, name, late.get(name))
      return session === undefined ? [] : [{ session, retiredAtMs }]
    })
    return { ...head, current, previous, tombstones, lastResortUses }
  },
}

/** Names and values, in an order of their own. */
const fieldsOf = (fields: object): readonly unknown[] =>
  Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat()

const nameOf = (session: Session): string => toHex(session.baseKey)
const hex8 = (value: number): string => value.toString(16).padStart(8, '0')

const splitSession = (parts: Map<string, Part>, session: Session): void => {
  const name = nameOf(session)
  const { ratchet } = session
  const long: LongValues = {
    handshake: session.phase === 'unanswered' ? session.handshake : blank.handshake,
    prologue: ratchet.phase === 'their-turn' ? ratchet.sending.prologue : blank.prologue,
    theirEncapsulationKey: ratchet.phase === 'our-turn' ? ratchet.theirEncapsulationKey : blank.theirEncapsulationKey,
  }
  parts.set(`session/${name}`, { value: made(session, blank, nothingLate), madeOf: [session] })
  parts.set(`long/${name}`, { value: long, madeOf: [long.handshake, long.prologue, long.theirEncapsulationKey] })
  for (const chain of ratchet.oldChains) parts.set(`chain/${name}/${hex8(chain.chain)}`, { value: chain, madeOf: [chain] })
  for (const [id, key] of ratchet.skipped) parts.set(`skipped/${name}/${id}`, { value: key, madeOf: [key] })
}

const joinSession = (parts: ReadonlyMap<string, unknown>, name: string, late: Late = nothingLate): Session | undefined => {
  const session = authentic<Session | undefined>(parts.get(`session/${name}`))
  const long = authentic<LongValues | undefined>(parts.get(`long/${name}`))
  return session && long && made(session, long, late)
}

/** The session with these values in the place of its own. */
const made = (session: Session, { handshake, prologue, theirEncapsulationKey }: LongValues, late: Late): Session => {
  const ratchet: Ratchet = { ...session.ratchet, ...late }
  const whole: Ratchet =
    ratchet.phase === 'their-turn'
      ? { ...ratchet, sending: { ...ratchet.sending, prologue } }
      : ratchet.phase === 'our-turn'
        ? { ...ratchet, theirEncapsulationKey }
        : ratchet
  return session.phase === 'unanswered' ? { ...session, ratchet: whole, handshake } : { ...session, ratchet: whole }
}

interface Late {
  readonly oldChains: readonly OldChain[]
  readonly skipped: ReadonlyMap<string, SkippedKey>
}
const nothingLate: Late = { oldChains: [], skipped: new Map() }

/** What may come late in each session, by its name, in the order of the parts' paths, which is the order of age. */
const lateBySession = (parts: ReadonlyMap<string, unknown>): ReadonlyMap<string, Late> => {
  const bySession = new Map<string, { readonly oldChains: OldChain[]; readonly skipped: Map<string, SkippedKey> }>()
  for (const path of [...parts.keys()].sort()) {
    const [kind, name, id] = path.split('/')
    if (name === undefined || id === undefined) continue
    const late = bySession.get(name) ?? { oldChains: [], skipped: new Map() }
    if (kind === 'chain') late.oldChains.push(authentic(parts.get(path)))
    else late.skipped.set(id, authentic(parts.get(path)))
    bySession.set(name, late)
  }
  return bySession
}
