// Nobody has to be online at the same time: what is written to somebody who is away is kept by the relay, sealed, until
// they fetch it. Also through crashes of the relay, the loss of its disk, a mailbox that is full and a month of messages.

import { expect, type Person, pair, test } from './support/browser.ts'
import type { Relay } from './support/relay.ts'

/** One of each for the other, one of each for people who are introduced. */
const MAILBOXES_OF_A_PAIR = 4

/** They pair, and the second one leaves as soon as there is a mailbox for everybody. */
const pairAndPart = async (stays: Person, leaves: Person, relay: Relay): Promise<void> => {
  await pair(stays, leaves)
  await relay.hasListeners(MAILBOXES_OF_A_PAIR)
  await leaves.leaves()
  await stays.isConnected('Through relay')
}

/** Opens Parley on what it has on its disk, in the conversation with `other`. */
const comesBack = async (person: Person, other: Person): Promise<Person> => {
  const back = await person.returns()
  await back.opensConversation(other.name)
  return back
}

test('they are never there at the same time: each finds what the other has written, and sees that their own arrived', async ({
  alice,
  bob,
  relay,
}) => {
  await pairAndPart(alice, bob, relay)
  let [away, here]: [Person, Person] = [bob, alice]
  for (let round = 1; round <= 4; round++) {
    await here.says(`${here.name} ${round}.1`)
    await here.says(`${here.name} ${round}.2`)
    await here.seesState(`${here.name} ${round}.2`, 'On relay')
    await here.leaves()
    const next = await comesBack(away, here)
    await next.reads(`${here.name} ${round}.2`)
    if (round > 1) await next.seesState(`${next.name} ${round - 1}.2`, 'Delivered')
    ;[away, here] = [here, next]
  }
  const texts = [1, 2, 3, 4].flatMap((round) => [1, 2].map((number) => `${round % 2 === 1 ? 'Alice' : 'Bob'} ${round}.${number}`))
  await here.readsInAll(texts)
  const last = await comesBack(away, here)
  await last.seesState('Bob 4.2', 'Delivered')
  await last.readsInAll(texts)
})

test('the relay is killed while messages are laid into a mailbox, and once more when everybody is gone', async ({ alice, bob, relay }) => {
  await pairAndPart(alice, bob, relay)
  const texts = Array.from({ length: 20 }, (_, index) => `number ${index + 1}`)
  await alice.saysAll(texts)
  await relay.kill()
  await relay.start()
  await alice.seesState('number 20', 'On relay')
  await alice.leaves()
  await relay.kill()
  await relay.start()
  const back = await comesBack(bob, alice)
  await back.readsInAll(texts)
  const sender = await comesBack(alice, bob)
  await expect
    .poll(async () => (await sender.readsEverything()).map(({ state }) => state), { timeout: 30_000 })
    .toEqual(texts.map(() => 'Delivered'))
})

test('the relay loses its disk: everybody shows their keys, publishes and sends again by themselves', async ({ alice, bob, relay }) => {
  test.slow()
  await pairAndPart(alice, bob, relay)
  await alice.says('before the loss')
  await alice.seesState('before the loss', 'On relay')
  await relay.forgets()
  await alice.seesState('before the loss', 'Waiting')
  await alice.says('after the loss')
  const backAgain = await comesBack(bob, alice)
  await backAgain.reads('after the loss')
  await alice.seesState('before the loss', 'Delivered')

  // And with the sender closed while it happens.
  await backAgain.leaves()
  await alice.says('before the next loss')
  await alice.seesState('before the next loss', 'On relay')
  await alice.leaves()
  await relay.forgets()
  const [aliceLater, bobLater] = await Promise.all([comesBack(alice, bob), comesBack(bob, alice)])
  await bobLater.reads('before the next loss')
  await bobLater.says('nothing is lost')
  await aliceLater.reads('nothing is lost')
  await bobLater.readsInAll(['before the loss', 'after the loss', 'before the next loss', 'nothing is lost'])
  await relay.hasTakenStatements(2)
  // A relay that has another store says so, and is accused of nothing.
  await aliceLater.seesMisdeeds()
  await bobLater.seesMisdeeds()
})

test.describe('where a mailbox holds five', () => {
  test.use({ relayFile: { limits: { envelopesPerMailbox: 5 } } })
  for (const way of ['a direct line', 'the relay'] as const) {
    test(`a full mailbox: it is said, and everything arrives by ${way} once the other is back`, async ({ alice, bob, relay }) => {
      if (way === 'the relay') {
        await alice.choosesRelayOnly(true)
        await alice.goesHome()
      }
      await pairAndPart(alice, bob, relay)
      const texts = Array.from({ length: 8 }, (_, index) => `number ${index + 1}`)
      await alice.saysAll(texts)
      await expect(alice.mailboxFull('Bob')).toBeVisible()
      // What Bob had not acknowledged when he left takes room, too.
      await alice.seesState('number 1', 'On relay')
      await alice.seesState('number 8', 'Waiting')

      const back = await comesBack(bob, alice)
      await back.reads('number 8')
      await alice.seesState('number 8', 'Delivered')
      await expect(alice.mailboxFull('Bob')).toBeHidden()
      await back.readsInAll(texts)
    })
  }
})

test('300 messages after a month away, closed half-way and opened again: all there, once, in order, and how far it is can be seen', async ({
  alice,
  bob,
  relay,
}) => {
  test.setTimeout(180_000)
  await pairAndPart(alice, bob, relay)
  const texts = Array.from({ length: 300 }, (_, index) => `number ${index + 1}`)
  await alice.saysAll(texts)
  await expect(alice.message('number 300')).toContainText('On relay', { timeout: 90_000 })
  await alice.leaves()

  await bob.fetchesSome(100)
  const back = await bob.fetchesTheRest()
  await back.opensConversation('Alice')
  await back.readsInAll(texts)
})
