// Long conversations: what was said in them is found, and every place of them is reached.

import { expect, pair, test } from './support/browser.ts'
import { sealedRowsOf } from './support/database.ts'
import { hasSaid, Searching } from './support/searching.ts'

test('among 5,000 messages one is found by the beginnings of its words, and gone to where it stands', async ({ alice, bob }) => {
  test.slow()
  await pair(alice, bob)
  await bob.leaves()
  await hasSaid(alice, 5_000, {
    1: 'the very first of all',
    2_500: 'Crème brûlée für alle',
    2_501: 'and one spoon each',
    5_000: 'the newest of all',
  })
  await expect(alice.message('the newest of all')).toBeVisible()

  const searching = new Searching(alice)
  await searching.inConversation()
  await searching.types('BRULEE cre')
  await searching.finds(1)
  await expect(searching.results.locator('mark')).toHaveText(['Crème', 'brûlée'])
  await searching.goesTo('Crème brûlée für alle')
  await expect(alice.message('Crème brûlée für alle')).toBeVisible()
  await expect(alice.message('and one spoon each')).toBeVisible()
  await expect(alice.page.locator('[data-sought=true]')).toBeFocused()

  await alice.page.goBack()
  await expect(searching.field).toHaveValue('BRULEE cre')
  await searching.types('')
  await alice.page.getByRole('button', { name: 'Go to the first message' }).click()
  await expect(alice.message('the very first of all')).toBeVisible()
  await alice.page.getByRole('button', { name: 'Newest messages' }).click()
  await expect(alice.message('the newest of all')).toBeVisible()
  // What is said from a place far back stands at the end of it all.
  await alice.page.goBack()
  await alice.page.getByRole('button', { name: 'Go to the first message' }).click()
  await expect(alice.message('the very first of all')).toBeVisible()
  await alice.says('said from far back')
  await expect(alice.message('said from far back')).toBeVisible()
  await expect(alice.message('the newest of all')).toBeVisible()
})

test('what comes is found at once, and nothing of a conversation that was cleared', async ({ alice, bob }) => {
  test.slow()
  await pair(alice, bob)
  await hasSaid(alice, 600, { 7: 'the jalapeño stands in the kitchen' })
  const searching = new Searching(alice)
  await bob.says('JALAPENO again')
  await alice.reads('JALAPENO again')
  await alice.goesHome()
  await searching.inAll()
  await searching.types('jalap')
  await searching.finds(2)
  // Some of it may have been found before it was all in segments.
  await expect.poll(() => sealedRowsOf(alice.page, 'segments')).toBe(2)
  await expect(searching.results).toHaveText([/JALAPENO again/, /jalapeño stands/])

  await alice.opensConversation('Bob')
  await alice.clearsConversation()
  expect(await sealedRowsOf(alice.page, 'segments')).toBe(0)
  await searching.inConversation()
  await searching.types('jalap')
  await searching.finds(0)
  await alice.reloads()
  await searching.types('jalap')
  await searching.finds(0)
})
