// The screens with the real product behind them: no violation on any, by keyboard alone, at 320 px, in two languages. The
// many states that a short story does not reach are in states.spec.ts.

import type { Page } from '@playwright/test'
import { expect, type Person, pair, test } from './support/browser.ts'
import { filmQrCode } from './support/camera.ts'
import { excessWidth, violationsOn } from './support/violations.ts'

const isFine = async (page: Page): Promise<void> => {
  expect(await excessWidth(page)).toBeLessThanOrEqual(0)
  expect(await violationsOn(page)).toEqual([])
}

for (const { width, height, colorScheme } of [
  { width: 320, height: 640, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
] as const) {
  test(`every screen at ${width} px, populated, has no violation`, async ({ arrives }) => {
    test.slow()
    const alice = await arrives('Alice', { viewport: { width, height }, colorScheme })
    const bob = await arrives('Bob')
    await isFine(alice.page)
    await alice.showCode()
    await isFine(alice.page)
    await alice.goesHome()
    await alice.enterCode('12')
    await alice.isTold('Some digits are missing.')
    await isFine(alice.page)
    await alice.goesHome()

    await pair(alice, bob)
    await isFine(alice.page)
    await bob.says('Hello Alice, look: https://example.org/a?b=c')
    await alice.says('مرحبا Bob')
    await alice.seesState('مرحبا Bob', 'Delivered')
    await isFine(alice.page)

    await alice.page.getByRole('button', { name: 'Contact details' }).click()
    await expect(alice.page.getByText(/^Paired by code on /)).toBeVisible()
    await isFine(alice.page)
    await alice.page.getByRole('button', { name: 'Remove contact' }).click()
    await expect(alice.page.getByRole('alertdialog')).toBeVisible()
    await isFine(alice.page)
    await alice.page.getByRole('button', { name: 'Cancel' }).click()

    await alice.goesHome()
    await expect(alice.conversations).toBeVisible()
    await isFine(alice.page)
    await alice.page.getByRole('link', { name: 'Settings' }).click()
    await expect(alice.page.getByRole('heading', { name: 'Settings' })).toBeVisible()
    await isFine(alice.page)
  })
}

test('two people pair and talk by keyboard alone', async ({ alice, bob }) => {
  /** Walks on with Tab until the thing has the focus. */
  const tabsTo = async ({ page }: Person, name: string): Promise<void> => {
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
      })
      if (focused.trim() === name) return
    }
    throw new Error(`Tab never reached ${name}`)
  }
  await alice.page.reload()
  await expect(alice.home).toBeVisible()
  await tabsTo(alice, 'Show a code')
  await alice.page.keyboard.press('Enter')
  const code = await alice.readsOwnCode()

  await bob.page.reload()
  await expect(bob.home).toBeVisible()
  await tabsTo(bob, 'Enter a code')
  await bob.page.keyboard.press('Space')
  await expect(bob.codeField).toBeFocused()
  await bob.page.keyboard.type(code)
  await bob.page.keyboard.press('Enter')

  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  await bob.page.keyboard.type('by keyboard')
  await bob.page.keyboard.press('Enter')
  await alice.reads('by keyboard')

  await alice.page.keyboard.type('first line')
  await alice.page.keyboard.press('Shift+Enter')
  await alice.page.keyboard.type('second line')
  await expect(alice.messageField).toHaveValue('first line\nsecond line')
  await alice.page.keyboard.press('Enter')
  await expect(bob.messages.getByRole('listitem').filter({ hasText: 'second line' })).toBeVisible()

  await tabsTo(alice, 'Contact details')
  await alice.page.keyboard.press('Enter')
  await expect(alice.page.getByRole('button', { name: 'Remove contact' })).toBeVisible()
  await tabsTo(alice, 'Remove contact')
  await alice.page.keyboard.press('Enter')
  await expect(alice.page.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await alice.page.keyboard.press('Escape')
  await expect(alice.page.getByRole('alertdialog')).toBeHidden()
  await expect(alice.page.getByRole('button', { name: 'Remove contact' })).toBeFocused()
})

test('the code is never part of an address, a title or what the page stores beside its database', async ({ alice, bob }) => {
  const code = await alice.showCode()
  const digits = code.replace(/\D/g, '').slice(-6)
  const link = await alice.copiesLink()
  expect(link).toMatch(new RegExp(`^${alice.url}/#/enter/[0-9a-f]{32}$`))
  await bob.enterCode(code)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  for (const { page } of [alice, bob]) {
    const seen = await page.evaluate(() => [
      location.href,
      document.title,
      ...Object.entries(localStorage).flat(),
      ...Object.entries(sessionStorage).flat(),
    ])
    for (const text of seen) expect(text).not.toContain(digits)
    expect(await page.title()).not.toMatch(/Alice|Bob/)
  }
})

test('a conversation keeps its draft and its address through a reload', async ({ alice, bob }) => {
  await pair(alice, bob)
  const address = alice.page.url()
  await alice.messageField.fill('not yet sent')
  await alice.goesHome()
  await expect(alice.conversations).toContainText('not yet sent')
  await alice.opensConversation('Bob')
  await alice.reloads()
  expect(alice.page.url()).toBe(address)
  await expect(alice.page.getByRole('heading', { name: 'Bob', exact: true })).toBeVisible()
  await expect(alice.messageField).toHaveValue('not yet sent')
})

