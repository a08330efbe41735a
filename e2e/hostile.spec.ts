// A world that means harm or does not care: rows that were tampered with, a database that is gone, an address that is not
// secure. Each is one clear sentence, and what can go on goes on.

import { chromium } from '@playwright/test'
import { launchOptions } from '../scripts/chromium.mjs'
import { expect, pair, test } from './support/browser.ts'
import { evict, leavesParley, tamper } from './support/database.ts'
import { startRelay } from './support/relay.ts'

const DAMAGED = 'Something stored on this device is damaged and was left out. The rest is unharmed.'
const EVICTED = /^Your browser deleted Parley’s data on this device\./

test('messages were tampered with: it is said once, and the conversation goes on', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('before it happened')
  await alice.seesState('before it happened', 'Delivered')
  await tamper(alice, 'messages')
  await alice.isTold(DAMAGED)
  await alice.says('and after')
  await bob.reads('and after')
  await bob.says('I am still here')
  await alice.reads('I am still here')
  await expect(alice.alert.filter({ hasText: DAMAGED })).toHaveCount(1)
  expect((await alice.readsEverything()).map(({ text }) => text)).toEqual(['and after', 'I am still here'])
})

test('a contact was tampered with: it is left out, the rest works, and pairing again brings it back', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('hello')
  await bob.reads('hello')
  await tamper(alice, 'contacts')
  await alice.isTold(DAMAGED)
  await alice.goesHome()
  await bob.says('does anybody hear me?')
  await bob.goesHome()
  await pair(alice, bob)
  await alice.says('now I do')
  await bob.reads('now I do')
  await bob.says('good')
  await alice.reads('good')
})

test('a session was tampered with: it is left out, and another takes its place by itself', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('hello')
  await bob.reads('hello')
  await tamper(alice, 'sessions')
  await alice.isTold(DAMAGED)
  await alice.says('a new beginning')
  await bob.reads('a new beginning')
  await bob.says('indeed')
  await alice.reads('indeed')
})

test('who one is was tampered with: it is said, nothing runs in circles, and everything can be wiped', async ({ alice, bob }) => {
  await pair(alice, bob)
  const starts: string[] = []
  alice.page.on('framenavigated', (frame) => starts.push(frame.url()))
  await tamper(alice, 'self')
  await expect(alice.page.getByRole('heading', { name: 'Parley cannot open what is stored here' })).toBeVisible()
  await alice.wipesDevice()
  // There and back by us, and once to begin afresh.
  expect(starts.length).toBeLessThanOrEqual(4)
  await alice.isCalled('Alice')
  await bob.goesHome()
  await pair(alice, bob)
})

test('the browser has deleted everything: it is said, and one can begin again', async ({ alice, bob }) => {
  await pair(alice, bob)
  await leavesParley(alice.page, alice.url)
  await evict(alice.page)
  await alice.page.goto(alice.url)
  await alice.isTold(EVICTED)
  await expect(alice.conversations).toHaveCount(0)
  await alice.isCalled('Alice')
  await bob.goesHome()
  await pair(alice, bob)
  await alice.says('somebody else, to you')
  await bob.reads('somebody else, to you')
})

test('the browser deletes everything under a running Parley: it is said, and nothing old is written into the new', async ({
  alice,
  bob,
}) => {
  await pair(alice, bob)
  await evict(alice.page)
  await bob.says('anybody there?')
  await alice.isTold(EVICTED)
  await alice.goesHome()
  await expect(alice.conversations).toHaveCount(0)
})

test('an address that is not secure: one sentence, and nothing is started', async () => {
  const relay = await startRelay({ HOST: '127.0.0.1' })
  const browser = await chromium.launch(await launchOptions('--host-resolver-rules=MAP parley.test 127.0.0.1'))
  try {
    const page = await browser.newPage({ locale: 'en-GB' })
    const started: string[] = []
    page.on('websocket', (socket) => started.push(socket.url()))
    page.on('worker', (worker) => started.push(worker.url()))
    await page.goto(`http://parley.test:${relay.port}`)
    await expect(
      page.getByText('This address is not secure, so your browser locks away what Parley needs. Open it with https:// or on localhost.'),
    ).toBeVisible()
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await expect(page.getByRole('button')).toHaveCount(0)
    expect(started).toEqual([])
    expect(await page.evaluate(() => localStorage.length)).toBe(0)
  } finally {
    await browser.close()
    await relay.remove()
  }
})
