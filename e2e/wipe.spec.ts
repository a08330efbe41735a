// What a person deletes is gone: what was said with one contact, and everything, from the screen, from the files of the
// browser and from the relay.

import { expect, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { sealedRows } from './support/database.ts'
import { countIn } from './support/profile-files.ts'

test('a device is wiped: nothing of it is left in the files of the browser or at the relay', async ({ settles, bob, relay }) => {
  test.slow()
  const home = await settles('Alice')
  await pair(home.person(), bob)
  const talked = new Conversation(home.person(), bob)
  await talked.bothSay(2, 'before')
  await relay.hasPrekeysOf(2)
  const rows = await sealedRows(home.person().page)
  expect(rows.length).toBeGreaterThan(100)
  await home.closes()
  // The control: they are found while they are there.
  expect(await countIn(home.profile.folder, rows)).toBe(rows.length)
  await expect.poll(() => relay.keeps()).toEqual({ mailboxes: 4, devices: 2 })

  const alice = await home.reopens('/#/settings')
  await alice.wipesDevice()
  await expect.poll(() => relay.keeps()).toEqual({ mailboxes: 2, devices: 1 })
  await home.closes()
  expect(await countIn(home.profile.folder, rows)).toBe(0)
})

test('without the relay a device is wiped all the same, and what may stay in its files is said', async ({ alice, bob, relay }) => {
  test.slow()
  await pair(alice, bob)
  await relay.kill()
  await alice.page.goto(`${alice.url}/#/settings`)
  await alice.confirmsWipe()
  await expect(alice.page.getByRole('heading', { name: 'Everything is gone from this device' })).toBeVisible({ timeout: 20_000 })
  await expect(alice.page.getByText('The relay could not be reached, so traces may stay')).toBeVisible({ timeout: 10_000 })
})

test('a conversation is cleared: it is empty, also after a reload, and goes on', async ({ alice, bob }) => {
  await pair(alice, bob)
  const talked = new Conversation(alice, bob)
  await talked.bothSay(2, 'before')
  await alice.clearsConversation()
  await alice.reloads()
  await alice.opensConversation('Bob')
  await alice.seesNothingSaid()
  await bob.says('and on')
  await alice.reads('and on')
  await expect(alice.messages.getByRole('listitem')).toHaveCount(1)
})
