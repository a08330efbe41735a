// Two people who are paired, talking: much, at once, in every script, and never markup.

import { expect, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'

test('200 messages in both directions at once: all there, once, in order, and after a reload too', async ({ alice, bob }) => {
  test.setTimeout(300_000)
  await pair(alice, bob)
  const talked = new Conversation(alice, bob)
  await talked.bothType(200, 'of many')
  await talked.isWhole()
  await Promise.all([alice.reloads(), bob.reloads()])
  await talked.isWhole()
})

test('every text arrives as it was written', async ({ alice, bob }) => {
  await pair(alice, bob)
  const texts = [
    '<img src=x onerror="document.title=1"><script>document.title=2</script>',
    'two\nlines',
    'שלום, مرحبا, 你好, 👩‍👩‍👧‍👦',
    'a link: https://example.org/?q=1&b=<b>',
    '  spaces  around  ',
    'é'.repeat(24_000),
  ]
  await alice.saysAll(texts)
  await bob.readsInAll(texts)
  for (const { page } of [alice, bob]) expect(await page.title()).toContain('Parley')
})

test('two unread messages that fit on the screen are read once they were on it, and stay so', async ({ alice, bob }) => {
  await pair(alice, bob)
  await bob.goesHome()
  await alice.says('one')
  await alice.says('two')
  await expect(bob.conversations.getByRole('link', { name: /2 unread messages/ })).toBeVisible({ timeout: 30_000 })
  await bob.reloads()
  await expect(bob.conversations.getByRole('link', { name: /2 unread messages/ })).toBeVisible()
  await bob.opensConversation('Alice')
  await bob.reads('two')
  await expect(bob.conversations.getByText('unread')).toHaveCount(0)
  await bob.goesHome()
  await bob.reloads()
  await expect(bob.conversations.getByRole('link', { name: 'Alice' })).toBeVisible()
  await expect(bob.conversations.getByText('unread')).toHaveCount(0)
})

test('three people: each conversation is its own', async ({ alice, bob, carol }) => {
  await pair(alice, bob)
  await alice.goesHome()
  await pair(carol, alice)
  await alice.says('for Carol')
  await carol.reads('for Carol')
  await alice.opensConversation('Bob')
  await alice.says('for Bob')
  await bob.reads('for Bob')
  await Promise.all([bob.doesNotRead('for Carol'), carol.doesNotRead('for Bob'), alice.doesNotRead('for Carol')])
  const [withBob, withAlice] = await Promise.all([alice.readsSafetyNumber(), bob.readsSafetyNumber()])
  expect(withBob).toBe(withAlice)
  await alice.opensConversation('Carol')
  expect(await alice.readsSafetyNumber()).not.toBe(withBob)
})
