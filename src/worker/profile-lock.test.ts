import { describe, expect, it } from 'vitest'
import { contactIdOf } from '../../test/support/rows.ts'
import { browser, settled } from '../../test/support/tabs.ts'
import type { Event, LockCommand } from '../messenger/api.ts'

// What the tabs of one browser do with a lock. How it lies on the disk is told in store/lockbox.browser.test.ts.

const passphrase = 'correct horse battery'
const set: LockCommand = { type: 'set-lock', passphrase }
const unlock = (given = passphrase): LockCommand => ({ type: 'unlock', proof: { type: 'passphrase', passphrase: given } })
const lockNow: LockCommand = { type: 'lock-now' }
const MINUTE_MS = 60_000

const typesOf = (events: readonly Event[]): readonly string[] =>
  events.map(({ type }) => type).filter((type) => !['connection-changed', 'contact-changed', 'settings-changed'].includes(type))
const lockTold = (events: readonly Event[]) => events.flatMap((event) => (event.type === 'locked' ? [event.lock] : [])).at(-1)

describe('a lock that is set', () => {
  it('stops the messenger, encrypts everything anew and opens it again, in every tab', async () => {
    const { lock, openTab } = await browser()
    const first = await openTab()
    const second = await openTab()
    first.told()
    second.told()
    await second.does(set)
    await settled()
    for (const tab of [first, second]) {
      const told = typesOf(tab.told())
      expect(told.filter((type) => ['moving', 'opened', 'lock-changed'].includes(type))).toEqual(
        expect.arrayContaining(['moving', 'opened', 'lock-changed']),
      )
      expect(tab.bugs).toEqual([])
    }
    expect(lock.record()).toMatchObject({ phase: 'locked' })
  })

  it('keeps a command that came meanwhile', async () => {
    const { openTab, texts } = await browser()
    const tab = await openTab()
    await tab.does(set, { type: 'send-message', contactId: contactIdOf('bob'), text: 'meanwhile' })
    await settled()
    expect(await texts()).toEqual(['meanwhile'])
  })

  it('is not set twice, and not changed where there is none', async () => {
    const { openTab } = await browser()
    const tab = await openTab()
    await tab.does({ type: 'set-auto-lock', minutes: 1 })
    expect(tab.told()).toContainEqual({ type: 'lock-answered', command: 'set-auto-lock', refusal: 'failed' })
    await tab.does(set)
    await tab.does(set)
    expect(tab.told()).toContainEqual({ type: 'lock-answered', command: 'set-lock', refusal: 'failed' })
  })
})

const locked = async () => {
  const house = await browser()
  const tab = await house.openTab()
  await tab.does(set)
  await tab.does(lockNow)
  expect(typesOf(tab.told())).toContain('locking')
  await tab.closes()
  return house
}

describe('a locked Parley', () => {
  it('keeps no file that was handed out: it may be readable', async () => {
    const { openTab } = await locked()
    const tab = await openTab()
    expect([typesOf(tab.told()), tab.filesForgotten()]).toEqual([['locked'], 1])
  })

  it('shows nothing, takes nothing in, and opens by the passphrase in all tabs at once', async () => {
    const { openTab } = await locked()
    const first = await openTab()
    const second = await openTab()
    for (const tab of [first, second]) expect(typesOf(tab.told())).toEqual(['locked'])
    expect(first.inputs).toEqual([])

    await second.does(unlock('wrong'))
    for (const tab of [first, second]) {
      expect(lockTold(tab.told())).toMatchObject({ failures: 1, refusal: 'wrong', waitUntilMs: undefined })
    }
    await second.does(unlock())
    await settled()
    for (const tab of [first, second]) expect(typesOf(tab.told())).toEqual(expect.arrayContaining(['opened', 'lock-changed']))
    expect([first.bugs, second.bugs]).toEqual([[], []])
  })

  it('says how long to wait after three wrong passphrases, and takes none meanwhile', async () => {
    const { openTab } = await locked()
    const tab = await openTab()
    for (let i = 0; i < 3; i++) await tab.does(unlock('wrong'))
    expect(lockTold(tab.told())?.waitUntilMs).toBeGreaterThan(0)
    await tab.does(unlock())
    expect(lockTold(tab.told())).toMatchObject({ refusal: 'wait', failures: 3 })
    await tab.waits(5_000)
    await tab.does(unlock())
    expect(typesOf(tab.told())).toContain('opened')
  })

  it('is wiped all the same', async () => {
    const { openTab } = await locked()
    const tab = await openTab()
    await tab.does({ type: 'wipe-device' })
    expect(typesOf(tab.told())).toContain('wiped')
  })
})

