// Somebody answers as a contact with another identity than before: because they began afresh, or because it is not them.
// Nothing is sent until the person has decided.

import { expect, type Person, pair, test } from './support/browser.ts'

const CHANGED = 'Bob’s identity has changed.'

/** Bob begins afresh, and Alice pairs with him again from his details: she stands in the old conversation and is asked. */
const meetAgainAsAnother = async (alice: Person, bob: Person): Promise<void> => {
  await pair(alice, bob)
  await alice.says('before')
  await alice.seesState('before', 'Delivered')
  await bob.opensSettings()
  await bob.wipesDevice()
  await bob.isCalled('Bob')
  // His mailboxes are gone, so nobody keeps it for him.
  await alice.says('to who he was')
  await alice.seesState('to who he was', 'Waiting')
  const code = await alice.showsCodeAgain()
  await bob.enterCode(code)
  await bob.isPairedWith('Alice')
  await alice.isTold(CHANGED)
  await expect(alice.messageField).toBeDisabled()
  await alice.reads('before')
}

/** The conversation with the new identity. */
const opensTheNewOne = async (alice: Person): Promise<void> => {
  await alice.conversationWith('Bob').filter({ hasNotText: 'to who he was' }).filter({ hasNotText: 'Identity has changed' }).click()
  await expect(alice.messageField).toBeEnabled()
}

const talk = async (alice: Person, bob: Person): Promise<void> => {
  await alice.says('is it you?')
  await bob.reads('is it you?')
  await bob.says('it is')
  await alice.reads('it is')
  await alice.doesNotRead('before')
  await bob.doesNotRead('to who he was')
}

test('it is accepted: the old conversation is closed and what waited in it has failed, the new one goes on', async ({ alice, bob }) => {
  await meetAgainAsAnother(alice, bob)
  await alice.reloads()
  await alice.isTold(CHANGED)
  await expect(alice.messageField).toBeDisabled()
  await alice.page.getByRole('button', { name: 'Accept the new identity' }).click()
  await expect(alice.alert).toHaveCount(0)
  await expect(alice.page.getByText('Bob has a new identity now, with a conversation of its own.')).toBeVisible()
  await expect(alice.messageField).toHaveCount(0)
  await alice.seesState('to who he was', 'Failed')
  await opensTheNewOne(alice)
  await talk(alice, bob)
})

test('the old one is kept: it goes on as before, and the new one is somebody else', async ({ alice, bob }) => {
  await meetAgainAsAnother(alice, bob)
  await alice.page.getByRole('button', { name: 'Keep the old one' }).click()
  await expect(alice.alert).toHaveCount(0)
  await expect(alice.messageField).toBeEnabled()
  await alice.says('still to who he was')
  await alice.seesState('still to who he was', 'Waiting')
  await opensTheNewOne(alice)
  await talk(alice, bob)
})
