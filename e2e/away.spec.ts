// Away and back: asleep, or without a network. What is said meanwhile waits and arrives. Who has closed Parley: mailboxes.spec.ts.

import { expect, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { freezeBrowser, thawBrowser } from './support/processes.ts'
import { layWire } from './support/wire.ts'

test('the other side’s machine sleeps until it counts as gone; what was said meanwhile arrives when it wakes', async ({
  alice,
  settles,
}) => {
  test.setTimeout(180_000)
  const home = await settles('Bob')
  const bob = home.person()
  await pair(alice, bob)
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
  const talked = new Conversation(alice, bob)
  await talked.bothSay(3, 'awake')

  await freezeBrowser(home.profile)
  for (let number = 0; number < 5; number++) await talked.aliceSays(`Alice ${number} to a sleeper`)
  await alice.seesState('Alice 4 to a sleeper', 'Waiting')
  // The line is found dead by its silence, or already by the browser.
  await expect(alice.connection).toHaveText('Through relay', { timeout: 75_000 })
  await alice.seesState('Alice 4 to a sleeper', 'On relay')

  await thawBrowser(home.profile)
  await talked.isUpToDate()
  await talked.bothSay(3, 'awake again')
  await talked.isWhole()
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
})

for (const how of ['reset', 'silent'] as const) {
  test(`the way to the relay is cut (${how === 'reset' ? 'and everybody is told' : 'without a word'}) and healed`, async ({
    relay,
    settles,
    alice,
  }) => {
    test.setTimeout(150_000)
    const wire = await layWire(relay.port)
    try {
      const home = await settles('Bob', { url: wire.url })
      const bob = home.person()
      await bob.choosesRelayOnly(true)
      await bob.goesHome()
      await pair(alice, bob)
      await Promise.all([alice.isConnected('Through relay'), bob.isConnected('Through relay')])
      const talked = new Conversation(alice, bob)
      await talked.bothSay(3, 'before')

      wire.cut(how)
      for (let number = 0; number < 4; number++) {
        await talked.aliceSays(`Alice ${number} into the void`)
        await talked.bobSays(`Bob ${number} into the void`)
      }
      await bob.isConnected('Offline')
      await bob.seesState('Bob 3 into the void', 'Waiting')
      await alice.seesState('Alice 3 into the void', 'On relay')

      wire.heal()
      await talked.isUpToDate()
      await talked.bothSay(3, 'after')
      await talked.isWhole()
    } finally {
      await wire.remove()
    }
  })
}
