// One person with several devices: one is linked by a code, the history arrives, both are in step, one is removed while it is
// away, the main device moves, and it is lost and comes back from its backup.

import { backsUp, hasOnlyDownloads, isRestored, restores } from './support/backups.ts'
import { expect, pair, test } from './support/browser.ts'
import { asksToBeMain, device, givesMainTo, hasAsked, hasDevices, isMain, links, linksByItsCode, removesDevice } from './support/devices.ts'

const changed = 'The devices on which Alice uses Parley have changed.'

test('a second device is linked by a code, gets the history, and both talk on in step', async ({ alice, bob, arrives }) => {
  test.slow()
  await pair(alice, bob)
  await alice.says('before')
  await bob.reads('before')
  await bob.says('read me anywhere')
  await alice.reads('read me anywhere')

  const laptop = await arrives('Alice')
  await links(alice, laptop, 'Laptop', 'All')
  await hasDevices(alice, ['This device', 'Laptop'])
  await laptop.opensConversation('Bob')
  await laptop.reads('read me anywhere')
  await laptop.readsInAll(['before', 'read me anywhere'])

  await laptop.says('from my laptop')
  await bob.reads('from my laptop')
  await bob.says('heard')
  await laptop.reads('heard')
  await alice.goesHome()
  await alice.opensConversation('Bob')
  await alice.reads('heard')
  await alice.reads('from my laptop')
  await bob.readsLine(changed)
})

test('a device is removed while it is away, and says so when it is back; others see both, and the same safety number', async ({
  alice,
  bob,
  arrives,
}) => {
  test.slow()
  await pair(alice, bob)
  const safetyNumber = await bob.readsSafetyNumber()
  const laptop = await arrives('Alice')
  await links(alice, laptop, 'Laptop')
  await laptop.opensConversation('Bob')
  await laptop.says('from my laptop')
  await bob.reads('from my laptop')
  await bob.readsLine(changed)
  await laptop.leaves()

  await removesDevice(alice, 'Laptop')
  await alice.goesHome()
  await alice.opensConversation('Bob')
  await alice.says('the laptop is gone')
  await bob.reads('the laptop is gone')
  await bob.readsLine(changed, 2)
  expect(await bob.readsSafetyNumber()).toBe(safetyNumber)
  await bob.says('good to know')
  await alice.reads('good to know')

  const back = await laptop.returns()
  await back.isTold(/removed/)
  await back.opensConversation('Bob')
  await back.reads('from my laptop')
  await expect(back.message('good to know')).toHaveCount(0)
})

test('a device that showed the code asks to be the main one, and is once that is granted', async ({ alice, bob, arrives }) => {
  test.slow()
  await pair(alice, bob)
  const laptop = await arrives('Alice')
  await linksByItsCode(alice, laptop, 'Laptop')
  await hasDevices(alice, ['This device', 'Laptop'])
  await asksToBeMain(laptop)
  await laptop.reloads()
  await hasAsked(laptop)
  await givesMainTo(alice, 'Laptop')
  await isMain(laptop, 'Laptop')
  await expect(laptop.page.getByRole('link', { name: 'Link a device' })).toBeVisible()
  await isMain(alice, 'Laptop')
  await expect(device(alice, 'Laptop').getByRole('button')).toHaveCount(0)
})

test('a lost main device comes back from its backup on another one: contacts go on, and the linked one stays in step', async ({
  alice,
  bob,
  arrives,
}) => {
  test.slow()
  await hasOnlyDownloads(alice.page.context())
  await alice.reloads()
  await pair(alice, bob)
  const laptop = await arrives('Alice')
  await links(alice, laptop, 'Laptop')
  await laptop.opensConversation('Bob')
  await laptop.says('before the loss')
  await bob.reads('before the loss')
  const { path, phrase } = await backsUp(alice)
  await alice.leaves()

  const elsewhere = await arrives('Somebody')
  await restores(elsewhere, path, phrase)
  await isRestored(elsewhere)
  await elsewhere.opensConversation('Bob')
  await elsewhere.says('from another browser')
  await bob.reads('from another browser')
  await laptop.reads('from another browser')
  await laptop.says('in step')
  await elsewhere.reads('in step')
  await bob.says('heard by both')
  await elsewhere.reads('heard by both')
  await laptop.reads('heard by both')
  await isMain(elsewhere, 'This device')
  await hasDevices(elsewhere, ['Laptop', 'This device'])
})
