import { describe, expect, it } from 'vitest'
import type { MemoryDisk } from '../../test/support/memory-store.ts'
import { contactIdOf } from '../../test/support/rows.ts'
import { browser, filledDisk, seen, settled } from '../../test/support/tabs.ts'
import type { Command, Event } from '../messenger/api.ts'
import type { Opened, OpenOptions, Store } from '../store/store.ts'
import { PING_EVERY_MS, SILENT_AFTER_MS } from './following.ts'
import { TABS_VERSION } from './tab-frames.ts'

// Several tabs of one browser, with the real messenger.

const bob = contactIdOf('bob')
/** The last question may have been answered just now. */
const UNTIL_SILENT_MS = PING_EVERY_MS + SILENT_AFTER_MS
const say = (text: string): Command => ({ type: 'send-message', contactId: bob, text })
const words = { language: 'en', title: 'T', you: 'You', unnamed: 'Unnamed', madeAt: 'Made {time}', failed: 'not delivered' }
const typesOf = (events: readonly Event[]): readonly string[] => events.map(({ type }) => type)
/** New messages that a window was told of. */
const newTexts = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'message-changed' && event.isNew ? [event.message.text] : []))

describe('a tab that another one goes through', () => {
  it('is told everything as it opens, and what changes from then on, as the other is', async () => {
    const { openTab, texts } = await browser()
    const first = await openTab()
    const second = await openTab()
    expect(typesOf(first.told())).toContain('opened')
    expect(typesOf(second.told())).toEqual(['opened'])
    await second.does(say('from the second'))
    await first.does(say('from the first'))
    for (const tab of [first, second]) expect(newTexts(tab.told())).toEqual(['from the second', 'from the first'])
    expect(await texts()).toEqual(['from the second', 'from the first'])
    expect(second.inputs).toEqual([])
    expect([first.bugs, second.bugs]).toEqual([[], []])
  })

  it('alone hears the answers to what it asked', async () => {
    const { openTab } = await browser()
    const [first, second, third] = [await openTab(), await openTab(), await openTab()]
    for (const tab of [first, second, third]) tab.told()
    await second.does(say(''), { type: 'load-messages', contactId: bob, before: undefined, count: 5 })
    expect(typesOf(second.told())).toEqual(['message-refused', 'messages-loaded'])
    await first.does(say(''))
    expect([first, second, third].map((tab) => typesOf(tab.told()))).toEqual([['message-refused'], [], []])
  })

  it('is told of a file that is written there, and not of one that nobody writes any more', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    // The part that writes it is fetched when somebody wants one: it is here already, however busy the machine.
    await import('./export-file.ts')
    // Nobody picks one here, and how that ended is to be read.
    await first.does({ type: 'export-messages', contactId: bob, words, to: undefined })
    const second = await openTab()
    expect(second.told().slice(-1)).toEqual([
      { type: 'transfer-changed', transfer: { phase: 'failed', kind: 'export', why: 'file-failed' } },
    ])
    await first.closes()
    expect(typesOf(second.told())).not.toContain('transfer-changed')
  })

  it('tells what its window shows, for as long as it lives', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    await second.does({ type: 'open-conversation', contactId: bob })
    second.report(seen(false))
    await settled()
    await second.closes()
    expect(first.inputs.flatMap((input) => (input.type === 'other-window-changed' ? [input.state] : []))).toEqual([
      { visible: true, openConversation: undefined },
      { visible: true, openConversation: bob },
      { visible: false, openConversation: bob },
      undefined,
    ])
  })

  it('passes on what any window can tell of the browser, and keeps the rest', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    second.report({ type: 'storage-measured', persistent: true, usedBytes: 1, quotaBytes: 2 })
    second.report({ type: 'direct-lines-possible', possible: false })
    second.report({ type: 'window-woke' })
    await settled()
    const reports = first.inputs.flatMap((input) => (input.type === 'report' ? [input.report.type] : []))
    expect(reports).toEqual(['window-changed', 'storage-measured', 'window-woke'])
    const changed = second.told().findLast((event) => event.type === 'connection-changed')
    expect(changed).toMatchObject({ connection: { directLinesPossible: true, storage: { persistent: true } } })
  })

  it('is told that the profile cannot be opened, and can wipe it', async () => {
    const disk = await filledDisk()
    disk.tamper('self')
    const { openTab } = await browser(disk)
    const [first, second] = [await openTab(), await openTab()]
    for (const tab of [first, second]) expect(tab.told()).toEqual([{ type: 'could-not-open', why: 'record-damaged' }])
    await second.does(say('to nobody'))
    await second.does({ type: 'wipe-device' })
    for (const tab of [first, second]) expect(typesOf(tab.told())).toEqual(['wiped'])
  })

  it('is gone with the others once everything is wiped', async () => {
    const { disk, openTab } = await browser()
    const [first, second, third] = [await openTab(), await openTab(), await openTab()]
    await second.does({ type: 'wipe-device' })
    for (const tab of [first, second, third]) expect(typesOf(tab.told()).at(-1)).toBe('wiped')
    await third.does(say('to nobody'))
    expect(disk.count('self')).toBe(0)
  })

  it('is told of a wipe that was under way before it came, and begins nothing', async () => {
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const disk = await filledDisk()
    const slow: MemoryDisk = Object.create(disk, {
      open: {
        value: async (options: OpenOptions): Promise<Opened> => {
          const opened = await disk.open(options)
          if (!opened.ok) return opened
          const { store } = opened
          return { ...opened, store: Object.create(store, { wipe: { value: () => held.then(store.wipe) } }) as Store }
        },
      },
    })
    const { openTab } = await browser(slow)
    const first = await openTab()
    await first.does({ type: 'wipe-device' })
    const second = await openTab()
    expect(second.told()).toEqual([])
    goOn()
    await settled()
    for (const tab of [first, second]) expect(typesOf(tab.told()).at(-1)).toBe('wiped')
    expect(second.inputs).toEqual([])
  })

  it('is told what the browser has deleted under all of them', async () => {
    const { disk, openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    const browserItself = await disk.open()
    if (!browserItself.ok) throw new Error(browserItself.reason)
    await browserItself.store.wipe()
    await first.does({ type: 'rename-contact', contactId: bob, name: 'Rob' })
    expect([...first.told(), ...second.told()]).toContainEqual({ type: 'trouble', trouble: 'storage-evicted' })
  })

  it('cannot take the profile while the other is awake', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    await second.usesHere()
    await first.does(say('still the first'))
    expect(newTexts(second.told())).toEqual(['still the first'])
    expect(second.inputs).toEqual([])
  })

  it('says once to be reloaded where another is newer, and goes on', async () => {
    const { channel, openTab } = await browser()
    const first = await openTab()
    first.told()
    const newer = channel.open()
    for (const type of ['join', 'ping']) newer.post({ version: TABS_VERSION + 1, type, from: 'f'.repeat(32) })
    newer.post({ version: TABS_VERSION - 1, type: 'ping', from: 'f'.repeat(32) })
    newer.post('nonsense')
    await settled()
    expect(first.told()).toEqual([{ type: 'trouble', trouble: 'outdated' }])
    await first.does(say('all the same'))
    expect(newTexts(first.told())).toEqual(['all the same'])
  })
})

