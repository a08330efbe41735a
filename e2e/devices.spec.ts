// One person with several devices: one is linked by a code, the history arrives, both are in step, one is removed while it is
// away, and the main device moves.

import { expect, pair, test } from './support/browser.ts'
import { asksToBeMain, device, givesMainTo, hasDevices, isLinkedWith, isMain, removesDevice, showsLinkCode } from './support/devices.ts'

test('a second device is linked by a code, gets the history, and both talk on in step', async ({ alice, bob, arrives }) => {
  test.slow()
  await pair(alice, bob)
  await alice.says('before')
  await bob.reads('before')
  await bob.says('read me anywhere')
  await alice.reads('read me anywhere')

  const laptop = await arrives('Alice')
  await isLinkedWith(laptop, await showsLinkCode(alice, 'All'), 'Laptop')
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
  await bob.readsLine('The devices on which Alice uses Parley have changed.')
})

test('a device is removed while it is away, and says so when it is back', async ({ alice, bob, arrives }) => {
  test.slow()
  await pair(alice, bob)
  const laptop = await arrives('Alice')
  await isLinkedWith(laptop, await showsLinkCode(alice, 'None'), 'Laptop')
  await laptop.opensConversation('Bob')
  await laptop.says('from my laptop')
  await bob.reads('from my laptop')
  await laptop.leaves()

  await removesDevice(alice, 'Laptop')
  await alice.goesHome()
  await alice.opensConversation('Bob')
  await alice.says('the laptop is gone')
  await bob.reads('the laptop is gone')
  await bob.says('good to know')
  await alice.reads('good to know')

  const back = await laptop.returns()
  await back.isTold(/removed/)
  await back.opensConversation('Bob')
  await back.reads('from my laptop')
  await expect(back.message('good to know')).toHaveCount(0)
})

test('the main device moves: asked for on one, granted on the other', async ({ alice, bob, arrives }) => {
  test.slow()
  await pair(alice, bob)
  const laptop = await arrives('Alice')
  await isLinkedWith(laptop, await showsLinkCode(alice, 'None'), 'Laptop')
  await hasDevices(alice, ['This device', 'Laptop'])
  await asksToBeMain(laptop)
  await givesMainTo(alice, 'Laptop')
  await isMain(laptop, 'Laptop')
  await expect(laptop.page.getByRole('link', { name: 'Link a device' })).toBeVisible()
  await isMain(alice, 'Laptop')
  await expect(device(alice, 'Laptop').getByRole('button')).toHaveCount(0)
})
