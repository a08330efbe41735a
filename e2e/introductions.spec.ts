// A contact of two people tells them of each other, and they can write at once, though they have never met and one of them
// has closed Parley. Until they pair by a code it rests on the word of who introduced them, and the screen says so.

import { expect, type Person, pair, test } from './support/browser.ts'
import type { Relay } from './support/relay.ts'

/** Carol is a contact of both; they are none of each other's, and everybody's prekeys are at the relay. */
const know = async (carol: Person, others: readonly Person[], relay: Relay): Promise<void> => {
  for (const other of others) {
    await pair(carol, other)
    await Promise.all([carol.goesHome(), other.goesHome()])
  }
  await relay.hasPrekeysOf(1 + others.length)
}

const talkDirectly = async (alice: Person, bob: Person): Promise<void> => {
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
  await alice.says('face to face')
  await bob.reads('face to face')
  await alice.seesState('face to face', 'Delivered')
}

test('while one of them is away: the other writes at once, the answer comes later; then they pair by a code', async ({
  alice,
  bob,
  carol,
  relay,
}) => {
  test.slow()
  await know(carol, [alice, bob], relay)
  await bob.leaves()
  await carol.introduces('Alice', 'Bob')
  await alice.acceptsIntroductionTo('Bob', 'Carol')
  await alice.says('Carol says you know about bees')
  await alice.seesState('Carol says you know about bees', 'On relay')
  await alice.says('I am Alice')
  await alice.seesState('I am Alice', 'On relay')
  await carol.leaves()
  await alice.leaves()

  const bobLater = await bob.returns()
  await bobLater.opensConversation('Alice')
  await expect(bobLater.page.getByText('Introduced by Carol')).toBeVisible()
  await bobLater.readsInAll(['Carol says you know about bees', 'I am Alice'])
  await bobLater.says('I do')
  await bobLater.seesState('I do', 'On relay')

  const aliceLater = await alice.returns()
  await aliceLater.opensConversation('Bob')
  await aliceLater.reads('I do')
  await aliceLater.seesState('I am Alice', 'Delivered')
  await talkDirectly(aliceLater, bobLater)
  const [atAlice, atBob] = await Promise.all([aliceLater.readsSafetyNumber(), bobLater.readsSafetyNumber()])
  expect(atAlice).toBe(atBob)

  const code = await aliceLater.showsCodeAgain()
  await bobLater.entersCodeAgain(code)
  await Promise.all([aliceLater.isPairedWith('Bob'), bobLater.isPairedWith('Alice')])
  for (const person of [aliceLater, bobLater]) {
    await person.readsInDetails(/^Paired by code on /)
    await expect(person.page.getByText('Introduced by Carol')).toHaveCount(0)
    await person.reads('I do')
  }
  expect(await aliceLater.readsSafetyNumber()).toBe(atAlice)
  await aliceLater.says('now it is sure')
  await bobLater.reads('now it is sure')
})

test('an introduction is refused: what the other writes is never shown, and they are not told', async ({ alice, bob, carol, relay }) => {
  test.slow()
  await know(carol, [alice, bob], relay)
  await carol.introduces('Alice', 'Bob')
  await bob.refusesIntroductionTo('Alice', 'Carol')
  await alice.acceptsIntroductionTo('Bob', 'Carol')
  await alice.says('hello?')
  await alice.seesState('hello?', 'On relay')
  await bob.reloads()
  await carol.opensConversation('Bob')
  await carol.says('did Alice write?')
  await expect(bob.conversations.getByRole('link', { name: /Carol.*1 unread message/ })).toBeVisible({ timeout: 30_000 })
  await expect(bob.conversations.getByRole('listitem')).toHaveCount(1)
  await expect(bob.introductions).toHaveCount(0)
  await alice.seesState('hello?', 'On relay')
  await alice.isConnected('Through relay')

  // A second introduction brings nothing back, a code does.
  await carol.introduces('Alice', 'Bob')
  await carol.opensConversation('Bob')
  await carol.says('once more')
  await bob.opensConversation('Carol')
  await bob.reads('once more')
  await expect(bob.introductions).toHaveCount(0)
  await Promise.all([alice.goesHome(), bob.goesHome()])
  await pair(alice, bob)
  await alice.reads('hello?')
  await bob.reads('hello?')
})

test('both write first, at the same time: one conversation, and everything in it', async ({ alice, bob, carol, relay }) => {
  test.slow()
  await know(carol, [alice, bob], relay)
  await carol.introduces('Alice', 'Bob')
  await Promise.all([alice.isIntroducedTo('Bob', 'Carol'), bob.isIntroducedTo('Alice', 'Carol')])
  await carol.leaves()
  await Promise.all([alice.acceptsIntroductionTo('Bob', 'Carol'), bob.acceptsIntroductionTo('Alice', 'Carol')])
  await Promise.all([alice.says('Alice first'), bob.says('Bob first')])
  await Promise.all([alice.reads('Bob first'), bob.reads('Alice first')])
  await Promise.all([alice.seesState('Alice first', 'Delivered'), bob.seesState('Bob first', 'Delivered')])
  await talkDirectly(alice, bob)
  for (const person of [alice, bob]) {
    await expect(person.introductions).toHaveCount(0)
    await expect(person.conversations.getByRole('listitem')).toHaveCount(2)
    expect((await person.readsEverything()).map(({ text }) => text).toSorted()).toEqual(['Alice first', 'Bob first', 'face to face'])
  }
})
