import { describe, expect, it } from 'vitest'
import { manualTimers } from '../../test/support/manual-timers.ts'
import { createMemoryDisk, type MemoryDisk } from '../../test/support/memory-store.ts'
import { contactIdOf, contactRow, messageRow, noChanges, seenRow, selfRow } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import type { ToWindow } from '../messenger/api.ts'
import { asleep, type Live } from '../messenger/live.ts'
import type { Input, Outcome } from '../messenger/messenger.ts'
import type { Changes } from '../messenger/state.ts'
import type { Effect } from '../messenger/turn.ts'
import type { Store } from '../store/store.ts'
import { MAX_DELAY_MS } from './clock.ts'
import { createRuntime, RETRY_AFTER_MS, type Step } from './runtime.ts'

const NOW_MS = 1_000_000

const relayOff: Effect = { type: 'order', order: { type: 'relay-disconnect', connection: 'room' } }
const relayOn: Effect = { type: 'order', order: { type: 'relay-connect', connection: 'room' } }
const unexpected: ToWindow = { type: 'event', event: { type: 'trouble', trouble: 'unexpected' } }

const bob = contactIdOf('bob')
const unkept = (text: string): ToWindow => ({ type: 'event', event: { type: 'message-not-kept', contactId: bob, text } })
const renamed = (name: string): Changes => ({ ...noChanges, held: [{ table: 'contacts', key: bob, row: contactRow('bob', { name }) }] })

const done = (
  live: Live,
  { changes = noChanges, effects = [], wakeAtMs }: { changes?: Changes; effects?: readonly Effect[]; wakeAtMs?: number | undefined } = {},
): Outcome => ({ done: { changes, live, effects, wakeAtMs } })

const command = (text: string): Input => ({ type: 'command', command: { type: 'send-message', contactId: bob, text } })
const textOf = (input: Input): string =>
  input.type === 'command' && input.command.type === 'send-message' ? input.command.text : input.type

const setUp = async (step: Step, wrap: (store: Store) => Store = (store) => store, disk: MemoryDisk = createMemoryDisk()) => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const store = wrap(opened.store)
  const posted: ToWindow[] = []
  const ends: string[] = []
  const bugs: unknown[] = []
  const timers = manualTimers(NOW_MS)
  const runtime = createRuntime({
    store,
    step,
    random: seededRandom('runtime'),
    timers,
    post: (message) => void posted.push(message),
    bug: (thrown) => void bugs.push(thrown),
    ended: (why) => void ends.push(why),
  })
  return { disk, store, runtime, posted, ends, bugs, timers }
}

/** Writes down when the disk is done, among what is posted. */
const noting = (journal: { readonly push: (entry: string) => void }) => (store: Store) =>
  ({
    look: store.look,
    check: store.check,
    wipe: store.wipe,
    close: store.close,
    get held() {
      return store.held
    },
    commit: async (changes: Changes) => {
      journal.push('commit began')
      await store.commit(changes)
      journal.push('commit completed')
    },
  }) satisfies Store

