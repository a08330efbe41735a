// One tab has the profile. Another says so, can take it, and gets it by itself when the first one goes.

import { expect, pair, test } from './support/browser.ts'
import { layRelayWire } from './support/relay-wire.ts'

test('a second tab takes over, and the first says so and cannot write', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('from the first tab')
  await bob.reads('from the first tab')
  const second = await alice.opensAnotherTab()
  await expect(second.isElsewhere).toBeVisible()
  await expect(second.messageField).toHaveCount(0)
  await alice.says('still the first')
  await bob.reads('still the first')

  await second.usesHere()
  await expect(alice.isElsewhere).toBeVisible()
  await expect(alice.messageField).toHaveCount(0)
  await second.opensConversation('Bob')
  await second.reads('still the first')
  await second.says('from the second tab')
  await bob.reads('from the second tab')
  await bob.says('to whichever tab')
  await second.reads('to whichever tab')

  // And back again.
  await alice.usesHere()
  await expect(second.isElsewhere).toBeVisible()
  await alice.opensConversation('Bob')
  await alice.reads('to whichever tab')
  await alice.says('the first tab once more')
  await bob.reads('the first tab once more')
  expect((await bob.readsEverything()).filter(({ direction }) => direction === 'in').map(({ text }) => text)).toEqual([
    'from the first tab',
    'still the first',
    'from the second tab',
    'the first tab once more',
  ])
})

test('the tab that has it is closed, or crashes: the next one goes on by itself', async ({ alice, bob }) => {
  await pair(alice, bob)
  const [second, third] = [await alice.opensAnotherTab(), await alice.opensAnotherTab()]
  await Promise.all([expect(second.isElsewhere).toBeVisible(), expect(third.isElsewhere).toBeVisible()])
  await alice.leaves()
  await second.opensConversation('Bob')
  await second.says('the second goes on')
  await bob.reads('the second goes on')
  await expect(third.isElsewhere).toBeVisible()

  const crashed = second.page.waitForEvent('crash')
  second.page.goto('chrome://crash').catch(() => undefined)
  await crashed
  await expect(third.isElsewhere).toBeHidden({ timeout: 30_000 })
  await third.opensConversation('Bob')
  await third.reads('the second goes on')
  await third.says('and the third')
  await bob.reads('and the third')
})

test('taking over while messages wait: the other tab sends them, once', async ({ alice, bob }) => {
  const wire = await layRelayWire(alice.page.context())
  await pair(alice, bob)
  await bob.leaves()
  wire.cut()
  await alice.isConnected('Offline')
  await alice.says('waiting in the first tab')
  await alice.seesState('waiting in the first tab', 'Waiting')
  const second = await alice.opensAnotherTab()
  await second.usesHere()
  await second.opensConversation('Bob')
  await second.says('waiting in the second tab')
  await second.seesState('waiting in the second tab', 'Waiting')
  wire.heal()
  const back = await bob.returns()
  await back.opensConversation('Alice')
  await back.readsInAll(['waiting in the first tab', 'waiting in the second tab'])
})
