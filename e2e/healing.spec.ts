// A session that is gone on one side: both are in a fresh one without anybody doing anything, and are told in one line.

import { pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { loses } from './support/database.ts'

test('her sessions are gone while he writes: both talk on, nothing is missing, and a line says so', async ({ alice, bob }) => {
  await pair(alice, bob)
  const talked = new Conversation(alice, bob)
  await talked.bothSay(2, 'before')
  await loses(alice, 'sessions', () => talked.bobSays('Are you there?'))
  await alice.reads('Are you there?')
  await Promise.all([
    alice.readsLine('The secure connection to Bob was renewed.'),
    bob.readsLine('The secure connection to Alice was renewed.'),
  ])
  await talked.bothSay(2, 'after')
  await talked.isWhole()
})
