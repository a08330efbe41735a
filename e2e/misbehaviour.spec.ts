// A relay that lies, or whose disk was put back. Nothing is sent under keys that are not the contact's own, and the person can
// read in Settings what was seen.

import { fromHex, toHex } from '../src/crypto/bytes.ts'
import type { RelayReply } from '../src/wire/relay-frames.ts'
import { pair, test } from './support/browser.ts'
import { moveClock } from './support/clock.ts'
import { tamper } from './support/database.ts'
import { type Lie, layRelayWire } from './support/relay-wire.ts'

const HOUR_MS = 3_600_000
const NOT_THEIRS = /^It handed out keys as a contact’s that are not theirs\..*About Bob$/
const TWICE = /^It handed out a key a second time that is good for one time only\..*About Bob$/
const OLDER = /^It handed out keys of a contact that are older than those seen before\..*About Bob$/
const CAME_BACK = /^Keys of yours that it had handed out are there again\./
const NOT_AUTHENTIC = /^It gave answers that are not signed as its own\./

test('it hands out somebody else’s keys, the same ones twice, and old ones: nothing is sent under them', async ({
  alice,
  bob,
  carol,
  relay,
}) => {
  test.setTimeout(150_000)
  const contexts = [alice, bob, carol].map(({ page }) => page.context())
  // It is three days ago: what Bob leaves at the relay now will be replaced by something newer today.
  for (const context of contexts) await moveClock(context, -72 * HOUR_MS)
  const wire = await layRelayWire(alice.page.context())
  await Promise.all([bob.reloads(), carol.reloads()])
  await pair(carol, alice)
  const carolsAccount = fromHex((await alice.whereTheyAre()).slice('/#/c/'.length))
  await Promise.all([carol.goesHome(), alice.goesHome()])
  await pair(carol, bob)
  await relay.hasPrekeysOf(3)
  await bob.leaves()
  await carol.introduces('Alice', 'Bob')

  wire.lies({ request: (request) => (request.type === 'fetch-bundles' ? { ...request, accountId: carolsAccount } : request) })
  await alice.acceptsIntroductionTo('Bob', 'Carol')
  await alice.says('one')
  await alice.seesMisdeeds(NOT_THEIRS)
  await alice.opensConversation('Bob')
  await alice.seesState('one', 'Waiting')

  // Honest for once; what it hands out is kept for later.
  const handedOut: RelayReply[] = []
  wire.lies({
    reply: (reply) => {
      if (reply.type === 'bundle') handedOut.push(reply)
      return reply
    },
  })
  await alice.reloads()
  await alice.seesState('one', 'On relay')
  const [first] = handedOut
  // About Bob only: with the sessions those with Carol go as well, and are begun anew.
  const bobsAccount = (await alice.whereTheyAre()).slice('/#/c/'.length)
  const askedAboutBob = new Set<number>()
  const playsAgain: Lie = {
    request: (request) => {
      if (request.type !== 'fetch-bundles') return request
      if (toHex(request.accountId) === bobsAccount) askedAboutBob.add(request.requestId)
      else askedAboutBob.delete(request.requestId)
      return request
    },
    reply: (reply) =>
      reply.type === 'bundle' && first?.type === 'bundle' && askedAboutBob.has(reply.requestId)
        ? { ...reply, bundle: first.bundle }
        : reply,
  }

  await tamper(alice, 'sessions')
  wire.lies(playsAgain)
  await alice.says('two')
  await alice.seesMisdeeds(TWICE, NOT_THEIRS)
  await alice.opensConversation('Bob')
  await alice.seesState('two', 'Waiting')

  for (const context of contexts) await moveClock(context, 0)
  const bobLater = await bob.returns()
  await relay.hasTakenStatements(4)
  await bobLater.opensConversation('Alice')
  await bobLater.reads('one')
  await bobLater.leaves()
  wire.isHonest()
  await alice.reloads()
  await alice.seesState('two', 'On relay')

  await tamper(alice, 'sessions')
  wire.lies(playsAgain)
  await alice.says('three')
  await alice.seesMisdeeds(OLDER, TWICE, NOT_THEIRS)
  await alice.opensConversation('Bob')
  await alice.seesState('three', 'Waiting')

  wire.isHonest()
  await alice.reloads()
  await alice.seesState('three', 'On relay')
  const bobAtLast = await bob.returns()
  await bobAtLast.opensConversation('Alice')
  await bobAtLast.readsInAll(['one', 'two', 'three'])
  await alice.clearsMisdeeds()
  await alice.reloads()
  await alice.seesMisdeeds()
})

test('it does not prove who it is: nothing is left there until it does', async ({ alice, bob, relay }) => {
  const wire = await layRelayWire(alice.page.context())
  wire.lies({ reply: (reply) => (reply.type === 'authenticated' ? { ...reply, mac: reply.mac.map((byte) => byte ^ 1) } : reply) })
  await pair(alice, bob)
  await alice.seesMisdeeds(NOT_AUTHENTIC)
  await bob.says('and yet we talk')
  await alice.opensConversation('Bob')
  await alice.reads('and yet we talk')
  wire.isHonest()
  await alice.reloads()
  await relay.hasPrekeysOf(2)
  await alice.clearsMisdeeds()
  await bob.seesMisdeeds()
})

test('its disk is put back to what it was: the daily look finds keys that it had handed out, and nothing is said twice', async ({
  alice,
  bob,
  carol,
  relay,
}) => {
  test.slow()
  for (const other of [alice, bob]) {
    await pair(carol, other)
    await Promise.all([carol.goesHome(), other.goesHome()])
  }
  await relay.hasPrekeysOf(3)
  const before = await relay.copies()
  await carol.introduces('Alice', 'Bob')
  await alice.acceptsIntroductionTo('Bob', 'Carol')
  await alice.says('one')
  await bob.opensConversation('Alice')
  await bob.reads('one')
  await alice.seesState('one', 'Delivered')
  await bob.leaves()
  await alice.says('two')
  await alice.seesState('two', 'On relay')
  await relay.putsBack(before)

  await moveClock(bob.page.context(), 25 * HOUR_MS)
  const nextDay = await bob.returns()
  await nextDay.seesMisdeeds(CAME_BACK)
  await nextDay.clearsMisdeeds()
  await nextDay.opensConversation('Alice')
  // It counts as kept by the relay: it is offered again half a minute after he is heard, or at once on a direct line.
  await nextDay.readsInAll(['one', 'two'], 60_000)
  await alice.seesState('two', 'Delivered')
})
