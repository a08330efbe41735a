// A lock: what a person does with it, and what a copy of the disk says while it is set.

import type { Page } from '@playwright/test'
import { expect, type Person, pair, test } from './support/browser.ts'
import { evict, leavesParley } from './support/database.ts'
import { foundIn, spellings } from './support/disk-image.ts'
import { keysOf, letTimePass, passTime, rememberKeys } from './support/watched-worker.ts'

const passphrase = 'otters paddle at noon'
const MINUTE_MS = 60_000

const databases = (page: Page): Promise<readonly (string | undefined)[]> =>
  page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))

/** Begins afresh with a worker whose keys are known, those that are kept beside the rows among them. */
const beginsWatched = async (person: Person): Promise<void> => {
  await rememberKeys(person.page.context())
  await leavesParley(person.page, person.url)
  await evict(person.page)
  await person.isCalled(person.name)
}

test('the control: without a lock, a copy of the disk tells the keys, and what stands in the clear is found', async ({ settles }) => {
  const home = await settles('Quillfeather')
  await beginsWatched(home.person())
  const { page } = home.person()
  const keys = await keysOf(page)
  const texts = {
    'what came in': 'the herons left at dawn',
    'what went out': 'and came back by ferry',
    'a draft': 'unfinished thoughts on otters',
    'the own name': 'Quillfeather',
    'a name': 'Bramblewick',
    'the passphrase': passphrase,
  }
  const plants = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, spellings(text)]))

  await page.evaluate(async (said) => {
    document.title = said['a name'] ?? ''
    history.pushState(said, '', `#/${said['the passphrase']?.replaceAll(' ', '-')}`)
    localStorage.setItem('control', said['the own name'] ?? '')
    const database = await new Promise<IDBDatabase>((done, fail) => {
      const opening = indexedDB.open('control')
      opening.onupgradeneeded = () => opening.result.createObjectStore('rows')
      opening.onsuccess = () => done(opening.result)
      opening.onerror = () => fail(opening.error)
    })
    const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
    // Long enough for a table with compressed blocks.
    for (let i = 0; i < 400; i++) transaction.objectStore('rows').put({ ...said, filler: 'filler '.repeat(200) }, i)
    await new Promise((done) => {
      transaction.oncomplete = done
    })
    database.close()
  }, texts)
  await home.closes()
  const control = await foundIn(home.profile.folder, { ...plants, 'a key': keys })
  expect([...control.keys()].sort()).toEqual([...Object.keys(texts), 'a key'].sort())
})

test('a lock is set, and a copy of the disk tells nothing; it opens by its passphrase only, and wrong ones have to wait', async ({
  settles,
  arrives,
}) => {
  test.slow()
  const bramble = await arrives('Bramblewick')
  const home = await settles('Quillfeather')
  const alice = home.person()
  await beginsWatched(alice)
  await pair(alice, bramble)
  await bramble.says('the herons left at dawn')
  await alice.reads('the herons left at dawn')
  await alice.says('and came back by ferry')
  await bramble.reads('and came back by ferry')
  await alice.messageField.fill('unfinished thoughts on otters')
  const keys = [...(await keysOf(alice.page))]
  await alice.setsLock(passphrase)
  keys.push(...(await keysOf(alice.page)))
  await expect.poll(() => databases(alice.page)).toEqual(['parley-locked'])
  await alice.goesHome()
  await alice.opensConversation('Bramblewick')
  await expect(alice.messageField).toHaveValue('unfinished thoughts on otters')
  await bramble.says('written under the lock')
  await alice.reads('written under the lock')

  await alice.locks()
  await expect(alice.page.getByText('Bramblewick')).toHaveCount(0)
  await expect(alice.page).toHaveTitle('Parley')
  await bramble.says('while it was locked')
  await bramble.seesState('while it was locked', 'On relay')
  for (let i = 0; i < 3; i++) {
    await alice.tries('otters paddle at nine')
    await alice.isTold(i < 2 ? 'This does not open the lock. Nothing was deleted.' : /Too many wrong passphrases\. Wait 0:0\d/)
  }
  await home.closes()

  const texts = ['the herons left at dawn', 'and came back by ferry', 'unfinished thoughts on otters', 'written under the lock']
  const plants = Object.fromEntries([...texts, 'Quillfeather', 'Bramblewick', passphrase].map((text) => [text, spellings(text)]))
  expect(keys.length).toBeGreaterThan(4)
  expect([...(await foundIn(home.profile.folder, { ...plants, 'a key': keys }))]).toEqual([])

  const again = await home.reopens()
  await expect(again.page.getByRole('button', { name: 'Unlock', exact: true })).toBeEnabled({ timeout: 20_000 })
  await again.unlocks(passphrase)
  await again.opensConversation('Bramblewick')
  await again.reads('while it was locked')
  await again.reads('the herons left at dawn')
  await expect(again.messageField).toHaveValue('unfinished thoughts on otters')
})

test('two tabs unlock together, go on when one is closed, and lock by themselves', async ({ alice, bob }) => {
  test.slow()
  await letTimePass(alice.page.context())
  await alice.reloads()
  await pair(alice, bob)
  await alice.setsLock(passphrase)
  const other = await alice.opensAnotherTab()
  await other.sees('Bob')
  await other.locks()
  await expect(alice.isLocked).toBeVisible()
  await alice.unlocks(passphrase)
  await expect(other.isLocked).toBeHidden()
  await other.sees('Bob')

  await alice.leaves()
  await other.opensConversation('Bob')
  await other.says('still open')
  await bob.reads('still open')

  await passTime(other.page, 14 * MINUTE_MS)
  await other.looksBack()
  await expect(other.messageField).toBeVisible()
  await other.says('within the time')
  await bob.reads('within the time')
  await expect(async () => {
    await passTime(other.page, 60 * MINUTE_MS)
    await other.looksBack()
    await expect(other.isLocked).toBeVisible({ timeout: 1_000 })
  }).toPass()
})

test('a passkey opens the lock as well, until it is removed', async ({ alice }) => {
  const session = await alice.page.context().newCDPSession(alice.page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasUserVerification: true,
      isUserVerified: true,
      hasResidentKey: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
    },
  })
  await alice.page.bringToFront()
  await alice.setsLock(passphrase)
  await alice.addsPasskey(passphrase)
  await alice.locks()
  await alice.page.bringToFront()
  await alice.page.getByRole('button', { name: 'Unlock with a passkey' }).click()
  await expect(alice.isLocked).toBeHidden({ timeout: 20_000 })
  await alice.opensSettings()
  await alice.page.getByRole('button', { name: 'Remove the passkey' }).click()
  await expect(alice.page.getByRole('button', { name: 'Add a passkey' })).toBeVisible()
  await alice.locks()
  await expect(alice.page.getByRole('button', { name: 'Unlock with a passkey' })).toHaveCount(0)
  await alice.unlocks(passphrase)
})

test('who forgot the passphrase is told so honestly, and can wipe the device', async ({ alice }) => {
  await alice.setsLock(passphrase)
  await alice.locks()
  await alice.page.getByRole('button', { name: 'Forgot the passphrase?' }).click()
  await expect(alice.page.getByText('Nobody can open Parley without it')).toBeVisible()
  await alice.wipesDevice()
  await expect.poll(() => databases(alice.page)).toEqual(['parley'])
})