describe('the order of a turn', () => {
  it('releases orders and events in their order, and only after the commit completed', async () => {
    const event: Effect = { type: 'event', event: { type: 'unconfirmed-changed', unconfirmed: 1 } }
    const journal: unknown[] = []
    const disk = createMemoryDisk()
    const opened = await disk.open()
    if (!opened.ok) throw new Error(opened.reason)
    const runtime = createRuntime({
      store: noting(journal)(opened.store),
      step: (_held, live) => done(live, { changes: renamed('Bob'), effects: [relayOn, event, relayOff] }),
      random: seededRandom('runtime'),
      timers: manualTimers(NOW_MS),
      post: (message) => void journal.push(message),
      bug: () => {},
      ended: () => {},
    })
    await runtime.take({ type: 'opened' })
    expect(journal).toEqual(['commit began', 'commit completed', relayOn, event, relayOff])
  })

  it('has on disk whatever it released, at whichever moment its process dies', async () => {
    const outcomes = new Set<string>()
    for (const fate of ['kept', 'lost'] as const) {
      for (let moment = 0; moment < 20; moment++) {
        const changes: Changes = { ...noChanges, held: [...renamed('Bob').held, { table: 'self', key: 'self', row: selfRow() }] }
        const { disk, posted, runtime } = await setUp((_held, live) => done(live, { changes, effects: [relayOn, relayOff] }))
        void runtime.take({ type: 'opened' })
        for (let i = 0; i < moment; i++) await Promise.resolve()
        disk.crash(fate)
        await settled()
        const again = await disk.open()
        if (!again.ok) throw new Error(again.reason)
        const { contacts, self } = again.store.held
        expect(contacts.size).toBe(self.size)
        outcomes.add(`${contacts.size === 1 ? 'on disk' : 'not on disk'}, ${posted.length} released`)
      }
    }
    expect([...outcomes].sort()).toEqual(['not on disk, 0 released', 'on disk, 0 released', 'on disk, 2 released'])
  })

  it('commits nothing where nothing changed', async () => {
    const { disk, posted, runtime } = await setUp((_held, live) => done(live, { effects: [relayOn] }))
    await runtime.take({ type: 'opened' })
    expect(disk.commits).toBe(0)
    expect(posted).toEqual([relayOn])
  })

  it('commits a change of any kind, were it the only one', async () => {
    const changes: readonly Partial<Changes>[] = [
      { held: renamed('Bob').held },
      { messages: [messageRow('bob', 1)] },
      { forgottenConversations: [bob] },
      { seen: [{ key: 'seen', row: seenRow('one') }] },
      { forgetSeenBeforeMs: 1 },
    ]
    for (const only of changes) {
      const { disk, runtime } = await setUp((_held, live) => done(live, { changes: { ...noChanges, ...only } }))
      await runtime.take({ type: 'opened' })
      expect(disk.commits).toBe(1)
    }
  })

  it('takes one turn at a time, in the order of the inputs, each with what the one before left', async () => {
    const seen: string[] = []
    const { runtime } = await setUp((held, live, input) => {
      seen.push(`${textOf(input)}: ${held.contacts.get(bob)?.name}, ${live.nextRequestId}`)
      return done({ ...live, nextRequestId: live.nextRequestId + 1 }, { changes: renamed(`after ${textOf(input)}`) })
    })
    await Promise.all([runtime.take(command('a')), runtime.take(command('b')), runtime.take(command('c'))])
    expect(seen).toEqual(['a: undefined, 1', 'b: after a, 2', 'c: after b, 3'])
  })

  it('answers what a step asks for, as often as it asks, before the next turn begins', async () => {
    const journal: unknown[] = []
    const step: Step = (_held, live, input) => {
      if (textOf(input) !== 'ask') {
        journal.push(textOf(input))
        return done(live, { changes: { ...noChanges, messages: [messageRow('bob', 1)], seen: [{ key: 'k', row: seenRow('one') }] } })
      }
      return {
        needs: [{ type: 'message', contactId: bob, messageId: messageRow('bob', 1).messageId }],
        resume: (first) => {
          journal.push(first)
          return {
            needs: [
              { type: 'seen', key: 'k' },
              { type: 'seen', key: 'unknown' },
            ],
            resume: (second) => {
              journal.push(second)
              return done(live)
            },
          }
        },
      }
    }
    const { runtime } = await setUp(step)
    await Promise.all([runtime.take(command('put')), runtime.take(command('ask')), runtime.take(command('later'))])
    expect(journal).toEqual([
      'put',
      [{ type: 'message', row: messageRow('bob', 1) }],
      [
        { type: 'seen', row: seenRow('one') },
        { type: 'seen', row: undefined },
      ],
      'later',
    ])
  })
})

