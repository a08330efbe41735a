// The browser grants no more room in the middle of what arrives, or deletes a part of what it keeps: it is said, nothing is
// acknowledged that is not kept, and once there is room everything is there, once.

import { createProfile, expect, type Profile, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { leavesParley } from './support/database.ts'
import { Person } from './support/person.ts'

const FULL = /^This device is out of storage\. Nothing is lost, but nothing new can be kept\./

/** Chromium may not answer at all where it has to find out how much room there is; then this is said after half a minute. */
const NO_ANSWER = /^Your browser did not let Parley use its storage\. Nothing was changed\./

/** Room for an account, a contact and some messages; then it is full. */
const LITTLE_ROOM_BYTES = 450_000

/** Bob in a browser that keeps little: so from the start, since browsers remember for half a minute how much room there was. */
const narrow = async (profile: Profile, url: string): Promise<Person> => {
  const page = await (await profile.open()).newPage()
  const browser = await page.context().newCDPSession(page)
  await browser.send('Storage.overrideQuotaForOrigin', { origin: url, quotaSize: LITTLE_ROOM_BYTES })
  await page.goto(url)
  const bob = Person.in(page, 'Bob', url)
  await bob.isCalled('Bob')
  return bob
}

const texts = async (person: Person, direction: 'in' | 'out', state?: string): Promise<readonly string[]> =>
  (await person.readsEverything())
    .filter((read) => read.direction === direction && (state === undefined || read.state === state))
    .map(({ text }) => text)

let profile: Profile
test.beforeEach(async () => {
  profile = await createProfile()
})
test.afterEach(() => profile.remove())

test('no more room while messages arrive: it is said, and once there is room everything is there, once', async ({ arrives, relay }) => {
  test.slow()
  const [alice, bob] = await Promise.all([arrives('Alice'), narrow(profile, relay.url)])
  await pair(alice, bob)
  const talked = new Conversation(alice, bob)
  await talked.bothSay(1, 'while there is room')
  let isFull = false
  const full = bob.isTold(FULL).then(() => {
    isFull = true
  })
  for (let number = 0; !isFull; number++) {
    await talked.aliceSays(`${number} ${'and so on '.repeat(200)}`.trim())
  }
  await full

  // Nothing that he writes goes, and none of it is lost.
  await bob.messageField.fill('I have no room')
  await bob.messageField.press('Enter')
  await expect(bob.messageField).toHaveValue('I have no room')
  await bob.doesNotRead('I have no room')

  const delivered = await texts(alice, 'out', 'Delivered')
  const kept = await texts(bob, 'in')
  expect(delivered.filter((text) => !kept.includes(text))).toEqual([])

  // Nor is there room for opening it.
  const path = await bob.whereTheyAre()
  await bob.reloads()
  await expect(bob.page.getByText(FULL).or(bob.page.getByText(NO_ANSWER)).first()).toBeVisible({ timeout: 60_000 })

  // His browser started anew keeps as much as browsers usually do.
  await bob.page.context().close()
  const again = await bob.in(await profile.open(), path)
  talked.bobIsNow(again)
  await again.messageField.fill('')
  await talked.bobSays('room was made')
  await talked.isWhole()
})

test('the browser has deleted what stands beside the database: it is said once, and nothing else is gone', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('before')
  const path = await alice.whereTheyAre()
  // Browsers delete while Parley does not run; and a page that is opened while another one still goes cannot tell.
  const leaves = async () => {
    await leavesParley(alice.page, alice.url)
    await alice.page.evaluate(() => navigator.locks.request('parley', () => undefined))
  }
  await leaves()
  await alice.page.goto(alice.url + path)
  // It is known from then on that there was a mark.
  await alice.reads('before')
  await leaves()
  await alice.page.evaluate(() => localStorage.clear())
  await alice.page.goto(alice.url + path)
  await alice.isTold(/^Your browser deleted a part of what Parley keeps on this device/)
  await alice.reads('before')
  await alice.reloads()
  await alice.reads('before')
  await expect(alice.alert).toHaveCount(0)
})
