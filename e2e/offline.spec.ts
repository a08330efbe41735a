// The page without its relay, and the page when there is a newer one: what a service worker is for.

import { expect, type Page } from '@playwright/test'
import { test as base, type Person, pair } from './support/browser.ts'
import { startRelay } from './support/relay.ts'
import { copyPage, type ServedPage } from './support/served-page.ts'

const test = base.extend<{ readonly servedPage: ServedPage }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright wants to see one
  servedPage: async ({}, provide) => {
    const page = await copyPage()
    await provide(page)
    await page.remove()
  },
  relay: async ({ servedPage }, provide) => {
    const relay = await startRelay({ PAGE_DIR: servedPage.folder })
    await provide(relay)
    await relay.remove()
  },
})

/** A busy machine fetches and checks a whole version. */
const wholeVersion = { timeout: 30_000 }
const withServiceWorker = { serviceWorkers: 'allow' } as const

/** The page can be opened without its server from now on. */
const isKept = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready
    while (active?.state !== 'activated') await new Promise((done) => active?.addEventListener('statechange', done, { once: true }))
  })

/** A mark that does not survive a reload. */
const mark = (page: Page): Promise<void> => page.evaluate(() => void Object.assign(window, { marked: true }))
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => 'marked' in window)
/** What runs came with this document. */
const runs = (page: Page, version: 'as it was built' | 'newer'): Promise<void> => {
  const newer = expect(page.locator('html[data-version=newer]'))
  return version === 'newer' ? newer.toBeAttached(wholeVersion) : newer.not.toBeAttached()
}
const offer = ({ page }: Person) => page.getByRole('note').filter({ hasText: 'A new version is ready.' })

test('the relay is down: history is readable, and what is written goes out when it is back', async ({ arrives, relay }) => {
  const [alice, bob] = await Promise.all([arrives('Alice', withServiceWorker), arrives('Bob')])
  await pair(alice, bob)
  await bob.says('before the relay went down')
  await alice.reads('before the relay went down')
  await isKept(alice.page)
  await alice.leaves()
  await relay.kill()

  const back = await alice.returns()
  await expect(back.conversationWith('Bob')).toBeVisible()
  await back.opensConversation('Bob')
  await back.reads('before the relay went down')
  await back.isConnected('Offline')
  await back.says('written without a relay')
  await back.seesState('written without a relay', 'Waiting')

  await relay.start()
  await bob.reads('written without a relay')
  await back.seesState('written without a relay', 'Delivered')
  expect((await bob.readsEverything()).map(({ text }) => text)).toEqual(['before the relay went down', 'written without a relay'])
})

test('a new version is offered in every tab, and all of them take it when one agrees', async ({ arrives, relay, servedPage }) => {
  const first = await arrives('Alice', withServiceWorker)
  await isKept(first.page)
  await mark(first.page)
  await runs(first.page, 'as it was built')

  await servedPage.becomes('newer')
  await relay.restart()
  const second = await first.opensAnotherTab()
  await mark(second.page)
  for (const tab of [first, second]) await expect(offer(tab)).toBeVisible(wholeVersion)
  // Both run on as they were, and the newer one waits. Putting it aside in one tab leaves it to the other.
  for (const { page } of [first, second]) await runs(page, 'as it was built')
  await offer(first).getByRole('button', { name: 'Not now' }).click()
  await expect(offer(first)).toBeHidden()
  expect(await Promise.all([first, second].map(({ page }) => isMarked(page)))).toEqual([true, true])

  await offer(second).getByRole('button', { name: 'Reload' }).click()
  for (const { page } of [first, second]) {
    await runs(page, 'newer')
    await expect(page.getByRole('heading', { name: /Parley/ }).first()).toBeVisible(wholeVersion)
    expect(await isMarked(page)).toBe(false)
    // Once, and not again.
    await mark(page)
  }
  for (const tab of [first, second]) {
    await isKept(tab.page)
    expect(await isMarked(tab.page)).toBe(true)
    await expect(offer(tab)).toBeHidden()
  }
  expect(await first.page.evaluate(() => caches.keys())).toHaveLength(1)
})

test('a new version that is not whole is not taken: the one that is here goes on', async ({ arrives, relay, servedPage }) => {
  const alice = await arrives('Alice', withServiceWorker)
  await isKept(alice.page)
  const kept = await alice.page.evaluate(() => caches.keys())
  await servedPage.becomes('newer')
  await servedPage.loses('icon.svg')
  await relay.restart()

  const outcome = await alice.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const found = new Promise<ServiceWorker | null>((done) =>
      registration.addEventListener('updatefound', () => done(registration.installing), { once: true }),
    )
    await registration.update()
    const installing = await found
    while (installing?.state === 'installing') {
      await new Promise((done) => installing.addEventListener('statechange', done, { once: true }))
    }
    return installing?.state
  })
  expect(outcome).toBe('redundant')
  await expect(offer(alice)).toBeHidden()
  expect(await alice.page.evaluate(() => caches.keys())).toEqual(kept)
  await alice.page.reload()
  await expect(alice.home).toBeVisible()
  await runs(alice.page, 'as it was built')

  await servedPage.findsAgain('icon.svg')
  await relay.restart()
  await alice.page.reload()
  await expect(offer(alice)).toBeVisible(wholeVersion)
})
