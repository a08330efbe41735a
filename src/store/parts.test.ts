import { describe, expect, it } from 'vitest'
import {
  bobsSessions,
  contactIdOf,
  contactRow,
  messageRow,
  movedOn,
  oneOfEach,
  outboxRow,
  selfRow,
  sessionRecord,
} from '../../test/support/rows.ts'
import { asSecret, toHex } from '../crypto/bytes.ts'
import type { Held, HeldTables } from '../messenger/state.ts'
import { assemble } from './held.ts'
import { heldTables, joinParts, partWrites } from './parts.ts'
import type { HeldTable } from './store.ts'

type SessionRecord = HeldTables['sessions']
type Session = NonNullable<SessionRecord['current']>

const nothing = assemble([]).held
const bob = contactIdOf('bob')
const withRow = <Table extends HeldTable>(table: Table, key: string, row: HeldTables[Table]): Held => ({
  ...nothing,
  [table]: new Map([[key, row]]),
})
/** Names of the parts that are saved when the one row follows the other, with how often. */
const saved = <Table extends HeldTable>(table: Table, before: HeldTables[Table], after: HeldTables[Table]): readonly string[] => {
  const { puts, removals } = partWrites(withRow(table, 'key', before), { table, key: 'key', row: after })
  const kinds = [...puts.map(({ path }) => `put ${kindOf(path.part)}`), ...removals.map((path) => `remove ${kindOf(path.part)}`)]
  return kinds.sort()
}
const kindOf = (part: string): string => (part === '' ? 'head' : (part.split('/')[0] ?? ''))

const partsOf = (record: SessionRecord): Map<string, unknown> =>
  new Map(partWrites(nothing, { table: 'sessions', key: bobsSessions, row: record }).puts.map(({ path, value }) => [path.part, value]))

const record = sessionRecord('bob', 3)
const { current } = record
if (current?.ratchet.phase !== 'their-turn') throw new Error('not the record that these tests are about')
const theirTurn = current.ratchet
const { ourKemSeed: _seed, receiving: _receiving, sending: _sending, ...common } = theirTurn

const inPhases: Readonly<{ [phase: string]: Session }> = {
  'unanswered, their turn': { ...current, phase: 'unanswered', handshake: new Uint8Array(1_700).fill(7), statementExpiresAtMs: 5 },
  'answered, their turn': current,
  'accepted, our turn': {
    phase: 'accepted',
    baseKey: current.baseKey,
    handshakeHash: new Uint8Array(32).fill(3),
    ratchet: {
      ...common,
      phase: 'our-turn',
      theirKey: new Uint8Array(32),
      theirEncapsulationKey: new Uint8Array(1_184).fill(9),
      previousCount: 4,
      receiving: theirTurn.receiving,
    },
  },
  'unanswered, at the start': {
    phase: 'unanswered',
    baseKey: current.baseKey,
    handshake: new Uint8Array(1_700).fill(8),
    statementExpiresAtMs: 5,
    ratchet: {
      ...common,
      oldChains: [],
      skipped: new Map(),
      phase: 'our-turn',
      theirKey: new Uint8Array(32),
      theirEncapsulationKey: undefined,
      previousCount: 0,
      receiving: undefined,
    },
  },
  'accepted, awaiting the first': {
    phase: 'accepted',
    baseKey: current.baseKey,
    handshakeHash: new Uint8Array(32).fill(3),
    ratchet: { ...common, phase: 'awaiting-first', ourKeyPair: theirTurn.ourKeyPair },
  },
}

