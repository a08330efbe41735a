import { describe, expect, it } from 'vitest'
import { manualTimers } from '../../test/support/manual-timers.ts'
import type { Event } from '../messenger/api.ts'
import { createFollowing, PING_EVERY_MS, SILENT_AFTER_MS } from './following.ts'
import type { FollowerFrame, TabFrame } from './tab-frames.ts'

const us = '0a'.repeat(16)
const owner = '1b'.repeat(16)
const heir = '2c'.repeat(16)
const contactId = 'a'.repeat(64)

const opened = { type: 'opened' } as Event
const unconfirmed: Event = { type: 'unconfirmed-changed', unconfirmed: 1 }
const event = (told: Event, to: string | undefined = us, from = owner): TabFrame => ({ type: 'event', from, to, event: told })
const pong = (from = owner): TabFrame => ({ type: 'pong', from, to: us })

const setUp = (visible = true) => {
  const timers = manualTimers(0)
  const journal: string[] = []
  const posted: FollowerFrame[] = []
  const following = createFollowing({
    tab: us,
    window: { visible, openConversation: undefined },
    timers,
    post: (frame) => void posted.push(frame),
    told: ({ type }) => void journal.push(type),
    joined: () => void journal.push('joined'),
    done: (commandId) => void journal.push(`done ${commandId}`),
    silenceChanged: (silent) => void journal.push(silent ? 'silent' : 'answered'),
    overdue: () => void journal.push('overdue'),
  })
  const types = () => posted.splice(0).map(({ type }) => type)
  return { following, journal, posted, timers, types }
}

describe('joining', () => {
  it('asks whoever has the profile for everything, and tells what comes from then on, in order', () => {
    const { following, journal, types } = setUp(false)
    expect(types()).toEqual(['join'])
    following.take(event(unconfirmed, undefined))
    expect(journal).toEqual([])
    following.take(event(opened))
    following.take(event(unconfirmed, undefined))
    following.take(event(unconfirmed))
    expect(journal).toEqual(['opened', 'joined', 'unconfirmed-changed', 'unconfirmed-changed'])
  })

  it('takes as an answer that the profile cannot be opened', () => {
    const { following, journal } = setUp(false)
    following.take(event({ type: 'could-not-open', why: 'storage-failed' }))
    expect(journal).toEqual(['could-not-open', 'joined'])
  })

  it('does not listen to what is another’s, nor to a tab that it has not joined', () => {
    const { following, journal } = setUp(false)
    following.take(event(opened))
    following.take(event(unconfirmed, heir))
    following.take(event(unconfirmed, undefined, heir))
    following.take(event(opened, us, heir))
    following.take({ type: 'done', from: heir, to: us, commandId: 'c' })
    following.take({ type: 'done', from: owner, to: heir, commandId: 'c' })
    following.take({ type: 'join', from: heir, window: { visible: true, openConversation: undefined } })
    expect(journal).toEqual(['opened', 'joined'])
    following.take({ type: 'done', from: owner, to: us, commandId: 'c' })
    expect(journal.at(-1)).toBe('done c')
  })

  it('joins the next one that has opened the profile, and hears no more of the last', () => {
    const { following, journal, types } = setUp(false)
    following.take(event(opened))
    following.take({ type: 'owner', from: heir })
    expect(types()).toEqual(['join', 'join'])
    following.take(event(unconfirmed, undefined))
    following.take(event(unconfirmed, undefined, heir))
    following.take(event(opened, us, heir))
    following.take(event(unconfirmed, undefined, heir))
    expect(journal).toEqual(['opened', 'joined', 'opened', 'joined', 'unconfirmed-changed'])
  })

  it('gives commands, reports and what its window shows to the tab that it has joined, and to no other', () => {
    const { following, posted } = setUp(false)
    const giveAll = (): void => {
      following.give('c', { type: 'cancel-pairing' })
      following.show({ visible: false, openConversation: contactId })
      following.report({ type: 'window-woke' })
    }
    giveAll()
    following.take(event(opened))
    giveAll()
    following.take({ type: 'owner', from: heir })
    giveAll()
    const shown = { visible: false, openConversation: contactId }
    expect(posted.slice(1)).toEqual([
      { type: 'command', from: us, to: owner, commandId: 'c', command: { type: 'cancel-pairing' } },
      { type: 'window', from: us, to: owner, window: shown },
      { type: 'report', from: us, to: owner, report: { type: 'window-woke' } },
      { type: 'join', from: us, window: shown },
    ])
  })
})

describe('silence', () => {
  it('is two seconds without an answer, and ends with one', () => {
    const { following, journal, timers } = setUp()
    timers.advance(SILENT_AFTER_MS - 1)
    expect(following.isSilent()).toBe(false)
    timers.advance(1)
    expect([following.isSilent(), ...journal]).toEqual([true, 'silent'])
    timers.advance(10 * SILENT_AFTER_MS)
    following.take(pong())
    expect([following.isSilent(), ...journal]).toEqual([false, 'silent', 'answered'])
    timers.advance(PING_EVERY_MS + SILENT_AFTER_MS)
    expect(journal).toEqual(['silent', 'answered', 'silent'])
  })

  it('does not come about while each question is answered', () => {
    const { following, journal, timers, types } = setUp()
    for (let second = 0; second < 20; second++) {
      following.take(pong())
      timers.advance(PING_EVERY_MS)
    }
    expect(journal).toEqual([])
    expect(types()).toEqual(['join', ...Array.from({ length: 21 }, () => 'ping')])
  })

  it('is not ended by the answer of a tab that it has not joined, nor by one to another', () => {
    const { following, timers } = setUp()
    following.take(event(opened))
    following.take(pong(heir))
    following.take({ type: 'pong', from: owner, to: heir })
    timers.advance(SILENT_AFTER_MS)
    expect(following.isSilent()).toBe(true)
  })

  it('ends where another tab has opened the profile', () => {
    const { following, journal, timers } = setUp()
    timers.advance(SILENT_AFTER_MS)
    following.take({ type: 'owner', from: heir })
    expect(journal).toEqual(['silent', 'answered'])
  })

  it('is nobody’s business while this window is not seen', () => {
    const { following, journal, timers, types } = setUp(false)
    timers.advance(10 * SILENT_AFTER_MS)
    expect([types(), journal]).toEqual([['join'], []])
    following.show({ visible: true, openConversation: undefined })
    timers.advance(SILENT_AFTER_MS - 1)
    following.show({ visible: false, openConversation: undefined })
    timers.advance(10 * SILENT_AFTER_MS)
    expect([types(), journal, timers.waiting]).toEqual([['ping', 'ping'], [], 0])
  })

  it('is overdue as soon as the person acts, or has acted since the last answer', () => {
    const late = setUp()
    late.timers.advance(SILENT_AFTER_MS)
    late.following.act()
    expect(late.journal).toEqual(['silent', 'overdue'])

    const early = setUp()
    early.following.act()
    early.timers.advance(SILENT_AFTER_MS)
    expect(early.journal).toEqual(['silent', 'overdue'])

    const answered = setUp()
    answered.following.act()
    answered.following.take(pong())
    answered.timers.advance(PING_EVERY_MS + SILENT_AFTER_MS)
    expect(answered.journal).toEqual(['silent'])
  })

  it('is waited for no more once it has stopped', () => {
    const { following, journal, timers } = setUp()
    following.stop()
    timers.advance(10 * SILENT_AFTER_MS)
    expect([journal, timers.waiting]).toEqual([[], 0])
  })
})
