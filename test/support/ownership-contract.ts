// What ownership of the profile must do on any browser's locks: run against the fake ones of the other tests and, in a real
// browser, against Web Locks.

import { afterEach, expect, it } from 'vitest'
import { createOwnership, LOCK_NAME, type Locks, type Ownership } from '../../src/worker/ownership.ts'

export const ownershipContract = (makeLocks: () => Locks): void => {
  const tabs: Ownership[] = []
  let locks = makeLocks()
  /** What was asked of the locks has happened, and what follows from it: they answer in order, and hand on between tasks. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) {
      await locks.request('settled', {}, () => undefined)
      await new Promise((resolve) => setTimeout(resolve))
    }
  }
  afterEach(async () => {
    for (const tab of tabs.splice(0)) tab.leave()
    await settled()
  })

  const openTab = (locks: Locks, journal: string[], name: string): Ownership => {
    const tab = createOwnership({
      locks,
      gained: () => void journal.push(`${name} gained`),
      lost: () => void journal.push(`${name} lost`),
      taken: () => void journal.push(`${name} must wait`),
    })
    tabs.push(tab)
    return tab
  }

  const setUp = async () => {
    locks = makeLocks()
    const journal: string[] = []
    const a = openTab(locks, journal, 'a')
    a.claim()
    await settled()
    const b = openTab(locks, journal, 'b')
    b.claim()
    await settled()
    return { locks, journal, a, b }
  }

  it('gives the profile to the tab that comes first, and tells the other to wait', async () => {
    const { a, b, journal } = await setUp()
    expect(journal).toEqual(['a gained', 'b must wait'])
    expect([a.standing(), b.standing()]).toEqual(['owner', 'waiting'])
  })

  it('passes on to the tab that waits when the owner goes', async () => {
    const { a, b, journal } = await setUp()
    a.leave()
    await settled()
    expect(journal).toEqual(['a gained', 'b must wait', 'b gained'])
    expect([a.standing(), b.standing()]).toEqual(['left', 'owner'])
  })

  it('takes the profile over, and gives it back when that tab goes', async () => {
    const { a, b, journal } = await setUp()
    b.takeOver()
    await settled()
    expect([a.standing(), b.standing()]).toEqual(['waiting', 'owner'])
    b.leave()
    await settled()
    expect([a.standing(), b.standing()]).toEqual(['owner', 'left'])
    expect(journal.slice(2).sort()).toEqual(['a gained', 'a lost', 'b gained'])
  })

  it('can be taken over back and forth', async () => {
    const { a, b, journal } = await setUp()
    for (const tab of [b, a, b, a]) {
      tab.takeOver()
      await settled()
      expect(tab.standing()).toBe('owner')
    }
    expect(journal.filter((entry) => entry === 'a gained')).toHaveLength(3)
    expect(journal.filter((entry) => entry === 'a lost')).toHaveLength(2)
    expect(journal.filter((entry) => entry === 'b lost')).toHaveLength(2)
  })

  it('passes a profile that was given up to whoever waits, and takes it back where nobody does', async () => {
    const { a, b, journal } = await setUp()
    a.giveUp()
    await settled()
    expect([a.standing(), b.standing()]).toEqual(['waiting', 'owner'])
    b.leave()
    await settled()
    a.giveUp()
    await settled()
    expect(a.standing()).toBe('owner')
    expect(journal.slice(2)).toEqual(['a lost', 'b gained', 'a gained', 'a lost', 'a gained'])
  })

  it('has one owner at a time, and the third in line waits its turn', async () => {
    const { a, b, journal, locks } = await setUp()
    const c = openTab(locks, journal, 'c')
    c.claim()
    await settled()
    a.leave()
    await settled()
    expect([b.standing(), c.standing()]).toEqual(['owner', 'waiting'])
    b.leave()
    await settled()
    expect(c.standing()).toBe('owner')
  })

  it('does nothing more once it has left, and leaves the line', async () => {
    const { a, b, journal, locks } = await setUp()
    b.leave()
    a.leave()
    for (const tab of [a, b]) {
      tab.claim()
      tab.takeOver()
      tab.giveUp()
    }
    await settled()
    expect(journal).toEqual(['a gained', 'b must wait'])
    const isFree = await locks.request(LOCK_NAME, { ifAvailable: true }, (lock) => lock !== null)
    expect(isFree).toBe(true)
  })

  it('takes over at once where the owner has just gone', async () => {
    const { a, b, journal } = await setUp()
    a.leave()
    b.takeOver()
    await settled()
    expect(b.standing()).toBe('owner')
    expect(journal.filter((entry) => entry === 'b gained')).toHaveLength(1)
    expect(journal).not.toContain('b lost')
  })
}