describe('the tab that has the profile is closed', () => {
  it('the next in line has it, the others join that one, and what is open there goes on counting', async () => {
    const { openTab, texts } = await browser()
    const [first, second, third] = [await openTab(), await openTab(), await openTab()]
    await second.does({ type: 'open-conversation', contactId: bob })
    await third.does({ type: 'open-conversation', contactId: bob })
    await first.closes()
    for (const tab of [second, third]) expect(typesOf(tab.told())).toContain('opened')
    await third.does(say('from the third'))
    for (const tab of [second, third]) expect(newTexts(tab.told())).toEqual(['from the third'])
    expect(await texts()).toEqual(['from the third'])
    const shown = second.inputs.flatMap((input) => {
      if (input.type === 'other-window-changed') return [input.state?.openConversation]
      return input.type === 'command' && input.command.type === 'open-conversation' ? [input.command.contactId] : []
    })
    expect(shown).toEqual([bob, bob])
    expect(typesOf(third.told())).not.toContain('trouble')
  })

  it('what was said while nobody had it is said by the next one, once and in order', async () => {
    const { openTab, texts } = await browser()
    const [first, second, third] = [await openTab(), await openTab(), await openTab()]
    first.freezes()
    await third.does(say('one'), { type: 'load-messages', contactId: bob, before: 9, count: 5 }, say('two'))
    await second.does(say('three'))
    expect(await texts()).toEqual([])
    await first.closes()
    const said = await texts()
    expect([...said].sort()).toEqual(['one', 'three', 'two'])
    expect(said.indexOf('one')).toBeLessThan(said.indexOf('two'))
    // The page that was asked for belonged to what was loaded before.
    expect(typesOf(third.told())).not.toContain('messages-loaded')
  })

  it.each(['kept', 'lost'] as const)('dying in a commit that is %s, it leaves a message there once', async (fate) => {
    for (let moment = 0; moment < 12; moment++) {
      const { disk, openTab, texts } = await browser()
      const [first, second] = [await openTab(), await openTab()]
      const given = second.does(say('once'), say('and again'))
      for (let turns = 0; turns < moment; turns++) await Promise.resolve()
      disk.crash(fate)
      await first.closes()
      await given
      await settled()
      expect(await texts(), `${fate} at ${moment}`).toEqual(['once', 'and again'])
    }
  })

  it('having done what was asked without being heard any more, it is not done twice', async () => {
    const { openTab, texts } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    await second.does(say('before'))
    first.fallsMute()
    await second.does(say('done and not told'), { type: 'rename-contact', contactId: bob, name: 'Rob' })
    expect(await texts()).toEqual(['before', 'done and not told'])
    second.told()
    await first.closes()
    expect(await texts()).toEqual(['before', 'done and not told'])
    expect(second.told().find(({ type }) => type === 'opened')).toMatchObject({ contacts: [{ name: 'Rob' }] })
    await second.does(say('after'))
    expect(await texts()).toEqual(['before', 'done and not told', 'after'])
  })
})

