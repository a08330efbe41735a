import { afterEach, describe, expect, it } from 'vitest'
import type { Event, ToWindow, ToWorker } from '../messenger/api.ts'
// Not called here: with it the tools know beforehand what the worker imports, and need not start over when it does.
import '../messenger/messenger.ts'
import { wipeDatabase } from '../store/indexed-db.ts'

// The worker itself, with the real messenger, store and locks: each one here stands for a tab.

interface Tab {
  readonly post: (message: ToWorker) => void
  /** The next event of this type that was not awaited yet. */
  readonly next: <Type extends Event['type']>(type: Type) => Promise<Extract<Event, { type: Type }>>
  readonly close: () => void
}

const tabs: Tab[] = []

const openTab = (): Tab => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  let arrived: readonly Event[] = []
  let changed = (): void => {}
  worker.addEventListener('message', ({ data }: MessageEvent<ToWindow>) => {
    if (data.type === 'event') arrived = [...arrived, data.event]
    changed()
  })
  const next = async <Type extends Event['type']>(type: Type): Promise<Extract<Event, { type: Type }>> => {
    for (;;) {
      const event = arrived.find((each) => each.type === type)
      if (event !== undefined) {
        arrived = arrived.filter((each) => each !== event)
        // Found by its type.
        return event as Extract<Event, { type: Type }>
      }
      await new Promise<void>((resolve) => {
        changed = resolve
      })
    }
  }
  const tab: Tab = { post: (message) => worker.postMessage(message), next, close: () => worker.terminate() }
  tabs.push(tab)
  return tab
}

afterEach(async () => {
  for (const tab of tabs.splice(0)) tab.close()
  await wipeDatabase()
})

const changeName = (displayName: string): ToWorker => ({ type: 'command', command: { type: 'change-settings', settings: { displayName } } })
const start = (markerPresent: boolean): ToWorker => ({ type: 'start', markerPresent })

describe('the worker', () => {
  it('opens a profile and finds it again', async () => {
    const tab = openTab()
    tab.post(start(false))
    expect((await tab.next('opened')).contacts).toEqual([])
    tab.post(changeName('Alice'))
    expect((await tab.next('settings-changed')).settings.displayName).toBe('Alice')
    tab.close()

    const again = openTab()
    again.post(start(true))
    expect((await again.next('opened')).settings.displayName).toBe('Alice')
  })

  it('does in one tab what is wanted in another, can be taken by that one where its window sleeps, and has it back when it is gone', async () => {
    const first = openTab()
    first.post(start(false))
    await first.next('opened')
    const second = openTab()
    second.post(start(true))
    await second.next('opened')
    second.post(changeName('Alice'))
    for (const tab of [first, second]) expect((await tab.next('settings-changed')).settings.displayName).toBe('Alice')

    // No window is there that would say that it is awake.
    expect((await second.next('owner-silence-changed')).silent).toBe(true)
    second.post({ type: 'take-over' })
    await second.next('opened')
    await first.next('opened')
    expect((await first.next('trouble')).trouble).toBe('taken-over')
    first.post(changeName('Alice again'))
    for (const tab of [first, second]) expect((await tab.next('settings-changed')).settings.displayName).toBe('Alice again')

    second.close()
    expect((await first.next('opened')).settings.displayName).toBe('Alice again')
  })

  it('wipes the device', async () => {
    const tab = openTab()
    tab.post(start(false))
    await tab.next('opened')
    tab.post({ type: 'command', command: { type: 'wipe-device' } })
    await tab.next('wiped')
    expect(await indexedDB.databases()).not.toContainEqual(expect.objectContaining({ name: 'parley' }))
  })

  it('says that the browser deleted what was kept', async () => {
    const tab = openTab()
    tab.post(start(true))
    expect((await tab.next('trouble')).trouble).toBe('storage-evicted')
    await tab.next('opened')
  })
})
