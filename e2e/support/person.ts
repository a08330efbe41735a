// A person in a browser: does what people do with Parley and says what they see, in the words of the screen.

import { type BrowserContext, expect, type Locator, type Page } from '@playwright/test'

/** Long enough for a pairing on a busy machine of two cores. */
const PAIRING_MS = 40_000
const DELIVERY_MS = 30_000
/** The relay is given eight seconds, and the browser five. */
const WIPE_MS = 20_000
/** A derivation, and everything encrypted anew, on a busy machine. */
const LOCK_MS = 20_000

export type MessageState = 'Waiting' | 'On relay' | 'Delivered' | 'Failed'

export interface Read {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly text: string
  /** A `MessageState`; empty with what came in. */
  readonly state: string
}

/** In the page: who looks from outside may come when all is over. Notes how much was shown as fetched, and leaves beyond so many envelopes. */
const watchFetching = (beyond?: number): void => {
  const shown = new Set<number>()
  Object.assign(globalThis, { shownAsFetched: shown })
  const look = (): void => {
    const bar = document.querySelector<HTMLProgressElement>('progress[aria-label="Fetching messages"]')
    if (bar === null) return
    shown.add(bar.value)
    if (beyond !== undefined && bar.value > beyond) location.replace('about:blank')
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
}

export class Person {
  readonly name: string
  readonly page: Page
  readonly url: string

  private constructor(name: string, page: Page, url: string) {
    this.name = name
    this.page = page
    this.url = url
  }

  /** Opens Parley in a new tab of `context`, at `path` (`/#/...`). */
  static async opens(context: BrowserContext, name: string, url: string, path = ''): Promise<Person> {
    const person = new Person(name, await context.newPage(), url)
    await person.page.goto(url + path)
    return person
  }

  /** The same person in another tab or browser. */
  in(context: BrowserContext, path = ''): Promise<Person> {
    return Person.opens(context, this.name, this.url, path)
  }

  opensAnotherTab(path = ''): Promise<Person> {
    return this.in(this.page.context(), path)
  }

  /** Opens Parley again, after `leaves`. */
  async returns(): Promise<Person> {
    return this.opensAnotherTab()
  }

  /** Someone who is already there, in a page that a story has opened. */
  static in(page: Page, name: string, url: string): Person {
    return new Person(name, page, url)
  }

  // ---- what stands on the screen (design: names that tests and screen readers rely on)

  get home(): Locator {
    return this.page.getByRole('heading', { name: 'Parley', exact: true })
  }

  get conversations(): Locator {
    return this.page.getByRole('list', { name: 'Conversations' })
  }

  /** Its row in the list, which begins with the name. */
  conversationWith(name: string): Locator {
    return this.conversations.getByRole('link', { name: new RegExp(`^${name} ?,`) })
  }

  get yourCode(): Locator {
    return this.page.getByLabel('Your code')
  }

  /** After too many tries: the code without a number. */
  get yourSixDigits(): Locator {
    return this.page.getByLabel('Your six digits')
  }

  get codeField(): Locator {
    return this.page.getByRole('textbox', { name: 'Code' })
  }

  get messages(): Locator {
    return this.page.getByRole('list', { name: 'Messages' })
  }

  get messageField(): Locator {
    return this.page.getByRole('textbox', { name: 'Message' })
  }

  get connection(): Locator {
    return this.page.getByRole('status', { name: 'Connection' })
  }

  /** People whom contacts have introduced, about whom nothing was decided. */
  get introductions(): Locator {
    return this.page.getByRole('list', { name: 'Introductions' })
  }

  /** How much of what the relay kept has been fetched. */
  get fetching(): Locator {
    return this.page.getByRole('progressbar', { name: 'Fetching messages' })
  }

  /** Opens Parley again, and closes it half-way: once it shows that more than so many envelopes have been fetched. */
  async fetchesSome(count: number): Promise<void> {
    const { page } = await this.returnsWatchingFetching(count)
    await page.waitForURL('about:blank', { timeout: 30_000 })
    await page.close()
  }

  /** Opens Parley again and waits until everything was fetched; how far it is was drawn again and again meanwhile. */
  async fetchesTheRest(): Promise<Person> {
    const person = await this.returnsWatchingFetching()
    const { page } = person
    const timesDrawn = () => page.evaluate(() => (globalThis as unknown as { shownAsFetched: Set<number> }).shownAsFetched.size)
    await expect.poll(timesDrawn, { timeout: 30_000 }).toBeGreaterThan(3)
    await expect(person.fetching).toBeHidden({ timeout: 60_000 })
    return person
  }

  private async returnsWatchingFetching(leavesBeyond?: number): Promise<Person> {
    const page = await this.page.context().newPage()
    await page.addInitScript(watchFetching, leavesBeyond)
    await page.goto(this.url, { waitUntil: 'commit' })
    return Person.in(page, this.name, this.url)
  }

  /** `name` has not fetched for so long that the relay keeps no more for them. */
  mailboxFull(name: string): Locator {
    return this.page.getByText(`${name}’s mailbox is full. Your messages wait here until they have been fetched.`)
  }

  get alert(): Locator {
    return this.page.getByRole('alert').filter({ hasText: /\S/ })
  }

  /** The message with exactly this text, if it is on the screen. */
  message(text: string): Locator {
    return this.messages.getByRole('listitem').filter({ has: this.page.getByText(text, { exact: true }) })
  }

  private button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  // ---- pairing

  async goesHome(): Promise<void> {
    await this.page.goto(`${this.url}/#/`)
    // Where the window is wide, home stands beside every screen.
    await expect(this.page.locator('[data-screen=home]')).toBeVisible()
    await expect(this.home).toBeVisible()
  }

  /** Suggests this name to people from now on. */
  async isCalled(name: string): Promise<void> {
    await this.page.goto(`${this.url}/#/settings`)
    const field = this.page.getByRole('textbox', { name: 'Your name' })
    await field.fill(name)
    await field.press('Enter')
    await expect(this.page.getByText('Saved')).toBeVisible()
    await this.goesHome()
  }

  /** Never shows their network address to anybody from now on, or does again. */
  async choosesRelayOnly(on: boolean): Promise<void> {
    await this.page.getByRole('link', { name: 'Settings' }).click()
    const choice = this.page.getByRole('switch', { name: 'Relay only' })
    if ((await choice.isChecked()) !== on) await choice.press('Space')
    await expect(choice).toBeChecked({ checked: on })
  }

  /** @returns the digits of the shown code as they are read aloud: `27 482 913` */
  async showCode(): Promise<string> {
    await this.button('Show a code').click()
    // While somebody is still at the code before, that one is shown.
    await expect(this.page.getByRole('status').filter({ hasText: 'Waiting for the other person' })).toBeVisible()
    return this.readsOwnCode()
  }

  async readsOwnCode(): Promise<string> {
    await expect(this.yourCode).toHaveText(/^\s*\d{2,4} \d{3} \d{3}\s*$/)
    return ((await this.yourCode.textContent()) ?? '').trim()
  }

  /** The link that stands behind `Copy link` and the QR code. */
  async copiesLink(): Promise<string> {
    await this.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: this.url })
    await this.button('Copy link').click()
    await expect(this.page.getByText(/^Link copied/)).toBeVisible()
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** Types a whole code and connects; does not wait for what comes of it. */
  async types(code: string): Promise<void> {
    await this.codeField.fill(code)
    await this.button('Connect').click()
  }

  async choosesToEnterACode(): Promise<void> {
    await this.button('Enter a code').click()
    await expect(this.codeField).toBeVisible()
  }

  async enterCode(code: string): Promise<void> {
    await this.choosesToEnterACode()
    await this.types(code)
  }

  /** From the open conversation: shows a code to be surer of who this is, or because they have begun afresh. */
  async showsCodeAgain(): Promise<string> {
    await this.opensContactDetails()
    await this.pairingAgain.getByRole('button', { name: 'Show a code' }).click()
    return this.readsOwnCode()
  }

  /** The same from the other side. */
  async entersCodeAgain(code: string): Promise<void> {
    await this.opensContactDetails()
    await this.pairingAgain.getByRole('button', { name: 'Enter a code' }).click()
    await this.types(code)
  }

  /** In contact details. */
  private get pairingAgain(): Locator {
    return this.page.locator('section').filter({ has: this.page.getByRole('heading', { name: /^Pair (again|by a code)$/ }) })
  }

  /** Opens an invitation and types the last six digits of the spoken code. */
  async followsLink(link: string, code: string): Promise<void> {
    await this.page.goto(link)
    await expect(this.page.getByRole('heading', { name: 'Now type the six digits' })).toBeVisible()
    await this.types(code.replace(/\D/g, '').slice(-6))
  }

  /** The pairing is over and the conversation with `name` is open, with the cursor in the message field. */
  async isPairedWith(name: string): Promise<void> {
    await expect(this.page.getByRole('heading', { name, exact: true })).toBeVisible({ timeout: PAIRING_MS })
    await expect(this.messageField).toBeFocused()
  }

  /** The contact is there: as the open conversation or in the list. */
  async sees(name: string, withinMs = PAIRING_MS): Promise<void> {
    const heading = this.page.getByRole('heading', { name, exact: true })
    const link = this.conversationWith(name)
    await expect(heading.or(link).filter({ visible: true }).first()).toBeVisible({ timeout: withinMs })
  }

  /** `sentence` is said aloud at once. */
  async isTold(sentence: string | RegExp): Promise<void> {
    await expect(this.alert.filter({ hasText: sentence }).first()).toBeVisible({ timeout: PAIRING_MS })
  }

  async getsNewCode(): Promise<string> {
    await this.button('Get a new code').click()
    return this.readsOwnCode()
  }

  /** After too many tries: the digits that go with the link. */
  async getsSixDigits(): Promise<string> {
    await this.button('Get a new code').click()
    await expect(this.yourSixDigits).toHaveText(/^\s*\d{3} \d{3}\s*$/)
    return ((await this.yourSixDigits.textContent()) ?? '').trim()
  }

  /** After a code that led nowhere. */
  async triesAnotherCode(code: string): Promise<void> {
    await this.button('Enter another code').click()
    await this.types(code)
  }

  /**
   * Types the code into the open form until it has led to `name`, and anew whenever it led to nobody: who shows it may not be
   * back at the relay.
   */
  async typesUntilPairedWith(name: string, code: () => Promise<string>): Promise<void> {
    const heading = this.page.getByRole('heading', { name, exact: true })
    const another = this.button('Enter another code')
    await this.types(await code())
    await expect(async () => {
      await expect(heading.or(another).first()).toBeVisible({ timeout: PAIRING_MS })
      if (await heading.isVisible()) return
      await this.triesAnotherCode(await code())
      await expect(heading).toBeVisible({ timeout: 5_000 })
    }).toPass({ timeout: 2 * PAIRING_MS })
  }

  // ---- talking

  async opensConversation(name: string): Promise<void> {
    const heading = this.page.getByRole('heading', { name, exact: true })
    if (await heading.isVisible()) return
    const link = this.conversationWith(name)
    if (!(await link.isVisible())) await this.goesHome()
    await link.click()
    await expect(heading).toBeVisible()
    await expect(this.messageField).toBeVisible()
  }

  async says(text: string): Promise<void> {
    await this.messageField.fill(text)
    await this.messageField.press('Enter')
    await expect(this.messageField).toHaveValue('')
    await this.hasWhatWasSent()
  }

  /** What was sent here is on disk: nobody leaves before, or the browser asks. */
  private async hasWhatWasSent(): Promise<void> {
    await expect(this.page.locator('form[data-sending]')).toHaveCount(0, { timeout: DELIVERY_MS })
  }

  /** Nobody is a contact; what is kept has been read, so that nobody is still to come. */
  async knowsNobody(): Promise<void> {
    await this.page.goto(`${this.url}/#/settings`)
    await expect(this.page.getByRole('textbox', { name: 'Your name' })).toHaveValue(this.name)
    await this.goesHome()
    await expect(this.conversations).toHaveCount(0)
  }

  /** Types and sends one after another, as fast as the page takes it. */
  async saysAll(texts: readonly string[]): Promise<void> {
    await this.messageField.evaluate(async (field, all) => {
      if (!(field instanceof HTMLTextAreaElement)) throw new Error('not a field')
      // React hears of a value only through the setter that all fields share.
      const shared = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')
      const drawn = () => new Promise((done) => requestAnimationFrame(done))
      for (const text of all) {
        shared?.set?.call(field, text)
        field.dispatchEvent(new Event('input', { bubbles: true }))
        await drawn()
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))
        await drawn()
        if (field.value !== '') throw new Error(`not sent: ${text}`)
      }
    }, texts)
  }

  /** The message has arrived, or stands among one's own. */
  async reads(text: string, withinMs = DELIVERY_MS): Promise<void> {
    await expect(this.message(text)).toBeVisible({ timeout: withinMs })
  }

  /** The open conversation consists of these, in this order, wherever they stand on the screen. */
  async readsInAll(texts: readonly string[], withinMs = DELIVERY_MS): Promise<void> {
    await expect.poll(async () => (await this.readsEverything()).map(({ text }) => text), { timeout: withinMs }).toEqual(texts)
  }

  /** A line between the messages that nobody wrote: once. */
  async readsLine(text: string, times = 1): Promise<void> {
    await expect(this.messages.getByText(text, { exact: true })).toHaveCount(times, { timeout: DELIVERY_MS })
  }

  async doesNotRead(text: string): Promise<void> {
    await expect(this.message(text)).toHaveCount(0)
  }

  async seesState(text: string, state: MessageState): Promise<void> {
    await expect(this.message(text)).toContainText(state, { timeout: DELIVERY_MS })
  }

  async isConnected(how: 'Direct' | 'Through relay' | 'Offline'): Promise<void> {
    await expect(this.connection).toHaveText(how, { timeout: PAIRING_MS })
  }

  /** Every message of the open conversation, oldest first: only a part of them is ever drawn, so this one scrolls. */
  async readsEverything(): Promise<readonly Read[]> {
    await expect(this.messages).toBeVisible()
    return this.messages.evaluate(async (list) => {
      const readById = new Map<string, Read>()
      const where = () => `${list.scrollTop} of ${list.scrollHeight} px, ${readById.size} read, ${document.visibilityState}`
      const drawn = () =>
        new Promise<void>((done, fail) => {
          const late = setTimeout(() => fail(new Error(`nothing is drawn any more at ${where()}`)), 15_000)
          const then = (frames: number): unknown =>
            frames === 0 ? done(clearTimeout(late)) : requestAnimationFrame(() => then(frames - 1))
          then(3)
        })
      let [seen, since] = ['', 0]
      // With a wheel, as somebody does: a list that moves by itself would stay at its end.
      const scrollTo = async (top: number) => {
        const now = `${list.scrollHeight} ${readById.size}`
        since = now === seen ? since + 1 : 0
        seen = now
        if (since > 100) throw new Error(`scrolling leads nowhere at ${where()}`)
        list.dispatchEvent(new WheelEvent('wheel'))
        list.scrollTop = top
        await drawn()
      }
      const collect = () => {
        for (const item of list.querySelectorAll<HTMLElement>('[role=listitem]')) {
          const said = item.querySelector('[data-text]')
          readById.set(item.id, {
            id: item.id,
            direction: item.dataset['direction'] === 'out' ? 'out' : 'in',
            text: said?.textContent ?? '',
            state: /Waiting|On relay|Delivered|Failed/.exec(said?.nextElementSibling?.textContent ?? '')?.[0] ?? '',
          })
        }
      }
      // At the start older messages are loaded, which moves the start away: until it stays. What fits is everything.
      const fits = list.scrollHeight <= list.clientHeight
      for (let still = fits ? 20 : 0; still < 20; still++) {
        if (list.scrollTop > 0) still = 0
        await scrollTo(0)
      }
      for (let before = -1; list.scrollTop !== before; ) {
        collect()
        before = list.scrollTop
        await scrollTo(before + list.clientHeight * 0.8)
        await drawn()
      }
      collect()
      return [...readById.values()]
    })
  }

  async opensContactDetails(): Promise<void> {
    await this.button('Contact details').click()
    await expect(this.page.getByRole('heading', { name: 'Contact details' })).toBeVisible()
  }

  /** From the open conversation to the contact's details and back. */
  async readsInDetails(text: string | RegExp): Promise<void> {
    await this.opensContactDetails()
    await expect(this.page.getByText(text)).toBeVisible()
    await this.page.getByRole('link', { name: 'Back' }).click()
  }

  async readsSafetyNumber(): Promise<string> {
    await this.opensContactDetails()
    const shown = this.page.getByRole('list', { name: 'Safety number' })
    await expect(shown).toHaveText(/^(\d{5}\s*){12}$/)
    const digits = ((await shown.textContent()) ?? '').replace(/\D/g, '')
    await this.page.getByRole('link', { name: 'Back' }).click()
    return digits
  }

  // ---- other people

  /** Tells two contacts of each other. */
  async introduces(name: string, to: string): Promise<void> {
    await this.opensConversation(name)
    await this.opensContactDetails()
    await this.button('Introduce to...').click()
    await this.page.getByRole('radio', { name: to }).check()
    await this.button('Introduce').click()
    await expect(this.page.getByText(`${name} and ${to} are told of each other.`)).toBeVisible()
    await this.goesHome()
  }

  /** Has been told of `name` by `introducer`, and has not decided. */
  async isIntroducedTo(name: string, introducer: string): Promise<void> {
    await expect(this.introduction(name, introducer)).toBeVisible({ timeout: DELIVERY_MS })
  }

  /** Writes to somebody who was introduced: the conversation is open. */
  async acceptsIntroductionTo(name: string, introducer: string): Promise<void> {
    await this.introduction(name, introducer).getByRole('button', { name: 'Write' }).click()
    await expect(this.page.getByRole('heading', { name, exact: true })).toBeVisible()
    await expect(this.page.getByText(`Introduced by ${introducer}`)).toBeVisible()
  }

  async refusesIntroductionTo(name: string, introducer: string): Promise<void> {
    await this.introduction(name, introducer).getByRole('button', { name: 'Refuse' }).click()
    await this.button('Refuse introduction').click()
    await expect(this.introduction(name, introducer)).toHaveCount(0)
  }

  private introduction(name: string, introducer: string): Locator {
    return this.introductions.getByRole('listitem').filter({ hasText: `${name}, introduced by ${introducer}` })
  }

  // ---- the relay

  private get misdeeds(): Locator {
    const part = this.page.getByRole('region', { name: 'What the relay did wrong' })
    return part.getByRole('listitem')
  }

  /** What stands in Settings under `What the relay did wrong`, newest first. */
  async seesMisdeeds(...sentences: readonly (string | RegExp)[]): Promise<void> {
    await this.opensSettings()
    if (sentences.length === 0) await expect(this.page.getByText('Nothing wrong has been seen.')).toBeVisible()
    await expect(this.misdeeds).toHaveText(
      sentences.map((sentence) => (typeof sentence === 'string' ? new RegExp(sentence) : sentence)),
      {
        timeout: DELIVERY_MS,
      },
    )
  }

  async clearsMisdeeds(): Promise<void> {
    await this.opensSettings()
    await this.button('Clear').click()
    await this.seesMisdeeds()
  }

  async opensSettings(): Promise<void> {
    await this.page.getByRole('link', { name: 'Settings' }).click()
    await expect(this.page.getByRole('heading', { name: 'Settings' })).toBeVisible()
  }

  // ---- the tab

  get isElsewhere(): Locator {
    return this.page.getByRole('heading', { name: 'Parley is open in another tab' })
  }

  /** The tab that holds the conversations does not answer. */
  get otherTabSleeps(): Locator {
    return this.page.getByText('The tab of Parley that holds your conversations sleeps.')
  }

  /** Takes the profile from the tab that has it. */
  async usesHere(): Promise<void> {
    await this.button('Use here').click()
    await expect(this.isElsewhere).toBeHidden()
  }

  // ---- the lock

  get isLocked(): Locator {
    return this.page.getByRole('heading', { name: 'Parley is locked' })
  }

  private passphrase(label: string): Locator {
    return this.page.getByLabel(label, { exact: true })
  }

  /** In Settings, and waits until everything is encrypted anew. */
  async setsLock(passphrase: string): Promise<void> {
    await this.opensSettings()
    await this.button('Set a lock').click()
    await this.passphrase('New passphrase').fill(passphrase)
    await this.passphrase('New passphrase again').fill(passphrase)
    await this.button('Set a lock').click()
    await expect(this.page.getByText('Parley is locked by a passphrase.')).toBeVisible({ timeout: LOCK_MS })
  }

  async locks(): Promise<void> {
    await this.button('Lock now').first().click()
    await expect(this.isLocked).toBeVisible()
  }

  async tries(passphrase: string): Promise<void> {
    await this.passphrase('Passphrase').fill(passphrase)
    await this.button('Unlock').click()
  }

  async unlocks(passphrase: string): Promise<void> {
    await this.tries(passphrase)
    await expect(this.isLocked).toBeHidden({ timeout: LOCK_MS })
  }

  async addsPasskey(passphrase: string): Promise<void> {
    await this.opensSettings()
    await this.button('Add a passkey').click()
    await this.passphrase('Present passphrase').fill(passphrase)
    await this.button('Add a passkey').click()
    await expect(this.button('Remove the passkey')).toBeVisible({ timeout: LOCK_MS })
  }

  /** Begins afresh, in Settings or where the profile cannot be opened. */
  async wipesDevice(): Promise<void> {
    await this.confirmsWipe()
    await expect(this.button('Begin afresh')).toBeEnabled({ timeout: WIPE_MS })
    await this.button('Begin afresh').click()
    await expect(this.button('Show a code')).toBeVisible()
  }

  async confirmsWipe(): Promise<void> {
    await this.button('Wipe this device').click()
    await this.button('Wipe everything').click()
  }

  /** Of the open conversation. */
  async clearsConversation(): Promise<void> {
    await this.opensContactDetails()
    await this.button('Delete messages').click()
    await this.page.getByRole('alertdialog').getByRole('button', { name: 'Delete messages' }).click()
    await this.page.goBack()
    await expect(this.messageField).toBeVisible()
    await this.seesNothingSaid()
  }

  /** It is known that the open conversation is empty, not only not there yet. */
  async seesNothingSaid(): Promise<void> {
    await expect(this.page.getByRole('heading', { name: /^You (are paired|can write to each other)$/ })).toBeVisible()
    await expect(this.messages).toHaveCount(0)
  }

  /** The part of the address that a browser would open again: `/#/c/...`. */
  async whereTheyAre(): Promise<string> {
    const { hash } = new URL(this.page.url())
    return `/${hash}`
  }

  /** Another window lies over Parley. Browsers that are driven call every page visible, so the page is told by hand. */
  async looksAway(): Promise<void> {
    await this.page.evaluate(() => {
      for (const [name, value] of [
        ['visibilityState', 'hidden'],
        ['hidden', true],
      ] as const) {
        Object.defineProperty(document, name, { configurable: true, get: () => value })
      }
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    })
  }

  async looksBack(): Promise<void> {
    await this.page.evaluate(() => {
      for (const name of ['visibilityState', 'hidden']) Reflect.deleteProperty(document, name)
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    })
  }

  async reloads(): Promise<void> {
    await this.page.reload()
  }

  async leaves(): Promise<void> {
    await this.page.close()
  }
}

/** Two people pair by a code that one reads to the other, and both are in the conversation. */
export const pair = async (host: Person, guest: Person): Promise<void> => {
  const code = await host.showCode()
  await guest.enterCode(code)
  await Promise.all([host.isPairedWith(guest.name), guest.isPairedWith(host.name)])
}