describe('a page that is closing has the profile still', () => {
  it('what the browser deleted is noticed all the same, in the database and beside it', async () => {
    const { closingPage, disk, openTab } = await browser()
    const before = await openTab()
    await before.closes()
    let closes = await closingPage()
    const markless = await openTab(false)
    await closes()
    expect(markless.told().slice(0, 1)).toEqual([{ type: 'trouble', trouble: 'settings-evicted' }])
    await markless.closes()

    closes = await closingPage()
    const emptied = await openTab()
    disk.forget()
    await closes()
    expect(emptied.told().slice(0, 1)).toEqual([{ type: 'trouble', trouble: 'storage-evicted' }])
  })

  it('but not once another tab has spoken: that one may have set the mark, or wiped', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab(false)]
    await first.closes()
    expect(typesOf(second.told())).not.toContain('trouble')
  })
})

describe('the tab that has the profile sleeps', () => {
  it('nobody takes it as long as nobody acts; then it is taken, with all that waits', async () => {
    const { openTab, texts } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    second.told()
    first.freezes()
    await second.waits(UNTIL_SILENT_MS)
    await second.waits(10 * UNTIL_SILENT_MS)
    expect(second.told()).toEqual([{ type: 'owner-silence-changed', silent: true }])
    await second.does({ type: 'mark-read', contactId: bob, upTo: 1 }, { type: 'save-draft', contactId: bob, text: 'hm' })
    expect(second.inputs).toEqual([])
    await second.does(say('taken'))
    expect(typesOf(second.told())).toContain('opened')
    expect(await texts()).toEqual(['taken'])
  })

  it('what was asked of it and not answered is a word, too', async () => {
    const { openTab, texts } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    first.freezes()
    await second.does(say('unheard'))
    expect(await texts()).toEqual([])
    await second.waits(UNTIL_SILENT_MS)
    expect(await texts()).toEqual(['unheard'])
  })

  it('standing still, what is given to it is known to be on its way until somebody has taken it', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    await second.does(say('heard'))
    expect(second.settledSends()).toBe(1)
    first.freezes()
    await second.does(say('unheard'), say('unheard either'))
    expect(second.settledSends()).toBe(1)
    await second.waits(UNTIL_SILENT_MS)
    expect(second.settledSends()).toBe(3)
  })

  it('its window alone sleeps: what it did stays done once, and who takes it goes on', async () => {
    const { openTab, texts } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    first.dozes()
    await second.does(say('done by a worker without a window'))
    expect(await texts()).toEqual(['done by a worker without a window'])
    await second.waits(UNTIL_SILENT_MS)
    await second.does(say('taken'))
    expect(await texts()).toEqual(['done by a worker without a window', 'taken'])
    expect(second.inputs.length).toBeGreaterThan(0)
  })

  it('awake again in time, nothing happens', async () => {
    const { openTab } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    first.freezes()
    await second.waits(UNTIL_SILENT_MS)
    second.told()
    await first.thaws()
    expect(second.told()).toEqual([{ type: 'owner-silence-changed', silent: false }])
    await second.does(say('through the first'))
    expect(second.inputs).toEqual([])
    expect(newTexts(first.told())).toEqual(['through the first'])
  })

  it('a tab that opens then has nothing to show, until somebody wants it there', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    first.freezes()
    const second = await openTab()
    expect(second.told()).toEqual([])
    await second.waits(UNTIL_SILENT_MS)
    expect(second.told()).toEqual([{ type: 'opened-elsewhere' }])
    await second.usesHere()
    expect(typesOf(second.told())).toContain('opened')
  })

  it('awake after it was taken, it says so, writes nothing itself and goes through the other', async () => {
    const { disk, openTab, texts } = await browser()
    const [first, second] = [await openTab(), await openTab()]
    first.freezes()
    await second.waits(UNTIL_SILENT_MS)
    await second.does(say('taken'))
    first.told()
    const { commits } = disk
    await first.thaws()
    expect(typesOf(first.told())).toEqual(['opened', 'trouble'])
    expect(disk.commits).toBe(commits)
    await first.does(say('through the second'))
    expect(newTexts(first.told())).toEqual(['through the second'])
    expect(await texts()).toEqual(['taken', 'through the second'])
  })

  it('what was typed in it as it woke is said by the other, once', async () => {
    const { disk, openTab, texts } = await browser()
    const first = await openTab()
    // Opened by somebody whom the lock did not stop: the commit is refused, and the lock comes back.
    const thief = await disk.open()
    if (!thief.ok) throw new Error(thief.reason)
    const second = await openTab()
    await first.does(say('typed as it woke'))
    await settled()
    expect(await texts()).toEqual(['typed as it woke'])
    expect(newTexts([...first.told(), ...second.told()]).length).toBeGreaterThan(0)
  })
})

/** Locks are handed on, frames told and turns taken between tasks. */
