// What nobody plans: a browser that is killed, a relay that dies. Nothing is lost and nothing is said twice.

import { expect, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'
import { tearLog } from './support/disk-image.ts'
import { killBrowser } from './support/processes.ts'

test('a browser is killed while both are sending, and opened again', async ({ settles, bob }) => {
  test.slow()
  const home = await settles('Alice')
  await pair(home.person(), bob)
  const path = await home.person().whereTheyAre()
  const talked = new Conversation(home.person(), bob)
  for (let round = 0; round < 2; round++) {
    for (let number = 0; number < 8; number++) {
      await talked.bobSays(`Bob ${round}.${number}`)
      await talked.aliceSays(`Alice ${round}.${number}`)
    }
    // On her disk is what stands on her screen, and what was killed on its way leaves again.
    await home.person().reads(`Alice ${round}.7`)
    await killBrowser(home.profile)
    await talked.bobSays(`Bob ${round}, to nobody`)
    talked.aliceIsNow(await home.reopens(path))
    await talked.isUpToDate()
  }
  await talked.isWhole()
  await talked.bothSay(3, 'afterwards')
  await talked.isWhole()
})

test('a browser dies in the middle of a write, and once more after it was opened: what it kept is still there', async ({
  settles,
  bob,
}) => {
  const home = await settles('Alice')
  await pair(home.person(), bob)
  const path = await home.person().whereTheyAre()
  for (const text of ['before', 'between', 'after']) {
    await home.person().says(text)
    await bob.reads(text)
    await home.person().seesState(text, 'Delivered')
    await killBrowser(home.profile)
    if (text === 'before') await tearLog(home.profile.folder)
    await home.reopens(path)
  }
  await home.person().readsInAll(['before', 'between', 'after'])
})

test('a browser is killed while it shows a code, and opened again: the code is the same and works', async ({ settles, bob }) => {
  const home = await settles('Alice')
  const code = await home.person().showCode()
  await killBrowser(home.profile)
  const alice = await home.reopens('/#/show')
  expect(await alice.readsOwnCode()).toBe(code)
  await bob.enterCode(code)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

for (const [how, line] of [
  ['kill', 'Direct'],
  ['kill', 'Through relay'],
  ['stop', 'Through relay'],
] as const) {
  const ends = how === 'kill' ? 'is killed' : 'is stopped'
  test(`the relay ${ends} and started again while they talk (${line.toLowerCase()})`, async ({ alice, bob, relay }) => {
    test.slow()
    await pair(alice, bob)
    if (line === 'Through relay') await alice.choosesRelayOnly(true)
    if (line === 'Through relay') await alice.opensConversation('Bob')
    await Promise.all([alice.isConnected(line), bob.isConnected(line)])
    const talked = new Conversation(alice, bob)
    await talked.bothSay(5, 'before')

    await Promise.all([relay[how](), talked.bothType(10, 'meanwhile')])
    if (line === 'Direct') await talked.isUpToDate()
    else await Promise.all([alice.isConnected('Offline'), bob.isConnected('Offline')])

    await relay.start()
    await Promise.all([alice.isConnected(line), bob.isConnected(line)])
    await talked.isUpToDate()
    await talked.bothSay(5, 'after')
    await talked.isWhole()
  })
}

test('the relay is restarted while a code is shown: the host takes the room back under a number that works', async ({
  alice,
  bob,
  relay,
}) => {
  test.slow()
  await alice.showCode()
  await relay.kill()
  await relay.start()
  await bob.reloads()
  await bob.choosesToEnterACode()
  await bob.typesUntilPairedWith('Alice', () => alice.readsOwnCode())
  await alice.isPairedWith('Bob')
})

test('no relay at all: who wants to pair is told', async ({ alice, relay }) => {
  await relay.kill()
  await alice.enterCode('27 482 913')
  await alice.isTold('Can’t reach the meeting point. Check your connection or try another network.')
})
