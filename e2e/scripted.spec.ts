// What the screens do where it takes a script to bring them there: a contact whose identity has changed, people who were
// introduced, a person's own devices, hundreds of messages at once. The worker is played by the story; what leaves for
// it is looked at.

import { expect, type Page, test } from '@playwright/test'
import type { Event, OwnDeviceView, Settings } from '../src/messenger/api.ts'
import { asked, type Backstage, contactOf, opens as opensPage, tells } from './support/gallery/backstage.ts'
import { annaId, dora, scenes } from './support/gallery/scenes.ts'
import { type Gallery, serveGallery } from './support/gallery/serve.ts'

let gallery: Gallery
test.beforeAll(async () => {
  gallery = await serveGallery()
})
test.afterAll(() => gallery.close())

test.use({ viewport: { width: 1280, height: 800 } })

const opens = (page: Page, scene: string): Promise<void> => opensPage(page, gallery.at(scene))

const tellsSettings = async (page: Page, changes: Partial<Settings>): Promise<void> => {
  const settings = await page.evaluate(() => {
    const view = (globalThis as unknown as Backstage).parley.view()
    if (view.phase !== 'open') throw new Error('nothing is open')
    return view.settings
  })
  await tells(page, { type: 'settings-changed', settings: { ...settings, ...changes } })
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test.describe('introducing', () => {
  test('two contacts are told of each other, by keyboard alone', async ({ page }) => {
    await opens(page, 'details')
    const opener = button(page, 'Introduce to...')
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Introduce Anna to' })
    await expect(dialog).toContainText('each learn the other’s identity and the name you gave them')
    await expect(dialog.getByRole('radio').first()).toBeFocused()
    await expect(dialog.getByRole('searchbox')).toHaveCount(0)
    // Nobody is chosen yet: nothing happens.
    await dialog.getByRole('button', { name: 'Introduce' }).press('Enter')
    expect(await asked(page, 'introduce-contacts')).toEqual([])
    await dialog.getByRole('radio', { name: 'Mum 🌻' }).press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await expect(dialog.getByRole('button', { name: 'Introduce' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(dialog).toBeHidden()
    await expect(opener).toBeFocused()
    const mumId = 'f6'.repeat(32)
    expect(await asked(page, 'introduce-contacts')).toEqual([{ type: 'introduce-contacts', contactIds: [annaId, mumId] }])
    await expect(page.getByText('are told of each other')).toHaveCount(0)
    await tells(page, { type: 'contacts-introduced', contactIds: [annaId, mumId] })
    await expect(page.getByText('Anna and Mum 🌻 are told of each other.')).toBeVisible()
  })

  test('among many people one searches, and only who is found can be chosen', async ({ page }) => {
    await opens(page, 'details-introduce-many')
    const dialog = page.getByRole('dialog')
    await expect(dialog.getByRole('searchbox', { name: 'Search' })).toBeFocused()
    await dialog.getByRole('radio', { name: 'Ada' }).check()
    await dialog.getByRole('searchbox').fill('chloe')
    await expect(dialog.getByRole('radio')).toHaveCount(1)
    await expect(dialog.getByRole('button', { name: 'Introduce' })).toHaveAttribute('aria-disabled', 'true')
    await dialog.getByRole('searchbox').fill('nobody at all')
    await expect(dialog.getByText('Nobody is called that.')).toBeVisible()
    // Once to search for nothing any more, as in any such field, and once to leave.
    await page.keyboard.press('Escape')
    await expect(dialog.getByRole('radio')).toHaveCount(10)
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
    expect(await asked(page, 'introduce-contacts')).toEqual([])
  })

  test('writing to somebody who was introduced leads to the conversation as soon as there is one', async ({ page }) => {
    await opens(page, 'home-introductions')
    const rows = page.getByRole('list', { name: 'Introductions' }).getByRole('listitem')
    await expect(rows).toHaveCount(3)
    await expect(rows.first()).toContainText('Dora, introduced by Anna')
    await rows.first().getByRole('button', { name: 'Write' }).click()
    expect(await asked(page, 'accept-introduction')).toEqual([{ type: 'accept-introduction', introductionId: dora.introductionId }])
    const anna = await contactOf(page, annaId)
    const newcomer = (contactId: string, byName: string): Event => ({
      type: 'contact-changed',
      contact: { ...anna, contactId, name: 'Dora', newest: undefined, origin: { how: 'introduced', byName } },
    })
    // Another Dora, whom somebody else has introduced.
    await tells(page, newcomer('17'.repeat(32), 'Bert'))
    await expect(page.getByRole('list', { name: 'Conversations' }).getByRole('link', { name: /^Dora/ })).toHaveCount(1)
    await expect(page.getByRole('heading', { name: 'Pick a conversation' })).toBeVisible()
    await tells(page, { type: 'introductions-changed', introductions: [] }, newcomer('18'.repeat(32), 'Anna'), {
      type: 'messages-loaded',
      contactId: '18'.repeat(32),
      before: undefined,
      messages: [],
      reachedStart: true,
    })
    await expect(page.getByRole('heading', { name: 'Dora', exact: true })).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
    await expect(page.getByText('Introduced by Anna', { exact: true })).toBeVisible()
    await button(page, 'Contact details').click()
    await expect(page.getByText('Introduced by Anna', { exact: true })).toBeVisible()
    await expect(page.getByText(/^Paired by code/)).toHaveCount(0)
    await expect(page.getByRole('heading', { name: 'Pair by a code' })).toBeVisible()
  })

  test('refusing asks first, says what it means and keeps the focus on the page', async ({ page }) => {
    await opens(page, 'home-refusing')
    const question = page.getByRole('alertdialog', { name: 'Refuse Dora?' })
    await expect(question).toContainText('Nothing that Dora sends will be shown here')
    await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
    await question.getByRole('button', { name: 'Refuse introduction' }).click()
    expect(await asked(page, 'refuse-introduction')).toEqual([{ type: 'refuse-introduction', introductionId: dora.introductionId }])
    await tells(page, { type: 'introductions-changed', introductions: [] })
    await expect(page.getByRole('list', { name: 'Introductions' })).toHaveCount(0)
    await expect(page.getByRole('heading', { name: 'Parley' })).toBeFocused()
  })
})

test.describe('a changed identity', () => {
  test('stops the conversation until the person decides, and keeps what was written', async ({ page }) => {
    await opens(page, 'conversation-identity-changed')
    await expect(page.getByRole('alert').filter({ hasText: 'Anna’s identity has changed.' })).toBeVisible()
    const field = page.getByRole('textbox', { name: 'Message' })
    await expect(field).toBeDisabled()
    await expect(field).toHaveValue('What I wanted to ask you')
    await expect(field).toHaveAccessibleDescription(/^Nothing can be sent until you have decided/)
    await expect(button(page, 'Send')).toBeDisabled()
    await expect(page.getByRole('link', { name: /Anna.*Identity has changed/ })).toBeVisible()
    await button(page, 'Keep the old one').click()
    await button(page, 'Accept the new identity').click()
    const decided = { type: 'decide-identity', contactId: annaId }
    expect(await asked(page, 'decide-identity')).toEqual([
      { ...decided, accept: false },
      { ...decided, accept: true },
    ])
    await tells(page, { type: 'contact-changed', contact: { ...(await contactOf(page, annaId)), stopped: undefined } })
    await expect(field).toBeFocused()
    await expect(field).toHaveValue('What I wanted to ask you')
    await expect(page.getByRole('alert').filter({ hasText: 'identity has changed' })).toHaveCount(0)
  })

  test('a text that was sent just before comes back into the field, once', async ({ page }) => {
    await opens(page, 'conversation')
    const field = page.getByRole('textbox', { name: 'Message' })
    await field.fill('on its way')
    await field.press('Enter')
    await expect(field).toHaveValue('')
    await tells(page, { type: 'message-refused', contactId: annaId, reason: 'stopped', excessBytes: 0 })
    await expect(field).toHaveValue('on its way')
    await field.fill('another')
    await field.press('Enter')
    await expect(field).toHaveValue('')
  })

  test('who has been replaced cannot be written to, in quiet words', async ({ page }) => {
    await opens(page, 'conversation-replaced')
    await expect(page.getByText('Anna has a new identity now')).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Message' })).toHaveCount(0)
    await expect(button(page, 'Resend')).toHaveCount(0)
    await expect(page.getByRole('alert')).toHaveCount(0)
    await button(page, 'Contact details').click()
    await expect(page.getByRole('heading', { name: 'Contact details' })).toBeVisible()
    await expect(button(page, 'Introduce to...')).toHaveCount(0)
    await expect(page.getByRole('heading', { name: 'Pair again' })).toHaveCount(0)
  })
})

test.describe('pairing again', () => {
  const pane = (page: Page) => page.getByRole('region', { name: 'Pair again' })

  test('shows a code for this contact, and leads back to them even if somebody else answers', async ({ page }) => {
    await opens(page, 'details')
    await pane(page).getByRole('button', { name: 'Show a code' }).click()
    await expect(page.getByText('This code is for Anna. Read it to nobody else.')).toBeVisible()
    expect(await asked(page, 'show-code')).toEqual([{ type: 'show-code', again: annaId }])
    await tells(
      page,
      { type: 'contact-changed', contact: { ...(await contactOf(page, annaId)), stopped: 'identity-changed' } },
      { type: 'pairing-changed', pairing: { side: 'host', phase: 'ready', contactId: '77'.repeat(32), direct: true } },
    )
    await expect(page.getByRole('heading', { name: 'Anna', exact: true })).toBeVisible()
    await expect(page.getByRole('alert').filter({ hasText: 'Anna’s identity has changed.' })).toBeVisible()
  })

  test('takes a code from this contact, by a pasted link too', async ({ page }) => {
    await opens(page, 'details')
    await pane(page).getByRole('button', { name: 'Enter a code' }).click()
    const field = page.getByRole('textbox', { name: 'Code' })
    await expect(page.getByText('Type the code that Anna reads to you.')).toBeVisible()
    await field.fill(`${new URL(gallery.at('')).origin}/#/enter/${'ab'.repeat(16)}`)
    await expect(page.getByRole('heading', { name: 'Now type the six digits' })).toBeVisible()
    await field.fill('482913')
    await field.press('Enter')
    const [command] = await asked(page, 'enter-code')
    expect(command).toMatchObject({ code: '482913', again: annaId, room: { type: 'id' } })
    await page.getByRole('link', { name: 'Back' }).click()
    await expect(page.getByRole('heading', { name: 'Contact details' })).toBeVisible()
  })

  test('a link from outside never says whom it is from', async ({ page }) => {
    await page.goto(`${gallery.at('home')}`)
    await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
    await page.evaluate(([room, contact]) => void (location.hash = `/enter/${room}/${contact}`), ['ab'.repeat(16), annaId])
    await expect(page.getByRole('heading', { name: 'Pick a conversation' })).toBeVisible()
  })
})

test('what the relay did wrong is told in words, and cleared without losing one’s place', async ({ page }) => {
  await opens(page, 'settings-misbehaviour')
  const part = page.getByRole('region', { name: 'What the relay did wrong' })
  await expect(part.getByRole('listitem')).toHaveCount(8)
  await expect(part.getByRole('listitem').first()).toContainText('It handed out keys as a contact’s that are not theirs.')
  await expect(part.getByRole('listitem').first()).toContainText('3 times')
  await expect(part.getByRole('listitem').first()).toContainText('About Anna')
  await expect(page.getByRole('textbox', { name: 'Connection report' })).toHaveValue(/misbehaviour wrong-keys: 3/)
  await part.getByRole('button', { name: 'Clear' }).click()
  expect(await asked(page, 'clear-misbehaviour')).toHaveLength(1)
  await tells(page, { type: 'misbehaviour-changed', misbehaviour: [] })
  await expect(part.getByText('Nothing wrong has been seen.')).toBeFocused()
  await expect(part.getByRole('button')).toHaveCount(0)
})

test('a long list of wrongs is short until it is asked for', async ({ page }) => {
  await opens(page, 'settings')
  const many = Array.from(
    { length: 25 },
    (_, index) => ({ id: `${index}`, atMs: index, what: 'key-changed', contactId: undefined, count: 1 }) as const,
  )
  await tells(page, { type: 'misbehaviour-changed', misbehaviour: many })
  const part = page.getByRole('region', { name: 'What the relay did wrong' })
  await expect(part.getByRole('listitem')).toHaveCount(10)
  await part.getByRole('button', { name: 'Show all 25 entries' }).click()
  await expect(part.getByRole('listitem')).toHaveCount(25)
})

test('that the browser does not agree to keep the data is said where it does not, and never meanwhile', async ({ page }) => {
  await opens(page, 'settings')
  const declined = page.getByText('Your browser has not agreed yet.')
  for (const answer of [true, false]) {
    await page.evaluate((persists) => {
      const persist = async () => {
        Object.assign(globalThis, { isAnswered: true })
        return persists
      }
      Object.assign(globalThis, { isAnswered: false })
      Object.defineProperty(navigator.storage, 'persist', { value: persist, configurable: true })
    }, answer)
    await button(page, 'Ask to keep it').click()
    await page.waitForFunction(() => (globalThis as unknown as { isAnswered: boolean }).isAnswered)
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
    // What is measured then comes by the worker, which says nothing here.
    await expect(declined).toHaveCount(answer ? 0 : 1)
  }
})

test('each thing that is wanted of the lock has its own answer, also where another tab goes on', async ({ page }) => {
  await opens(page, 'settings-change-passphrase')
  const field = page.getByLabel('Present passphrase', { exact: true })
  const saved = page.getByText('Saved', { exact: true })
  const passphrase = 'otters paddle at noon'
  await field.fill('otters paddle at nine')
  await page.getByLabel('New passphrase', { exact: true }).fill(passphrase)
  await page.getByLabel('New passphrase again', { exact: true }).fill(passphrase)
  const submit = page.locator('form').filter({ has: field }).locator('[type=submit]')
  await submit.click()
  await expect(submit).toHaveText('Checking')
  // It takes a second or a few: something else may be answered before.
  await tells(page, { type: 'lock-changed', lock: { isSet: true, hasPasskey: false, autoLockMinutes: 60 } })
  await tells(page, { type: 'lock-answered', command: 'set-auto-lock', refusal: undefined })
  await expect(page.getByRole('combobox', { name: 'Lock without activity' })).toHaveValue('60')
  await expect(submit).toHaveText('Checking')
  await expect(saved).toHaveCount(0)
  await tells(page, { type: 'lock-answered', command: 'change-passphrase', refusal: 'wrong' })
  await expect(submit).toBeEnabled()
  await submit.click()
  await expect(submit).toHaveText('Checking')
  await tells(page, ...(scenes['settings-locked']?.events.slice(0, 1) ?? []), {
    type: 'lock-changed',
    lock: { isSet: true, hasPasskey: false, autoLockMinutes: 5 },
  })
  await expect(page.getByRole('combobox', { name: 'Lock without activity' })).toHaveValue('5')
  await expect(submit).toHaveText('Checking')
  await expect(saved).toHaveCount(0)
  await tells(page, { type: 'lock-answered', command: 'change-passphrase', refusal: undefined })
  await expect(saved).toBeVisible()
  await expect(field).toHaveCount(0)
})

test('after a wipe nobody is told that the page may be closed before the files of the browser are gone', async ({ page }) => {
  let answers = (): void => undefined
  const answered = new Promise<void>((done) => {
    answers = done
  })
  await page.route('**/clear-site-data', async (route) => {
    await answered
    await route.fulfill({ status: 503 })
  })
  await opens(page, 'home')
  await page.evaluate(() => (globalThis as unknown as Backstage).parley.send({ type: 'wipe-device' }))
  await tells(page, { type: 'wiped' })
  await expect(page.getByRole('heading', { name: 'Everything is gone from this device' })).toBeVisible()
  await expect(button(page, 'Begin afresh')).toBeDisabled()
  await expect(page.getByText('You can close this page')).toHaveCount(0)
  answers()
  await expect(page.getByText('You can close this page')).toBeVisible()
  await expect(page.getByText('traces may stay')).toBeVisible()
  await expect(button(page, 'Begin afresh')).toBeEnabled()
})

test('fetching is shown without moving anything', async ({ page }) => {
  await opens(page, 'home')
  const places = () =>
    page.evaluate(() => [...document.querySelectorAll('main button, main a')].map((element) => element.getBoundingClientRect().toJSON()))
  const before = await places()
  await tells(page, { type: 'catching-up-changed', progress: { done: 1_280, total: 5_000 } })
  const bar = page.getByRole('progressbar', { name: 'Fetching messages' })
  await expect(bar).toBeVisible()
  await expect(bar).toHaveAttribute('aria-valuetext', '1,280 of 5,000')
  await expect(page.getByText('1,280 of 5,000')).toBeVisible()
  expect(await places()).toEqual(before)
  await tells(page, { type: 'catching-up-changed', progress: undefined })
  await expect(bar).toHaveCount(0)
  expect(await places()).toEqual(before)
})

test.describe('one’s own name', () => {
  test('is asked for once after a pairing, honestly, and goes to the settings', async ({ page }) => {
    await opens(page, 'conversation-own-name')
    const field = page.getByRole('textbox', { name: 'Your name' })
    await expect(field).toHaveAccessibleDescription(/Anna is not told: this pairing is done\./)
    await expect(page.getByRole('textbox', { name: 'Message' })).toBeFocused()
    await field.fill('Alice')
    await field.press('Enter')
    expect(await asked(page, 'change-settings')).toEqual([{ type: 'change-settings', settings: { displayName: 'Alice' } }])
    // Until it is kept it may still be lost: then it is asked for again.
    await expect(field).toHaveValue('Alice')
    await opens(page, 'conversation-own-name')
    await expect(field).toHaveValue('')
    await field.fill('Alice')
    await field.press('Enter')
    await tellsSettings(page, { displayName: 'Alice' })
    await expect(field).toHaveCount(0)
    await opens(page, 'conversation-own-name')
    await expect(field).toHaveCount(0)
  })

  test('and a name for the other person: the field for it goes once the name is kept', async ({ page }) => {
    await opens(page, 'conversation-own-name')
    const field = page.getByRole('textbox', { name: 'What do you call them?' })
    await field.fill('Ann')
    await field.press('Enter')
    expect(await asked(page, 'rename-contact')).toEqual([{ type: 'rename-contact', contactId: annaId, name: 'Ann' }])
    await expect(field).toHaveValue('Ann')
    await tells(page, { type: 'contact-changed', contact: { ...(await contactOf(page, annaId)), name: 'Ann' } })
    await expect(page.getByRole('heading', { name: 'Ann', exact: true })).toBeVisible()
    await expect(field).toHaveCount(0)
  })

  test('in the settings is the one that is kept, also where it comes from elsewhere, until something is typed', async ({ page }) => {
    await opens(page, 'settings')
    const field = page.getByRole('textbox', { name: 'Your name' })
    await tellsSettings(page, { displayName: 'Alice at work' })
    await expect(field).toHaveValue('Alice at work')
    await field.fill('Alice at home')
    await tellsSettings(page, { displayName: 'Alice abroad', theme: 'dark' })
    await expect(page.getByRole('combobox', { name: 'Theme' })).toHaveValue('dark')
    await expect(field).toHaveValue('Alice at home')
  })

  test('is not asked for again by who does not want to give it', async ({ page }) => {
    await opens(page, 'conversation-own-name')
    await page
      .locator('form')
      .filter({ has: page.getByRole('textbox', { name: 'Your name' }) })
      .getByRole('button', { name: 'Not now' })
      .click()
    await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveCount(0)
    expect(await asked(page, 'change-settings')).toEqual([])
    await opens(page, 'conversation-own-name')
    await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveCount(0)
  })
})

test('the button to the newest messages is not there at the newest message, whatever size the window takes', async ({ page }) => {
  await opens(page, 'conversation')
  const jump = button(page, 'Newest messages')
  const list = page.getByRole('list', { name: 'Messages' })
  const isAtEnd = () => list.evaluate(({ clientHeight, scrollHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop < 2)
  for (const [width, height] of [
    [768, 800],
    [320, 640],
    [768, 500],
    [768, 1_000],
    [1_280, 800],
    [768, 800],
  ] as const) {
    await page.setViewportSize({ width, height })
    await expect.poll(isAtEnd, `${width} x ${height}`).toBe(true)
    await expect(jump, `${width} x ${height}`).toHaveCount(0)
  }
  await list.hover()
  await page.mouse.wheel(0, -600)
  await expect(jump).toBeVisible()
})

test.describe('own devices', () => {
  const removals = (page: Page) => page.getByRole('button', { name: /^Remove / })
  const changes = async (page: Page, change: (devices: readonly OwnDeviceView[]) => readonly OwnDeviceView[]): Promise<void> => {
    const ownDevices = await page.evaluate(() => {
      const view = (globalThis as unknown as Backstage).parley.view()
      return view.phase === 'open' ? view.ownDevices : []
    })
    await tells(page, { type: 'own-devices-changed', ownDevices: change(ownDevices) })
  }

  test('one is removed after a question, and another becomes the main one where that is granted', async ({ page }) => {
    await opens(page, 'devices')
    await expect(removals(page)).toHaveCount(3)
    await removals(page).last().click()
    const question = page.getByRole('alertdialog', { name: 'Remove Work?' })
    await expect(question).toContainText('What it has already it keeps')
    await question.getByRole('button', { name: 'Cancel' }).click()
    expect(await asked(page, 'remove-own-device')).toEqual([])
    await removals(page).last().click()
    await question.getByRole('button', { name: 'Remove' }).click()
    await expect(question).toBeHidden()
    expect(await asked(page, 'remove-own-device')).toEqual([{ type: 'remove-own-device', tag: 4 }])
    await changes(page, (devices) => devices.filter(({ tag }) => tag !== 4))
    await expect(removals(page)).toHaveCount(2)
    await expect(page.getByRole('list', { name: 'Your devices' })).toBeFocused()
    await button(page, 'Agree').click()
    expect(await asked(page, 'give-main')).toEqual([{ type: 'give-main', tag: 2 }])
  })

  test('a question about one asks what is true of it now, and goes with it', async ({ page }) => {
    await opens(page, 'devices-offered')
    await removals(page).first().click()
    const question = page.getByRole('alertdialog', { name: 'Remove Telefon?' })
    await expect(question).toContainText('What it has already it keeps')
    await changes(page, (devices) => devices.map((each) => (each.tag === 2 ? { ...each, becomesMain: 'given' } : each)))
    await expect(question).toContainText('It may be the main device already:')
    await changes(page, (devices) => devices.map((each) => ({ ...each, isMain: each.tag === 2, becomesMain: undefined })))
    await expect(question).toBeHidden()
    await expect(page.getByRole('list', { name: 'Your devices' })).toBeFocused()
  })

  test('while one becomes the main device that one alone can be removed, and none is linked', async ({ page }) => {
    await opens(page, 'devices-giving')
    await expect(page.getByRole('alertdialog')).toContainText('It may be the main device already:')
    await page.keyboard.press('Escape')
    await expect(removals(page)).toHaveCount(1)
    await expect(page.getByText(/^It is becoming the main device\./)).toBeVisible()
    await expect(page.getByRole('link', { name: 'Link a device' })).toHaveCount(0)
  })

  test('another than the main one asks once, and neither links, removes nor backs up', async ({ page }) => {
    await opens(page, 'devices-linked')
    const makeMain = button(page, 'Make this the main device')
    const isAsked = page.getByText('Asked. Open Settings, Your devices on the main device and agree there.')
    await expect(isAsked).toBeVisible()
    await makeMain.press('Enter')
    expect(await asked(page, 'ask-to-be-main')).toHaveLength(0)
    // Only what is kept is said.
    await changes(page, (devices) => devices.map((each) => ({ ...each, wantsToBeMain: false })))
    await expect(isAsked).toBeHidden()
    await makeMain.press('Enter')
    expect(await asked(page, 'ask-to-be-main')).toHaveLength(1)
    await expect(isAsked).toBeHidden()
    await changes(page, (devices) => devices.map((each) => ({ ...each, wantsToBeMain: each.isThis })))
    await expect(isAsked).toBeVisible()
    await expect(removals(page)).toHaveCount(0)
    await expect(page.getByRole('link', { name: 'Link a device' })).toHaveCount(0)
    await changes(page, (devices) => devices.map((each) => ({ ...each, isMain: each.isThis })))
    await expect(page.getByRole('list', { name: 'Your devices' })).toBeFocused()
    await opens(page, 'settings-linked')
    await expect(page.getByText('Backups are made on your main device')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Back up' })).toHaveCount(0)
  })

  test('ten are as many as there can be, and who cannot link is told before there is a code', async ({ page }) => {
    await opens(page, 'devices-full')
    await expect(page.getByText('These are as many devices as there can be.')).toBeVisible()
    await expect(page.getByRole('link', { name: 'Link a device' })).toHaveCount(0)
    for (const [scene, sentence] of [
      ['link-cannot-list', 'This device cannot link another one'],
      ['link-somebody-here', 'Somebody uses Parley in this browser already'],
    ] as const) {
      await opens(page, scene)
      await expect(page.getByText(sentence)).toBeVisible()
      await expect(button(page, 'Show the code here')).toHaveCount(0)
    }
  })

  test('where no other code would help, none is offered, on either side', async ({ page }) => {
    for (const [scene, title] of [
      ['link-show-refused', 'I use Parley already'],
      ['link-type-refused', 'Link a device'],
    ] as const) {
      await opens(page, scene)
      await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible()
      await expect(button(page, 'Get a new code')).toHaveCount(0)
      await expect(button(page, 'Enter another code')).toHaveCount(0)
      await button(page, 'Back').click()
      await expect(page.getByRole('heading', { name: title, level: 1 })).toHaveCount(0)
    }
  })

  test('why the next code is not shown either is spoken as the failure before it was', async ({ page }) => {
    await opens(page, 'link-show-failed')
    await expect(page.getByRole('alert')).toContainText('The codes did not match.')
    const tries = { side: 'host', phase: 'failed', reason: 'too-many-failures', retryAtMs: undefined, link: 'main' } as const
    await tells(page, { type: 'pairing-changed', pairing: tries })
    await expect(page.getByRole('alert')).toHaveText(/^Ten tries have failed\./)
    await expect(button(page, 'I understand, get a new code')).toBeFocused()
  })

  test('that it is linked has the place of what was there, wherever the focus was', async ({ page }) => {
    for (const [scene, side] of [
      ['link-show-new', 'host'],
      ['link-type-checking', 'guest'],
    ] as const) {
      await opens(page, scene)
      await button(page, 'Cancel').focus()
      await tells(page, { type: 'pairing-changed', pairing: { side, phase: 'linked', link: 'new' } })
      await expect(page.getByText('Linked. Your people and their names arrive in a moment.')).toBeVisible()
      await expect(page.getByRole('heading', { name: 'I use Parley already', level: 1 }), scene).toBeFocused()
    }
  })

  test('who is linked already is told so, and a device that was removed is led to where it can be wiped', async ({ page }) => {
    await opens(page, 'link-cannot-list')
    await page.evaluate(() => location.assign('#/link/new'))
    await expect(page.getByText('This browser is one of your devices.')).toBeVisible()
    await opens(page, 'conversation-removed')
    await expect(button(page, 'Show a code')).toHaveCount(0)
    await page.evaluate(() => location.assign('#/'))
    await expect(page.getByText('Pick a conversation')).toBeVisible()
    await expect(page.getByText('Or pair with somebody new')).toHaveCount(0)
    for (const path of ['#/show', '#/enter', '#/devices', '#/link/main']) {
      await page.evaluate((hash) => location.assign(hash), path)
      await expect(page.getByRole('heading', { name: 'Settings', level: 1 }), path).toBeVisible()
      expect([...(await asked(page, 'show-code')), ...(await asked(page, 'enter-code'))]).toEqual([])
      await page.evaluate(() => location.assign('#/'))
      await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toHaveCount(0)
    }
  })

  test('who wipes a device is told what that means for the others, by what it is among them', async ({ page }) => {
    for (const [scene, sentence] of [
      ['devices-alone', 'you have to pair again with everybody'],
      ['devices', 'Make another one the main device first.'],
      ['devices-giving', 'Another one is becoming the main device: wait'],
      ['settings-linked', 'Remove this one on your main device as well.'],
      ['conversation-removed', 'Your other devices keep theirs.'],
    ] as const) {
      await opens(page, scene)
      await page.evaluate(() => location.assign('#/settings'))
      await button(page, 'Wipe this device').click()
      await expect(page.getByRole('alertdialog'), scene).toContainText(sentence)
    }
  })

  test('a code is asked for with the history that was chosen, or with the name of the new device', async ({ page }) => {
    const elsewhere = page.getByText('If you talk to them in another one, do this there.')
    await opens(page, 'link-new')
    await page.evaluate(() => location.assign('#/link/main'))
    await expect(elsewhere).toBeVisible()
    await opens(page, 'link-main')
    await expect(elsewhere).toHaveCount(0)
    await page.getByLabel('Earlier messages that it gets').selectOption('month')
    await button(page, 'Show the code here').click()
    expect((await asked(page, 'show-code')).map(({ link }) => link)).toEqual([{ role: 'main', history: 'month' }])
    await opens(page, 'link-by-link')
    await page.getByRole('textbox', { name: 'Code' }).fill('482913')
    await button(page, 'Connect').click()
    expect((await asked(page, 'enter-code')).map(({ code, link }) => [code, link])).toEqual([
      ['482913', { role: 'new', deviceName: 'Computer' }],
    ])
  })

  test('that the main device is away for long is said everywhere until it is read, and on its own screens always', async ({ page }) => {
    await opens(page, 'home-list-ends')
    const warning = page.getByRole('alert').filter({ hasText: 'Your main device has not been in touch for a long time.' })
    await expect(warning).toHaveCount(1)
    await warning.getByRole('button').click()
    await expect(warning).toHaveCount(0)
    await page.getByRole('link', { name: 'Settings' }).click()
    await expect(warning).toHaveCount(1)
    await page.evaluate(() => location.assign('#/'))
    await expect(warning).toHaveCount(0)
    await changes(page, (devices) => devices.map((each) => ({ ...each, ...(each.isThis && { listEndsAtMs: 1 }) })))
    const over = page.getByRole('alert').filter({ hasText: 'Your main device has not been in touch for too long.' })
    await over.getByRole('button').click()
    await expect(over).toHaveCount(0)
  })
})

test.describe('very much at once', () => {
  test('hundreds of messages are shown in their order, each once, and are told aloud once', async ({ page }) => {
    await opens(page, 'conversation')
    await page.evaluate((contactId) => {
      const { bursts: all, parley, tell } = globalThis as unknown as Backstage
      const view = parley.view()
      const region = document.querySelector('[aria-live=polite][dir=auto]')
      if (view.phase !== 'open' || !region) throw new Error('nothing is told aloud here')
      Object.assign(globalThis, { timesSpoken: 0 })
      new MutationObserver(() => {
        const counted = globalThis as unknown as { timesSpoken: number }
        counted.timesSpoken += 1
      }).observe(region, { childList: true, characterData: true, subtree: true })
      const anna = view.contacts.filter((contact) => contact.contactId === contactId)
      for (const event of all.fetched(anna, 300)) tell(event)
      tell({ type: 'catching-up-changed', progress: undefined })
    }, annaId)
    await expect(page.getByRole('list', { name: 'Messages' }).getByText(/^Fetched 300\./)).toBeVisible()
    const places = await page.evaluate((contactId) => {
      const view = (globalThis as unknown as Backstage).parley.view()
      return view.phase === 'open' ? (view.conversations.get(contactId)?.messages.map(({ place }) => place) ?? []) : []
    }, annaId)
    expect(places).toHaveLength(13 + 300)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    await expect(page.getByRole('progressbar')).toHaveCount(0)
    const timesSpoken = await page.evaluate(() => (globalThis as unknown as { timesSpoken: number }).timesSpoken)
    expect(timesSpoken).toBe(1)
  })

  test('a page that has no frames, being out of sight, follows all the same', async ({ page }) => {
    await page.addInitScript(() => Object.assign(globalThis, { requestAnimationFrame: () => 0 }))
    await page.goto(gallery.at('home'))
    await expect(page.getByRole('link', { name: /^Anna/ })).toBeVisible()
  })
})
