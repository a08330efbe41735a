// A backup is made in one browser and restored in another: the same person to everybody, who goes on talking. The former
// browser says that it is signed off.

import { readFile, writeFile } from 'node:fs/promises'
import {
  backsUp,
  backsUpTo,
  backsUpWithPassphrase,
  choosesFolder,
  exportsAll,
  hasFolder,
  hasNoFolders,
  hasOnlyDownloads,
  isRestored,
  readsFolder,
  readsOwnFile,
  restores,
  triesToRestore,
} from './support/backups.ts'
import { expect, pair, test } from './support/browser.ts'

test('a backup is restored in another browser: both talk on, what waited arrives once, and the former browser says so', async ({
  alice,
  bob,
  arrives,
  relay,
}) => {
  test.slow()
  await hasOnlyDownloads(alice.page.context())
  await alice.reloads()
  await pair(alice, bob)
  await alice.says('before')
  await bob.reads('before')
  await bob.says('read me anywhere')
  await alice.reads('read me anywhere')
  await relay.hasPrekeysOf(2)
  await bob.leaves()
  await alice.says('for when you are back')
  await alice.seesState('for when you are back', 'On relay')
  const { path, phrase } = await backsUp(alice)
  const aliceLater = alice
  await alice.page.goto('about:blank')

  const elsewhere = await arrives('Somebody')
  await restores(elsewhere, path, phrase.split(' ').reverse().join(' '))
  await expect(elsewhere.alert).toContainText(/These twelve words do not belong together|do not open this backup/)
  await triesToRestore(elsewhere, path, phrase)
  await isRestored(elsewhere)
  await elsewhere.opensConversation('Bob')
  await elsewhere.reads('read me anywhere')

  const bobBack = await bob.returns()
  await bobBack.opensConversation('Alice')
  await bobBack.readsLine('The devices on which Alice uses Parley have changed.')
  await bobBack.readsInAll(['before', 'read me anywhere', 'for when you are back'])
  await elsewhere.seesState('for when you are back', 'Delivered')
  await bobBack.says('there you are')
  await elsewhere.reads('there you are')
  await elsewhere.says('from a new browser')
  await bobBack.reads('from a new browser')
  await bobBack.readsInAll(['before', 'read me anywhere', 'for when you are back', 'there you are', 'from a new browser'])

  await aliceLater.page.goto(aliceLater.url)
  await aliceLater.isTold('Parley was restored on another device')
  await aliceLater.opensConversation('Bob')
  await expect(aliceLater.messageField).toBeDisabled()
})

test('a file that was cut off, changed or is none is refused with its reason, and nothing is restored', async ({
  alice,
  bob,
  arrives,
}, info) => {
  await hasOnlyDownloads(alice.page.context())
  await alice.reloads()
  await pair(alice, bob)
  await alice.says('one that would be missing')
  const path = await backsUpWithPassphrase(alice, 'a good long passphrase')
  const bytes = await readFile(path)
  const other = await arrives('Somebody')
  const write = async (name: string, content: Uint8Array | string): Promise<string> => {
    const file = info.outputPath(name)
    await writeFile(file, content)
    return file
  }
  const altered = new Uint8Array(bytes)
  altered[200] = (altered[200] ?? 0) ^ 1
  const newer = new Uint8Array(bytes)
  newer[8] = 9
  await restores(other, await write('none', 'dear diary'), 'a good long passphrase')
  await expect(other.alert).toHaveText('This file is not a backup of Parley.')
  for (const [name, content, sentence] of [
    ['newer', newer, 'This backup was made by a newer Parley.'],
    ['short', bytes.subarray(0, 40), 'The end of this file is missing.'],
    ['altered', altered, 'This file is damaged or was changed'],
  ] as const) {
    await triesToRestore(other, await write(name, content), 'a good long passphrase')
    await expect(other.alert).toContainText(sentence)
  }
  await triesToRestore(other, path, 'another passphrase')
  await expect(other.alert).toContainText('do not open this backup')
  await other.goesHome()
  await expect(other.conversations).toHaveCount(0)
  // Somebody is here: no other profile can take its place.
  await alice.page.goto(`${alice.url}/#/restore`)
  await expect(alice.page.getByText('A backup can only be restored where nobody is yet.')).toBeVisible()
  await other.page.goto(`${other.url}/#/restore`)
  await triesToRestore(other, path, 'a good long passphrase')
  await isRestored(other)
  await other.opensConversation('Bob')
})

