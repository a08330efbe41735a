// A message comes while Parley is out of sight: the person is asked, and from then on told by the system who has written, and
// never what.

import { expect, type Person, pair, test } from './support/browser.ts'

const QUESTION = 'A message came while Parley was out of sight. Notifications tell you who has written, never what.'

interface Asked {
  readonly title: string
  readonly body: string | undefined
}
type Noting = typeof globalThis & { asked?: Asked[]; newest?: Notification }

/** Notes what the page asks its browser to show. The browser shows it all the same. */
const noteNotifications = async ({ page, url }: Person): Promise<void> => {
  await page.context().grantPermissions(['notifications'], { origin: url })
  await page.addInitScript(() => {
    const asked: Asked[] = []
    Object.assign(globalThis, {
      asked,
      Notification: class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options)
          asked.push({ title, body: options?.body })
          Object.assign(globalThis, { newest: this })
        }
      },
    })
  })
  await page.reload()
}

const askedFor = ({ page }: Person) => page.evaluate(() => (globalThis as Noting).asked)

/** As the system does when a person clicks on it. */
const clicksTheNewest = ({ page }: Person) => page.evaluate(() => (globalThis as Noting).newest?.dispatchEvent(new Event('click')))

test('the question comes after the first message that was missed; once turned on, each is told and a click leads to it', async ({
  alice,
  bob,
}) => {
  await noteNotifications(alice)
  await pair(alice, bob)
  await alice.goesHome()
  await bob.says('while she looks')
  await expect(alice.conversationWith('Bob')).toContainText('while she looks')
  await expect(alice.page.getByText(QUESTION)).toBeHidden()

  await alice.looksAway()
  await bob.says('while she looks away')
  await expect(alice.conversationWith('Bob')).toContainText('while she looks away')
  expect(await askedFor(alice)).toEqual([])
  await alice.looksBack()
  await expect(alice.page.getByText(QUESTION)).toBeVisible()
  await alice.page.getByRole('button', { name: 'Turn on' }).click()
  await expect(alice.page.getByText(QUESTION)).toBeHidden()

  await alice.looksAway()
  await bob.says('a secret for Alice')
  await expect.poll(() => askedFor(alice)).toEqual([{ title: 'Bob', body: 'New message' }])
  await clicksTheNewest(alice)
  await expect(alice.page.getByRole('heading', { name: 'Bob', exact: true })).toBeVisible()
  await alice.looksBack()
  await alice.reads('a secret for Alice')
  await bob.says('while she looks again')
  await alice.reads('while she looks again')
  expect(await askedFor(alice)).toHaveLength(1)
})

test('the question is answered with no: nothing is shown, also after a reload, until it is switched on in Settings', async ({
  alice,
  bob,
}) => {
  await noteNotifications(alice)
  await pair(alice, bob)
  await alice.looksAway()
  await bob.says('one')
  await alice.reads('one')
  await alice.looksBack()
  await alice.page.getByRole('note').filter({ hasText: QUESTION }).getByRole('button', { name: 'Not now' }).click()
  // It goes once the answer is kept.
  await expect(alice.page.getByText(QUESTION)).toBeHidden()
  await alice.reloads()
  await alice.looksAway()
  await bob.says('two')
  await alice.reads('two')
  await alice.looksBack()
  expect(await askedFor(alice)).toEqual([])
  await expect(alice.page.getByText(QUESTION)).toBeHidden()

  await alice.opensSettings()
  await alice.page.getByRole('switch', { name: 'Notifications' }).press('Space')
  await expect(alice.page.getByRole('switch', { name: 'Notifications' })).toBeChecked()
  await alice.looksAway()
  await bob.says('three')
  await expect.poll(() => askedFor(alice)).toEqual([{ title: 'Bob', body: 'New message' }])
})

test('of two tabs one tells, and neither does while either is seen', async ({ alice, bob }) => {
  await noteNotifications(alice)
  await pair(alice, bob)
  const second = await alice.opensAnotherTab()
  await noteNotifications(second)
  await second.opensSettings()
  await second.page.getByRole('switch', { name: 'Notifications' }).press('Space')
  await expect(second.page.getByRole('switch', { name: 'Notifications' })).toBeChecked()
  await Promise.all([alice.goesHome(), second.goesHome()])
  await alice.looksAway()
  await bob.says('seen in the other tab')
  await expect(second.conversationWith('Bob')).toContainText('seen in the other tab')
  await second.looksAway()
  await bob.says('seen in none')
  await expect.poll(() => askedFor(alice)).toEqual([{ title: 'Bob', body: 'New message' }])
  await expect(second.conversationWith('Bob')).toContainText('seen in none')
  expect(await askedFor(second)).toEqual([])
})
