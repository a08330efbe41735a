// Any number of tabs of one person: one holds the messenger, the others go through it. Whichever goes, the next one goes on.

import { expect, type Person, pair, test } from './support/browser.ts'
import { freezePage } from './support/processes.ts'
import { layRelayWire } from './support/relay-wire.ts'

/** Two seconds without an answer, on a busy machine. */
const SILENT_MS = 20_000
const TAKEN_OVER = 'This tab slept, and another tab of Parley has taken over.'

/** Its renderer dies. */
const crashes = async ({ page }: Person): Promise<void> => {
  const crashed = page.waitForEvent('crash')
  page.goto('chrome://crash').catch(() => undefined)
  await crashed
}

/** Its window sleeps, and its worker goes on: nothing that the window is asked is answered. */
const dozes = async ({ page }: Person): Promise<{ readonly wakes: () => Promise<void> }> => {
  const session = await page.context().newCDPSession(page)
  await session.send('Debugger.enable')
  await session.send('Debugger.pause')
  return { wakes: async () => void (await session.send('Debugger.disable')) }
}

const heard = async (person: Person): Promise<readonly string[]> =>
  (await person.readsEverything()).filter(({ direction }) => direction === 'in').map(({ text }) => text)

test('two tabs show the same, both write, and what is read in one is read', async ({ alice, bob }) => {
  await pair(alice, bob)
  const second = await alice.opensAnotherTab()
  await second.opensConversation('Bob')
  await second.says('from the second tab')
  await bob.reads('from the second tab')
  await alice.reads('from the second tab')
  await alice.says('from the first tab')
  await second.reads('from the first tab')
  await bob.says('to both')
  await Promise.all([alice.reads('to both'), second.reads('to both')])
  await Promise.all([alice, second].map((tab) => tab.seesState('from the second tab', 'Delivered')))

  await Promise.all([alice.goesHome(), second.goesHome()])
  await bob.says('while both are at home')
  await Promise.all([alice, second].map((tab) => expect(tab.conversationWith('Bob')).toHaveAccessibleName(/1 unread/)))
  await second.opensConversation('Bob')
  await expect(alice.conversationWith('Bob')).not.toHaveAccessibleName(/unread/)
  // Seen in the second tab, so it is read in both.
  await bob.says('to her who looks')
  await expect(alice.conversationWith('Bob')).toContainText('to her who looks')
  await expect(alice.conversationWith('Bob')).not.toHaveAccessibleName(/unread/)
  await bob.reads('from the first tab')
  expect(await heard(bob)).toEqual(['from the second tab', 'from the first tab'])
})

test('the tab that holds it is closed, or crashes: the next goes on where it stands, and says once what was said meanwhile', async ({
  alice,
  bob,
}) => {
  await pair(alice, bob)
  const [second, third] = [await alice.opensAnotherTab(), await alice.opensAnotherTab()]
  await Promise.all([second.opensConversation('Bob'), third.opensConversation('Bob')])
  await alice.leaves()
  await third.says('as the first is gone')
  await bob.reads('as the first is gone')
  await second.reads('as the first is gone')

  await crashes(second)
  await third.says('as the second has crashed')
  await bob.reads('as the second has crashed')
  await bob.says('to who is left')
  await third.reads('to who is left')
  expect(await heard(bob)).toEqual(['as the first is gone', 'as the second has crashed'])
})

test('the window that holds it sleeps: another takes over when she acts there, and the first says so once it wakes', async ({
  alice,
  bob,
}) => {
  await pair(alice, bob)
  const second = await alice.opensAnotherTab()
  await second.opensConversation('Bob')
  await alice.says('both awake')
  await second.reads('both awake')

  const first = await dozes(alice)
  await expect(second.otherTabSleeps).toBeVisible({ timeout: SILENT_MS })
  await second.says('while the first sleeps')
  await expect(second.otherTabSleeps).toBeHidden()
  await bob.reads('while the first sleeps')
  await bob.says('to who is awake')
  await second.reads('to who is awake')

  await first.wakes()
  await alice.isTold(TAKEN_OVER)
  await alice.reads('to who is awake')
  await alice.says('from the first tab, through the second')
  await bob.reads('from the first tab, through the second')
  await second.reads('from the first tab, through the second')
  expect(await heard(bob)).toEqual(['both awake', 'while the first sleeps', 'from the first tab, through the second'])
})

test('the whole tab that holds it stands still: a new one has nothing to show and is used instead, and the first follows once it goes on', async ({
  settles,
  bob,
}) => {
  const home = await settles('Alice')
  const alice = home.person()
  await pair(alice, bob)
  const second = await alice.opensAnotherTab()
  await second.opensConversation('Bob')
  const first = await freezePage(home.profile, alice.page)
  const third = await alice.opensAnotherTab()
  await expect(third.isElsewhere).toBeVisible({ timeout: SILENT_MS })
  await third.usesHere()
  await third.opensConversation('Bob')
  await third.says('used here')
  await bob.reads('used here')
  await second.reads('used here')

  first.thaw()
  await alice.isTold(TAKEN_OVER)
  await alice.reads('used here')
  await alice.says('the first once more')
  await bob.reads('the first once more')
  expect(await heard(bob)).toEqual(['used here', 'the first once more'])
})

test('messages that wait leave once, whichever tab they were written in and whichever sends them', async ({ alice, bob }) => {
  const wire = await layRelayWire(alice.page.context())
  await pair(alice, bob)
  await bob.leaves()
  wire.cut()
  await alice.isConnected('Offline')
  await alice.says('waiting in the first tab')
  const second = await alice.opensAnotherTab()
  await second.opensConversation('Bob')
  await second.says('waiting in the second tab')
  await Promise.all([alice, second].map((tab) => tab.seesState('waiting in the second tab', 'Waiting')))
  await alice.leaves()
  await second.says('waiting as the first is gone')
  wire.heal()
  const back = await bob.returns()
  await back.opensConversation('Alice')
  await back.readsInAll(['waiting in the first tab', 'waiting in the second tab', 'waiting as the first is gone'])
})

test('a code is shown in a tab that does not hold the messenger, and is still good when the one that does is closed', async ({
  alice,
  bob,
}) => {
  test.slow()
  const second = await alice.opensAnotherTab()
  const code = await second.showCode()
  await alice.leaves()
  await bob.choosesToEnterACode()
  await bob.typesUntilPairedWith('Alice', async () => code)
  await second.isPairedWith('Bob')
})