describe('locking', () => {
  it('keeps what was said before it', async () => {
    const { openTab, texts } = await browser()
    const tab = await openTab()
    await tab.does(set)
    const say = (text: string) => ({ type: 'send-message', contactId: contactIdOf('bob'), text }) as const
    await tab.does(say('one'), say('two'), lockNow)
    expect(typesOf(tab.told())).toContain('locking')
    expect(await texts()).toEqual(['one', 'two'])
    expect(tab.settledSends()).toBe(2)
  })

  it('does not wait for long for what a sleeping tab holds up', async () => {
    const { lock, openTab } = await browser()
    const tab = await openTab()
    await tab.does(set)
    lock.holdUp()
    await tab.does({ type: 'remove-lock', proof: { type: 'passphrase', passphrase } }, lockNow)
    expect(typesOf(tab.told())).not.toContain('locking')
    await tab.waits(10_000)
    expect(typesOf(tab.told())).toContain('locking')
  })

  it('takes an export with it that was handed out, as does a locked Parley that finds one', async () => {
    const { handsOut, isHandedOut, openTab } = await browser()
    const tab = await openTab()
    await tab.does(set)
    handsOut()
    await tab.does(lockNow)
    expect(isHandedOut()).toBe(false)
    await tab.closes()
    handsOut()
    expect(typesOf((await openTab()).told())).toEqual(['locked'])
    expect(isHandedOut()).toBe(false)
  })

  it('reaches every tab, and whoever comes next finds it locked', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    await first.does(set)
    const second = await openTab()
    await second.does(lockNow)
    await settled()
    for (const tab of [first, second]) expect(typesOf(tab.told())).toContain('locking')
    const third = await openTab()
    expect(typesOf(third.told())).toEqual(['locked'])
  })

  it('does not follow from closing the tab that has the profile: another one goes on', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    await first.does(set)
    const second = await openTab()
    await second.does()
    second.told()
    await first.closes()
    await settled()
    expect(typesOf(second.told())).toContain('opened')
  })

  it('takes the keys from a tab that slept through it', async () => {
    const { lock, openTab } = await browser()
    const first = await openTab()
    await first.does(set)
    const sleeper = await openTab()
    await sleeper.does()
    sleeper.told()
    sleeper.freezes()
    await first.does(lockNow)
    await first.closes()
    expect(lock.record()?.unlockedAs).toBeUndefined()
    await sleeper.thaws()
    await settled()
    expect(typesOf(sleeper.told())).not.toContain('opened')
  })

  it('comes by itself when nobody has acted in any tab for as long as was chosen', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    await first.does(set)
    await first.does({ type: 'set-auto-lock', minutes: 1 })
    const second = await openTab()
    for (let i = 0; i < 3; i++) {
      await first.waits(0.9 * MINUTE_MS)
      await second.acts()
    }
    for (const tab of [first, second]) expect(typesOf(tab.told())).not.toContain('locking')
    await first.waits(MINUTE_MS)
    for (const tab of [first, second]) expect(typesOf(tab.told())).toContain('locking')
  })

  it('takes what is shown from a tab whose owner sleeps', async () => {
    const { openTab } = await browser()
    const first = await openTab()
    await first.does(set)
    const second = await openTab()
    first.freezes()
    second.told()
    await second.waits(15 * MINUTE_MS)
    expect(typesOf(second.told())).toContain('locking')
  })

  it('comes at once when the page wakes too late, before the first action counts', async () => {
    const { openTab } = await browser()
    const tab = await openTab()
    await tab.does(set, { type: 'set-auto-lock', minutes: 5 })
    await settled()
    tab.told()
    await tab.waits(5 * MINUTE_MS)
    await tab.acts()
    expect(typesOf(tab.told())).toContain('locking')
  })

  it('never comes by itself where that was chosen', async () => {
    const { openTab } = await browser()
    const tab = await openTab()
    await tab.does(set)
    await tab.does({ type: 'set-auto-lock', minutes: undefined })
    tab.told()
    await tab.waits(24 * 60 * MINUTE_MS)
    expect(typesOf(tab.told())).not.toContain('locking')
  })
})

describe('the lock itself', () => {
  it('is removed by its passphrase only, and everything is open as before', async () => {
    const { lock, openTab } = await browser()
    const tab = await openTab()
    await tab.does(set)
    await tab.does({ type: 'remove-lock', proof: { type: 'passphrase', passphrase: 'wrong' } })
    expect(tab.told()).toContainEqual({ type: 'lock-answered', command: 'remove-lock', refusal: 'wrong' })
    await tab.does({ type: 'remove-lock', proof: { type: 'passphrase', passphrase } })
    await settled()
    const told = typesOf(tab.told())
    expect(told.at(-1)).not.toBe('lock-changed')
    expect(told).toContain('opened')
    expect(lock.record()).toBeUndefined()
  })

  it('has its passphrase changed, and a passkey added and taken away', async () => {
    const { lock, openTab } = await browser()
    const tab = await openTab()
    await tab.does(set)
    const proof = { type: 'passphrase', passphrase } as const
    await tab.does({ type: 'add-passkey', proof, credentialId: new Uint8Array(20), salt: new Uint8Array(32), output: new Uint8Array(32) })
    expect(tab.told()).toContainEqual({ type: 'lock-changed', lock: { isSet: true, hasPasskey: true, autoLockMinutes: 15 } })
    await tab.does({ type: 'remove-passkey' }, { type: 'change-passphrase', proof, passphrase: 'another passphrase' })
    const told = tab.told()
    expect(told).toContainEqual({ type: 'lock-changed', lock: { isSet: true, hasPasskey: false, autoLockMinutes: 15 } })
    expect(told).toContainEqual({ type: 'lock-answered', command: 'change-passphrase', refusal: undefined })
    expect(lock.record()?.passkey).toBeUndefined()
  })
})
