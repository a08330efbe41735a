import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/support/seeded-random.ts'
import type { Event } from './api.ts'
import { asleep } from './live.ts'
import { clearMisbehaviour, MAX_MISBEHAVIOUR, misbehaved, misbehaviourViews, oneTimeKeyReused } from './misbehaviour.ts'
import type { Held, MisbehaviourRow } from './state.ts'
import { beginTurn, type Turn } from './turn.ts'

const NOW_MS = 1_750_000_000_000
const DAY_MS = 86_400_000
const random = seededRandom('misbehaviour')

const turnWith = (rows: ReadonlyMap<string, MisbehaviourRow>, nowMs = NOW_MS): Turn =>
  // The log is the only table that is touched.
  beginTurn({ misbehaviour: rows } as unknown as Held, asleep, nowMs, random)

/** The log after this turn. */
const after = (turn: Turn): ReadonlyMap<string, MisbehaviourRow> => new Map(turn.all('misbehaviour'))

const told = (turn: Turn): readonly Event[] => turn.effects.flatMap((effect) => (effect.type === 'event' ? [effect.event] : []))

describe('the log of what a relay did', () => {
  it('has an entry for each kind and contact, newest first, and tells of it', () => {
    const first = turnWith(new Map())
    misbehaved(first, 'key-changed')
    const second = turnWith(after(first), NOW_MS + 1)
    misbehaved(second, 'wrong-keys', 'alice')
    const third = turnWith(after(second), NOW_MS + 2)
    misbehaved(third, 'wrong-keys', 'bob')
    const views = misbehaviourViews(third)
    expect(views.map(({ atMs, contactId, count, what }) => [what, contactId, atMs - NOW_MS, count])).toEqual([
      ['wrong-keys', 'bob', 2, 1],
      ['wrong-keys', 'alice', 1, 1],
      ['key-changed', undefined, 0, 1],
    ])
    expect(new Set(views.map(({ id }) => id)).size).toBe(3)
    expect(told(third)).toEqual([{ type: 'misbehaviour-changed', misbehaviour: views }])
  })

  it('counts the same within a day as one entry, however long that goes on', () => {
    let rows: ReadonlyMap<string, MisbehaviourRow> = new Map()
    for (let i = 0; i < 5; i++) {
      const turn = turnWith(rows, NOW_MS + i * (DAY_MS - 1))
      misbehaved(turn, 'not-authentic')
      rows = after(turn)
    }
    expect([...rows.values()]).toEqual([{ what: 'not-authentic', contactId: undefined, count: 5, atMs: NOW_MS + 4 * (DAY_MS - 1) }])
    const later = turnWith(rows, NOW_MS + 5 * DAY_MS)
    misbehaved(later, 'not-authentic')
    expect(misbehaviourViews(later).map(({ count }) => count)).toEqual([1, 5])
  })

  it('keeps a hundred entries; the oldest go', () => {
    let rows: ReadonlyMap<string, MisbehaviourRow> = new Map()
    for (let i = 0; i < MAX_MISBEHAVIOUR + 3; i++) {
      const turn = turnWith(rows, NOW_MS + i)
      misbehaved(turn, 'wrong-keys', `contact ${i}`)
      rows = after(turn)
    }
    const views = misbehaviourViews(turnWith(rows))
    expect(views).toHaveLength(MAX_MISBEHAVIOUR)
    expect([views[0]?.contactId, views.at(-1)?.contactId]).toEqual(['contact 102', 'contact 3'])
  })

  it('can be cleared', () => {
    const turn = turnWith(new Map())
    oneTimeKeyReused(turn, 'alice')
    expect(misbehaviourViews(turn)).toMatchObject([{ what: 'one-time-key-reused', contactId: 'alice', count: 1 }])
    const next = turnWith(after(turn))
    clearMisbehaviour(next)
    expect(misbehaviourViews(next)).toEqual([])
    expect(told(next)).toEqual([{ type: 'misbehaviour-changed', misbehaviour: [] }])
  })
})