describe('rows in parts', () => {
  it('names every table once', () => {
    expect([...new Set(oneOfEach().map(({ table }) => table))].sort()).toEqual([...heldTables].sort())
  })

  it.each(Object.entries(inPhases))('puts a session together again: %s', (_phase, session) => {
    const row: SessionRecord = { ...record, current: session }
    expect(joinParts('sessions', partsOf(row))).toStrictEqual(row)
  })

  it('puts a record without a session together again', () => {
    const row: SessionRecord = { ...record, current: undefined, previous: [] }
    expect(joinParts('sessions', partsOf(row))).toStrictEqual(row)
  })

  it('saves nothing of a row that is the same', () => {
    expect(saved('sessions', record, record)).toEqual([])
    const contact = contactRow('bob')
    expect(saved('contacts', contact, contact)).toEqual([])
  })

  it('saves of a session what a message changed', () => {
    expect(saved('sessions', record, movedOn(record, undefined))).toEqual(['put session'])
    expect(saved('sessions', record, movedOn(record, 1))).toEqual(['put session', 'remove skipped'])
  })

  it('saves the head of a record when anything in it changes that is no part of its own', () => {
    const ofHead = { superseded: [new Uint8Array(32)], asked: new Uint8Array(32), turn: record.turn + 1, bornAtMs: 5, theirBornAtMs: 6 }
    for (const [name, value] of Object.entries(ofHead)) {
      expect(saved('sessions', record, { ...record, [name]: value }), name).toEqual(['put head'])
    }
    expect(saved('sessions', { ...record, asked: new Uint8Array(32) }, record)).toEqual(['put head'])
    expect(saved('sessions', record, { ...record, previous: [...record.previous] })).toEqual(['put head'])
  })

  it('saves of a session what a new chain changed', () => {
    const closed = { chain: 32, headerKey: asSecret<'HeaderKey'>(new Uint8Array(32)), prologueHash: new Uint8Array(32) }
    const skipped = new Map([
      ...theirTurn.skipped,
      ['000000200000000a', { chain: 32, n: 10, messageKey: asSecret<'MessageKey'>(new Uint8Array(32)), storedAtMs: 1 }],
    ])
    const ratchet = {
      ...theirTurn,
      skipped,
      oldChains: [...theirTurn.oldChains.slice(1), closed],
      sending: { ...theirTurn.sending, prologue: { ...theirTurn.sending.prologue } },
    }
    expect(saved('sessions', record, { ...record, current: { ...current, ratchet } })).toEqual([
      'put chain',
      'put long',
      'put session',
      'put skipped',
      'remove chain',
    ])
  })

  it('moves a session that another one follows without saving it again', () => {
    const other = inPhases['accepted, our turn']
    if (other === undefined) throw new Error('no such phase')
    const fresh: Session = {
      ...other,
      baseKey: new Uint8Array(32).fill(1),
      ratchet: { ...other.ratchet, oldChains: [], skipped: new Map() },
    }
    const next: SessionRecord = { ...record, current: fresh, previous: [{ session: current, retiredAtMs: 1 }, ...record.previous] }
    expect(saved('sessions', record, next)).toEqual(['put head', 'put long', 'put session'])
  })

  it('deletes every part of a row that goes', () => {
    const { puts, removals } = partWrites(withRow('sessions', 'key', record), { table: 'sessions', key: 'key', row: undefined })
    expect(puts).toEqual([])
    expect(removals.map(({ part }) => part).sort()).toEqual([...partsOf(record).keys()].sort())
  })

  it('saves of a contact neither keys nor draft when a message came, and the draft alone when it is written', () => {
    const contact = contactRow('bob')
    expect(saved('contacts', contact, { ...contact, unread: 1, newest: { ...messageRow('bob', 1), atMs: 1 } })).toEqual(['put head'])
    expect(saved('contacts', contact, { ...contact, draft: 'Dear' })).toEqual(['put draft', 'put head'])
  })

  it('saves of an outbox entry no envelope when the relay said that it keeps it', () => {
    const entry = outboxRow('bob', 1)
    expect(saved('outbox', entry, { ...entry, onRelayAtMs: 5 })).toEqual(['put head'])
    const envelope = entry.envelope && { ...entry.envelope, id: '00' }
    expect(saved('outbox', entry, { ...entry, envelope })).toEqual(['put content', 'put head'])
  })
})