test('where the browser lets people pick, the file is written there; and what is exported is a page that only shows', async ({
  alice,
  bob,
  browser,
}) => {
  await pair(alice, bob)
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>&amp;\u202e'
  await alice.says(hostile)
  await bob.reads(hostile)
  await backsUpTo(alice, 'picked.parleybackup')
  expect(await readsOwnFile(alice.page, 'picked.parleybackup')).toBeGreaterThan(5_000)
  await alice.page.getByRole('link', { name: 'Back to the settings' }).click()
  await expect(alice.page.getByText(/^Last backup: /)).toBeVisible()

  await hasOnlyDownloads(bob.page.context())
  await bob.reloads()
  const path = await exportsAll(bob)
  const html = await readFile(path, 'utf8')
  expect(html).not.toContain('<script')
  const page = await browser.newPage()
  await page.setContent(html)
  await expect(page.getByRole('heading', { name: 'Alice' })).toBeVisible()
  await expect(page.getByText(hostile, { exact: true })).toBeVisible()
  expect(await page.title()).toBe('Parley conversations')
  await page.close()
})

test('a folder that was chosen once gets backups again, from any tab, until it is left; each opens in another browser', async ({
  alice,
  bob,
  arrives,
}, info) => {
  test.slow()
  await hasFolder(alice.page.context(), 'Backups')
  await alice.reloads()
  await pair(alice, bob)
  await alice.says('in the first')
  await bob.reads('in the first')
  const phrase = await choosesFolder(alice)
  const [first] = await readsFolder(alice.page, 'Backups')
  await alice.goesHome()
  await alice.opensConversation('Bob')
  await alice.says('in the second')
  await bob.reads('in the second')

  // The folder is known after the page was closed, and to every tab.
  await alice.reloads()
  const tab = await alice.opensAnotherTab()
  await tab.opensSettings()
  await expect(tab.page.getByText('Backups go to the folder “Backups” by themselves')).toBeVisible()
  await tab.page.getByRole('button', { name: 'Back up there now' }).click()
  await expect.poll(async () => (await readsFolder(tab.page, 'Backups')).filter(({ bytes }) => bytes.length > 0).length).toBe(2)
  const [before, newest] = await readsFolder(tab.page, 'Backups')
  expect(before).toEqual(first)

  await tab.page.getByRole('button', { name: 'Stop backing up there' }).click()
  await expect(tab.page.getByText('Backups go to the folder')).toHaveCount(0)
  await expect
    .poll(() => tab.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)))
    .not.toContain('parley-folder')
  expect(await readsFolder(tab.page, 'Backups')).toHaveLength(2)

  const path = info.outputPath('newest.parleybackup')
  await writeFile(path, Uint8Array.from(newest?.bytes ?? []))
  const elsewhere = await arrives('Somebody')
  await restores(elsewhere, path, phrase)
  await isRestored(elsewhere)
  await elsewhere.opensConversation('Bob')
  await elsewhere.readsInAll(['in the first', 'in the second'])
})

test('where no page can have a folder, none can be chosen', async ({ alice }) => {
  await hasNoFolders(alice.page.context())
  await alice.reloads()
  await alice.page.goto(`${alice.url}/#/back-up`)
  await expect(alice.page.getByRole('button', { name: 'Twelve words' })).toBeVisible()
  await expect(alice.page.getByRole('button', { name: 'Choose a folder' })).toHaveCount(0)
})