describe('a turn that fails', () => {
  const failing: Step = (_held, live, input) => {
    if (textOf(input) === 'bug') throw new Error('a bug')
    const next = { ...live, nextRequestId: live.nextRequestId + 1 }
    return done(next, { changes: renamed(`${textOf(input)} ${live.nextRequestId}`), effects: [relayOn] })
  }

  it('rolls a bug back, tells it, and goes on', async () => {
    const { bugs, posted, runtime, store } = await setUp(failing)
    await runtime.take(command('bug'))
    expect(store.held.contacts.size).toBe(0)
    expect(posted).toEqual([unexpected, unkept('bug')])
    expect(bugs).toEqual([new Error('a bug')])
    await runtime.take(command('good'))
    expect(store.held.contacts.get(bob)?.name).toBe('good 1')
    expect(posted).toEqual([unexpected, unkept('bug'), relayOn])
  })

  it('rolls back a bug that shows after rows were looked up', async () => {
    const { disk, posted, runtime } = await setUp(() => ({
      needs: [{ type: 'seen', key: 'k' }],
      resume: () => {
        throw new Error('a bug')
      },
    }))
    await runtime.take(command('x'))
    expect(posted).toEqual([unexpected, unkept('x')])
    expect(disk.commits).toBe(0)
  })

  it.each(['storage-full', 'storage-failed'] as const)('tells %s, releases nothing and leaves everything as it was', async (trouble) => {
    const { disk, posted, runtime, store } = await setUp(failing)
    disk.refuse(trouble)
    await runtime.take(command('first'))
    expect(posted).toEqual([{ type: 'event', event: { type: 'trouble', trouble } }, unkept('first')])
    expect(store.held.contacts.size).toBe(0)
    disk.refuse(undefined)
    await runtime.take(command('second'))
    expect(store.held.contacts.get(bob)?.name).toBe('second 1')
  })

  it('gives a text back that could not be kept', async () => {
    const { disk, posted, runtime } = await setUp(failing)
    disk.refuse('storage-full')
    await runtime.take(command('Dear Bob'))
    expect(posted.at(-1)).toEqual(unkept('Dear Bob'))
  })

  it('asks before anything else, and soon, whether a commit that failed was written all the same', async () => {
    const { disk, ends, posted, runtime, timers } = await setUp(failing)
    disk.refuse('storage-failed', 'unheard')
    await runtime.take(command('first'))
    expect(posted[0]).toEqual({ type: 'event', event: { type: 'trouble', trouble: 'storage-failed' } })
    const told = posted.length
    disk.refuse(undefined)
    timers.advance(RETRY_AFTER_MS)
    await settled()
    expect([ends, posted.length]).toEqual([['not-owner'], told])
  })

  it('goes on where a commit that failed was not written', async () => {
    const { disk, ends, runtime, store, timers } = await setUp(failing)
    disk.refuse('storage-failed', 'without-reading')
    await runtime.take(command('first'))
    await runtime.take(command('second'))
    expect(store.held.contacts.size).toBe(0)
    disk.refuse(undefined)
    timers.advance(RETRY_AFTER_MS)
    await settled()
    expect(store.held.contacts.get(bob)?.name).toBe('missed 1')
    expect(ends).toEqual([])
  })

  it('tries a first turn again once there may be room', async () => {
    const { disk, posted, runtime, store, timers } = await setUp(failing)
    disk.refuse('storage-full')
    await runtime.take({ type: 'opened' })
    disk.refuse(undefined)
    timers.advance(RETRY_AFTER_MS - 1)
    await settled()
    expect(store.held.contacts.size).toBe(0)
    timers.advance(1)
    await settled()
    expect(store.held.contacts.get(bob)?.name).toBe('opened 1')
    expect(posted.at(-1)).toEqual(relayOn)
  })

  it('stops for good once another tab has opened the profile', async () => {
    const { disk, ends, posted, runtime } = await setUp(failing)
    const other = await disk.open()
    expect(await runtime.take(command('late'))).toBe(false)
    expect(await runtime.take(command('later'))).toBe(false)
    expect(ends).toEqual(['not-owner'])
    expect(posted).toEqual([])
    expect(other.ok && other.store.held.contacts.size).toBe(0)
  })
})