describe('rows of version 1', () => {
  it('a contact of that time had paired by a code, and its identity has not changed', () => {
    const { puts } = partWrites(nothing, { table: 'contacts', key: bob, row: contactRow('bob') })
    const parts = new Map(puts.map(({ path, value }) => [path.part, value]))
    const { identityChange: _change, origin: _origin, replacedBy: _heir, ...head } = contactRow('bob')
    parts.set('', head)
    expect(joinParts('contacts', parts)).toStrictEqual(contactRow('bob'))
  })

  it('an outbox entry of that time is all in its head', () => {
    const { onRelayAtMs: _since, ...entry } = outboxRow('bob', 1)
    expect(joinParts('outbox', new Map([['', entry]]))).toStrictEqual(entry)
  })
})

describe('parts that are missing', () => {
  const without = (kind: RegExp): Map<string, unknown> => new Map([...partsOf(record)].filter(([part]) => !kind.test(part)))
  const name = toHex(current.baseKey)

  const previousPart = (i: number): RegExp => {
    const key = record.previous[i]?.session.baseKey ?? new Uint8Array()
    return new RegExp(`^session/${toHex(key)}$`)
  }
  const movedOnlySkipped = (used: number): SessionRecord => {
    const skipped = new Map(theirTurn.skipped)
    skipped.delete([...skipped.keys()][used] ?? '')
    return { ...record, current: { ...current, ratchet: { ...theirTurn, skipped } } }
  }

  it.each([/^$/, /^tombstones$/, /^last-resort-uses$/, new RegExp(`^session/${name}$`), new RegExp(`^long/${name}$`)])(
    'cannot do without %s',
    (kind) => {
      expect(joinParts('sessions', without(kind))).toBeUndefined()
    },
  )

  it('loses one late key, or one previous session, and nothing else', () => {
    const joined = joinParts('sessions', without(new RegExp(`^skipped/${name}/0000000100000001$`)))
    expect(joined).toStrictEqual(movedOnlySkipped(1))
    const [, second] = record.previous
    const fewer = joinParts('sessions', without(previousPart(0)))
    expect(fewer?.previous).toHaveLength(4)
    expect(fewer?.previous[0]).toStrictEqual(second)
    expect(fewer?.current).toStrictEqual(current)
  })

  it('ignores what is left of a session that no head names', () => {
    const stray = new Map([...partsOf(record), ['session/00', current], ['long/00', {}], ['skipped/00/01', {}], ['chain/00/00000000', {}]])
    expect(joinParts('sessions', stray)).toStrictEqual(record)
  })

  it('has a contact without its draft, and none without its keys', () => {
    const puts = partWrites(nothing, { table: 'contacts', key: bob, row: contactRow('bob', { draft: 'Dear' }) }).puts
    const parts = new Map(puts.map(({ path, value }) => [path.part, value]))
    parts.delete('draft')
    expect(joinParts('contacts', parts)).toStrictEqual(contactRow('bob'))
    parts.delete('keys')
    expect(joinParts('contacts', parts)).toBeUndefined()
  })

  it('has no outbox entry without its content: nobody could ever confirm it', () => {
    const { puts } = partWrites(nothing, { table: 'outbox', key: 'key', row: outboxRow('bob', 1) })
    const parts = new Map(puts.map(({ path, value }) => [path.part, value]))
    expect(joinParts('outbox', parts)).toStrictEqual(outboxRow('bob', 1))
    parts.delete('content')
    expect(joinParts('outbox', parts)).toBeUndefined()
  })

  it('tells a row that cannot be put together', () => {
    const { puts } = partWrites(nothing, { table: 'contacts', key: bob, row: contactRow('bob') })
    const self = partWrites(nothing, { table: 'self', key: 'self', row: selfRow() }).puts
    const { damaged, held } = assemble([...puts.filter(({ path }) => path.part !== 'keys'), ...self])
    expect(damaged).toEqual([{ table: 'contacts' }])
    expect(held.contacts.size).toBe(0)
    expect(held.self.size).toBe(1)
  })
})
