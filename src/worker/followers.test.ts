import { describe, expect, it } from 'vitest'
import { createFakeLocks } from '../../test/support/fake-locks.ts'
import { mortal } from '../../test/support/mortal-locks.ts'
import { createFollowers, holdOwnLock } from './followers.ts'

const ID = '0a'.repeat(16)

const setUp = async () => {
  const locks = createFakeLocks()
  const tab = mortal(locks)
  await holdOwnLock(tab.locks, ID)
  const gone: string[] = []
  const followers = createFollowers(locks, (each) => void gone.push(each))
  return { followers, gone, tab }
}

describe('followers', () => {
  it('are there until their tab is gone, which is told once', async () => {
    const { followers, gone, tab } = await setUp()
    expect([followers.any(), followers.has(ID)]).toEqual([false, false])
    followers.join(ID)
    followers.join(ID)
    await settled()
    expect([followers.any(), followers.has(ID), gone]).toEqual([true, true, []])
    tab.die()
    await settled()
    expect([followers.any(), followers.has(ID), gone]).toEqual([false, false, [ID]])
  })

  it('are forgotten by a tab that has the profile no more, whatever becomes of them', async () => {
    const { followers, gone, tab } = await setUp()
    followers.join(ID)
    followers.forget()
    expect(followers.any()).toBe(false)
    tab.die()
    await settled()
    expect(gone).toEqual([])
  })

  it('can come again', async () => {
    const { followers, gone, tab } = await setUp()
    followers.join(ID)
    followers.forget()
    followers.join(ID)
    tab.die()
    await settled()
    expect(gone).toEqual([ID])
  })
})

/** Locks are handed on between tasks. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))