test('a text that is too long is not sent and says by how much', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.messageField.fill('ä'.repeat(24_002))
  await alice.isTold('This message is 4 bytes too long.')
  await alice.messageField.press('Enter')
  await expect(alice.messageField).not.toHaveValue('')
  await expect(alice.messages.getByRole('listitem')).toHaveCount(0)
  await alice.messageField.fill('ä'.repeat(24_000))
  await expect(alice.alert).toHaveCount(0)
})

test('the reader stays where they are while others write, and is led to what is new', async ({ alice, bob }) => {
  await pair(alice, bob)
  for (let line = 1; line <= 30; line += 1) await bob.says(`line ${line}`)
  await alice.reads('line 30')
  // With a wheel, as somebody does: what scrolls while rows are being measured goes back to the end.
  await alice.messages.evaluate((list) => {
    list.dispatchEvent(new WheelEvent('wheel'))
    list.scrollTo(0, 0)
  })
  await expect(alice.page.getByRole('button', { name: 'Newest messages' })).toBeVisible()
  const top = await alice.messages.evaluate((list) => list.scrollTop)
  await bob.says('one more')
  const jump = alice.page.getByRole('button', { name: '1 new message' })
  await expect(jump).toBeVisible()
  expect(await alice.messages.evaluate((list) => list.scrollTop)).toBe(top)
  await jump.click()
  await alice.reads('one more')
  await expect(jump).toBeHidden()
})

test('an unread message is counted in the list and in the title until it was seen', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.goesHome()
  await bob.says('are you there?')
  const link = alice.conversations.getByRole('link', { name: /Bob.*1 unread message/ })
  await expect(link).toBeVisible()
  await expect(alice.page).toHaveTitle('(1) Parley')
  await link.click()
  await alice.reads('are you there?')
  await expect(alice.page).toHaveTitle('Parley')
})

test('another language is chosen, kept through a reload and complete', async ({ alice }) => {
  await alice.page.getByRole('link', { name: 'Settings' }).click()
  await alice.page.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch')
  await expect(alice.page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible()
  await alice.reloads()
  await expect(alice.page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible()
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'de')
})

test('a theme is chosen and kept through a reload', async ({ alice }) => {
  await alice.page.getByRole('link', { name: 'Settings' }).click()
  await alice.page.getByRole('combobox', { name: 'Theme' }).selectOption('Dark')
  await expect(alice.page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await alice.reloads()
  await expect(alice.page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('a QR code that the camera sees leads to the six digits, and the camera is off again', async ({ alice, settles }, testInfo) => {
  const code = await alice.showCode()
  const args = await filmQrCode(testInfo.outputPath('code.y4m'), await alice.copiesLink())
  const bob = (await settles('Bob', { args })).person()
  await bob.page.getByRole('button', { name: 'Enter a code' }).click()
  await bob.page.evaluate(() => {
    const devices = navigator.mediaDevices
    const ask = devices.getUserMedia.bind(devices)
    devices.getUserMedia = async (wanted) => {
      const stream = await ask(wanted)
      Object.assign(globalThis, { seenStream: stream })
      return stream
    }
  })
  await bob.page.getByRole('button', { name: 'Scan a QR code' }).click()
  await expect(bob.page.getByRole('heading', { name: 'Now type the six digits' })).toBeVisible({ timeout: 20_000 })
  // Set by the page's own function above.
  const isLive = await bob.page.evaluate(() => (globalThis as { seenStream?: MediaStream }).seenStream?.active)
  expect(isLive).toBe(false)
  await bob.types(code.replace(/\D/g, '').slice(-6))
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('who has no name yet is asked for it after the first pairing, once, and the next person sees it', async ({ arrives, bob, carol }) => {
  const alice = await arrives('')
  const ownName = alice.page.getByRole('textbox', { name: 'Your name' })
  await expect(ownName).toHaveCount(0)
  await alice.enterCode(await bob.showCode())
  await alice.isPairedWith('Bob')
  await bob.isPairedWith('Unnamed contact')
  await ownName.fill('Alice')
  await ownName.press('Enter')
  await expect(ownName).toHaveCount(0)
  await expect(bob.page.getByRole('heading', { name: 'Unnamed contact' })).toBeVisible()

  await alice.goesHome()
  await alice.enterCode(await carol.showCode())
  await Promise.all([alice.isPairedWith('Carol'), carol.isPairedWith('Alice')])
  await expect(ownName).toHaveCount(0)
})

test('notifications are offered after the first message that came unseen, and the choice is kept', async ({ alice, bob }) => {
  await alice.page.context().grantPermissions(['notifications'], { origin: alice.url })
  await pair(alice, bob)
  const offer = alice.page.getByRole('button', { name: 'Turn on' })
  await bob.says('while you look')
  await alice.reads('while you look')
  await expect(offer).toHaveCount(0)
  const isSeen = (isVisible: boolean) =>
    alice.page.evaluate((visible) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (visible ? 'visible' : 'hidden') })
      document.dispatchEvent(new Event('visibilitychange'))
    }, isVisible)
  await isSeen(false)
  await bob.says('while you look away')
  await alice.reads('while you look away')
  await isSeen(true)
  await offer.click()
  await expect(offer).toHaveCount(0)
  await alice.goesHome()
  await alice.page.getByRole('link', { name: 'Settings' }).click()
  const choice = alice.page.getByRole('switch', { name: 'Notifications' })
  await expect(choice).toBeChecked()
  await alice.reloads()
  await expect(choice).toBeChecked()
  expect(await alice.page.title()).not.toContain('Bob')
})