describe('the clock', () => {
  const wakeAt =
    (times: readonly (number | undefined)[], turns: string[] = []): Step =>
    (_held, live, input, nowMs) => {
      turns.push(`${input.type} at ${nowMs - NOW_MS}`)
      return done({ ...live, nextRequestId: live.nextRequestId + 1 }, { wakeAtMs: times[live.nextRequestId - 1] })
    }

  it('asks once at the time that the last turn named', async () => {
    const turns: string[] = []
    const { runtime, timers } = await setUp(wakeAt([NOW_MS + 500, NOW_MS + 100, undefined], turns))
    await runtime.take({ type: 'opened' })
    await runtime.take(command('sooner'))
    timers.advance(99)
    await settled()
    expect(turns).toHaveLength(2)
    timers.advance(1)
    await settled()
    timers.advance(1_000)
    await settled()
    expect(turns).toEqual(['opened at 0', 'command at 0', 'clock at 100'])
    expect(timers.waiting).toBe(0)
  })

  it('asks at once for a time that is past, and once only however many turns come between', async () => {
    const turns: string[] = []
    const { runtime, timers } = await setUp(wakeAt([NOW_MS - 5, NOW_MS - 5, NOW_MS - 5, undefined], turns))
    await runtime.take({ type: 'opened' })
    const between = [runtime.take(command('a')), runtime.take(command('b'))]
    timers.advance(0)
    await Promise.all(between)
    timers.advance(0)
    await settled()
    expect(turns).toEqual(['opened at 0', 'command at 0', 'command at 0', 'clock at 0'])
  })

  it('reaches a time that is further away than a timer can count', async () => {
    const far = NOW_MS + MAX_DELAY_MS + 5_000
    const turns: string[] = []
    const { runtime, timers } = await setUp(wakeAt([far, far, undefined], turns))
    await runtime.take({ type: 'opened' })
    timers.advance(MAX_DELAY_MS)
    await settled()
    timers.advance(5_000)
    await settled()
    expect(turns).toEqual(['opened at 0', `clock at ${MAX_DELAY_MS}`, `clock at ${MAX_DELAY_MS + 5_000}`])
  })

  it('does not spin on a clock turn that fails', async () => {
    let tries = 0
    const { runtime, timers } = await setUp((_held, live, input) => {
      if (input.type !== 'clock') return done(live, { wakeAtMs: NOW_MS })
      tries += 1
      throw new Error('a bug')
    })
    await runtime.take({ type: 'opened' })
    for (let ms = 0; ms < 2 * RETRY_AFTER_MS; ms += 100) {
      timers.advance(100)
      await settled()
    }
    expect(tries).toBe(2)
  })
})

describe('the end', () => {
  it('wipes after the commit, says so, and does nothing any more', async () => {
    const { disk, ends, posted, runtime } = await setUp((_held, live, input) =>
      done(live, { changes: renamed('Bob'), effects: [relayOff, ...(input.type === 'command' ? [{ type: 'wipe' } as const] : [])] }),
    )
    await runtime.take({ type: 'opened' })
    await runtime.take(command('wipe'))
    await runtime.take({ type: 'clock' })
    expect(posted).toEqual([relayOff, relayOff, { type: 'event', event: { type: 'wiped' } }])
    expect(ends).toEqual(['wiped'])
    const again = await disk.open()
    expect(again.ok && again.isNew).toBe(true)
  })

  it('goes on where the wipe was refused', async () => {
    const { disk, ends, posted, runtime } = await setUp((_held, live) => done(live, { effects: [{ type: 'wipe' }] }))
    disk.refuse('storage-failed')
    await runtime.take(command('wipe'))
    expect(posted).toEqual([{ type: 'event', event: { type: 'trouble', trouble: 'storage-failed' } }, unkept('wipe')])
    expect(ends).toEqual([])
  })

  it('releases nothing once it was stopped, though the commit under way completes', async () => {
    const journal: unknown[] = []
    const { posted, runtime, store, timers } = await setUp(
      (_held, live) => done(live, { changes: renamed('Bob'), effects: [relayOn], wakeAtMs: NOW_MS + 1 }),
      noting({ push: (entry) => void (entry === 'commit began' ? runtime.stop() : journal.push(entry)) }),
    )
    await runtime.take({ type: 'opened' })
    expect(journal).toEqual(['commit completed'])
    expect(store.held.contacts.size).toBe(1)
    expect(posted).toEqual([])
    expect(timers.waiting).toBe(0)
  })

  it('begins with nothing but what is on disk', async () => {
    const lives: Live[] = []
    const { runtime } = await setUp((_held, live) => {
      lives.push(live)
      return done(live)
    })
    await runtime.take({ type: 'opened' })
    expect(lives).toEqual([asleep])
  })
})

/** Everything that can happen without time passing has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
