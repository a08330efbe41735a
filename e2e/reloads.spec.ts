// A page can be reloaded at any moment. Of a pairing: before the guess nothing is lost, after it both sides can begin again
// with a new code, and nobody is shown anybody who did not answer. Of a conversation: nothing is lost or said twice.

import { expect, type Person, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { holdRoom, type Moment } from './support/holding.ts'

type Name = 'alice' | 'bob'
interface Reload {
  readonly moment: Moment
  /** On whose way in the frame is held. */
  readonly heldFor: Name
  readonly reloads: readonly Name[]
}

/** Alice shows the code, Bob types it; everything runs through the room. */
const meet = async (alice: Person, bob: Person, { moment, heldFor, reloads }: Reload): Promise<void> => {
  await bob.choosesRelayOnly(true)
  await bob.goesHome()
  const holding = await holdRoom((heldFor === 'alice' ? alice : bob).page)
  const code = await alice.showCode()
  holding.at(moment)
  await bob.enterCode(code)
  await holding.reached()
  await Promise.all(reloads.map((name) => (name === 'alice' ? alice : bob).reloads()))
  holding.release()
}

/** Whatever became of the first try, a next one leads to one contact on each side, and they can talk. */
const pairAfterAll = async (alice: Person, bob: Person): Promise<void> => {
  await Promise.all([alice.goesHome(), bob.goesHome()])
  await pair(alice, bob)
  await alice.says('there you are')
  await bob.reads('there you are')
  await bob.says('at last')
  await alice.reads('at last')
  await Promise.all([alice.goesHome(), bob.goesHome()])
  for (const person of [alice, bob]) await expect(person.conversations.getByRole('listitem')).toHaveCount(1)
}

test('the host, while nobody is there yet: the code stays the same and works', async ({ alice, bob }) => {
  const code = await alice.showCode()
  await alice.reloads()
  expect(await alice.readsOwnCode()).toBe(code)
  await bob.enterCode(code)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('the host, when somebody has joined: the pairing goes on by itself', async ({ alice, bob }) => {
  await meet(alice, bob, { moment: 'peer-joined', heldFor: 'alice', reloads: ['alice'] })
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('the guest, when the host has seen them: the same code still works', async ({ alice, bob }) => {
  await meet(alice, bob, { moment: 'flight 1', heldFor: 'bob', reloads: ['bob'] })
  await bob.types(await alice.readsOwnCode())
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('both, when somebody has joined: the same code still works', async ({ alice, bob }) => {
  await meet(alice, bob, { moment: 'peer-joined', heldFor: 'bob', reloads: ['alice', 'bob'] })
  await bob.types(await alice.readsOwnCode())
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('the host, while the guess is on its way: the guest is told, and the code is still good', async ({ alice, bob }) => {
  await meet(alice, bob, { moment: 'flight 2', heldFor: 'alice', reloads: ['alice'] })
  await bob.isTold('The other side closed Parley before pairing finished.')
  await bob.triesAnotherCode(await alice.readsOwnCode())
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('the host, while the answer is on its way: the guest gets it, and the host has the contact', async ({ alice, bob }) => {
  await meet(alice, bob, { moment: 'flight 3', heldFor: 'bob', reloads: ['alice'] })
  await Promise.all([alice.sees('Bob'), bob.isPairedWith('Alice')])
  await bob.says('was I heard?')
  await alice.opensConversation('Bob')
  await alice.reads('was I heard?')
})

const halfway: readonly Reload[] = [
  { moment: 'flight 2', heldFor: 'alice', reloads: ['bob'] },
  { moment: 'flight 2', heldFor: 'alice', reloads: ['alice', 'bob'] },
  { moment: 'flight 3', heldFor: 'bob', reloads: ['bob'] },
  { moment: 'flight 3', heldFor: 'bob', reloads: ['alice', 'bob'] },
]
for (const reload of halfway) {
  test(`${reload.reloads.join(' and ')}, before ${reload.moment} arrives: nobody is shown, and a new code works`, async ({
    alice,
    bob,
  }) => {
    await meet(alice, bob, reload)
    await Promise.all([alice.knowsNobody(), bob.knowsNobody()])
    await pairAfterAll(alice, bob)
  })
}

test('both, as soon as they are paired, and again and again while they talk', async ({ alice, bob }) => {
  test.slow()
  const code = await alice.showCode()
  await bob.enterCode(code)
  await bob.sees('Alice')
  await Promise.all([alice.reloads(), bob.reloads()])
  await Promise.all([alice.sees('Bob'), bob.sees('Alice')])
  await Promise.all([alice.opensConversation('Bob'), bob.opensConversation('Alice')])

  const talked = new Conversation(alice, bob)
  for (const [round, reloading] of ([[alice], [bob], [alice, bob], [bob, alice]] as const).entries()) {
    // In the middle of what is said, whatever has become of it by then.
    await talked.aliceSays(`Alice ${round} before`)
    await talked.bobSays(`Bob ${round} before`)
    await Promise.all(reloading.map((person) => person.reloads()))
    await talked.bobSays(`Bob ${round} after`)
    await talked.aliceSays(`Alice ${round} after`)
  }
  await talked.isWhole()
})
