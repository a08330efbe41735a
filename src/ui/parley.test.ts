import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Event, ToWorker } from '../messenger/api.ts'
import { beforeNextFrame } from './next-frame.ts'
import { createParley } from './parley.ts'
import { newcomersView } from './view.ts'

const unconfirmed = (count: number): Event => ({ type: 'unconfirmed-changed', unconfirmed: count })

/** A Parley whose frames come when they are called for. */
const withFrames = () => {
  const frames: (() => void)[] = []
  const posted: ToWorker[] = []
  const parley = createParley(
    (message) => void posted.push(message),
    async () => false,
    newcomersView,
    (work) => void frames.push(work),
  )
  const shown: number[] = []
  parley.subscribe(() => {
    const view = parley.view()
    if (view.phase === 'open') shown.push(view.unconfirmed)
  })
  return { parley, posted, shown, frames, draw: () => frames.splice(0).forEach((work) => work()) }
}

describe('events', () => {
  test('of one frame are shown at once, in their order', () => {
    const { draw, frames, parley, shown } = withFrames()
    for (const count of [1, 2, 3]) parley.receive(unconfirmed(count))
    expect(shown).toEqual([])
    expect(frames).toHaveLength(1)
    draw()
    expect(shown).toEqual([3])
    parley.receive(unconfirmed(4))
    draw()
    expect(shown).toEqual([3, 4])
  })

  test('are spread over frames where very many come, and none is lost', () => {
    const { draw, frames, parley, shown } = withFrames()
    for (let count = 1; count <= 1_200; count += 1) parley.receive(unconfirmed(count))
    draw()
    parley.receive(unconfirmed(1_201))
    expect(frames).toHaveLength(1)
    draw()
    draw()
    expect(shown).toEqual([500, 1_000, 1_201])
    expect(frames).toEqual([])
  })

  test('that change nothing wake nobody', () => {
    const { draw, parley } = withFrames()
    parley.receive({ type: 'opened-elsewhere' })
    draw()
    let woken = 0
    parley.subscribe(() => {
      woken += 1
    })
    parley.receive(unconfirmed(1))
    draw()
    expect(woken).toBe(0)
  })
})

test('commands go to the worker as they are, and so does that the profile is wanted here', () => {
  const { parley, posted } = withFrames()
  parley.send({ type: 'clear-misbehaviour' })
  parley.takeOver()
  expect(posted).toEqual([{ type: 'command', command: { type: 'clear-misbehaviour' } }, { type: 'take-over' }])
})

test('a message is being sent until the worker says that it is settled', () => {
  const { parley } = withFrames()
  const seen: boolean[] = []
  parley.subscribe(() => void seen.push(parley.isSending()))
  parley.send({ type: 'cancel-pairing' })
  parley.send({ type: 'send-message', contactId: 'a1', text: 'one' })
  parley.send({ type: 'send-message', contactId: 'a1', text: 'two' })
  parley.settle(1)
  parley.settle(2)
  expect(seen).toEqual([false, true, true, true, false])
})

describe('the next frame', () => {
  afterEach(() => vi.unstubAllGlobals())

  /** A page, seen or not: frames come only where it is seen. */
  const page = () => {
    const calls: { frame?: () => void; timer?: () => void } = {}
    vi.stubGlobal('requestAnimationFrame', (work: () => void) => {
      calls.frame = work
      return 1
    })
    vi.stubGlobal('cancelAnimationFrame', () => delete calls.frame)
    vi.stubGlobal('setTimeout', (work: () => void) => {
      calls.timer = work
      return 1
    })
    vi.stubGlobal('clearTimeout', () => delete calls.timer)
    return calls
  }

  test.each(['frame', 'timer'] as const)('is the %s where that comes first, and comes once', (which) => {
    const calls = page()
    let count = 0
    beforeNextFrame(() => {
      count += 1
    })
    expect(count).toBe(0)
    calls[which]?.()
    expect(count).toBe(1)
    expect(calls).toEqual({})
  })
})

test('a file that was asked for here is taken here, and once', () => {
  const { parley } = withFrames()
  expect(parley.takeFile()).toBe(false)
  parley.send({ type: 'back-up', secret: { kind: 'words', text: '' }, to: undefined })
  expect([parley.takeFile(), parley.takeFile()]).toEqual([true, false])
})

test('a wipe that was asked for here is told from one of another tab', () => {
  const { parley } = withFrames()
  parley.send({ type: 'cancel-pairing' })
  expect(parley.wipedHere()).toBe(false)
  parley.send({ type: 'wipe-device' })
  expect(parley.wipedHere()).toBe(true)
})
