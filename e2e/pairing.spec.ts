// Two people find each other: by a code that one reads aloud, by a link, and what each is told when they do not.

import { cp } from 'node:fs/promises'
import { createProfile, expect, type Person, pair, test } from './support/browser.ts'
import { holdRoom } from './support/holding.ts'

const NOBODY = 'No one is waiting with this code. It may have expired.'
const DIFFER = /^The codes did not match\. This code is used up\. Get a new one\./
const OWN = 'You are pairing with yourself. Open Parley on the other person’s device.'

/** The same room, another secret. */
const mistyped = (code: string): string => `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`

test('by a code that is read aloud, and they talk; both close Parley, open it again and go on', async ({ alice, bob }) => {
  await pair(alice, bob)
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
  await alice.says('Hello Bob')
  await bob.reads('Hello Bob')
  await bob.says('Hello Alice')
  await alice.reads('Hello Alice')
  await Promise.all([alice.seesState('Hello Bob', 'Delivered'), bob.seesState('Hello Alice', 'Delivered')])
  const [atAlice, atBob] = await Promise.all([alice.readsSafetyNumber(), bob.readsSafetyNumber()])
  expect(atAlice).toBe(atBob)

  await Promise.all([alice.leaves(), bob.leaves()])
  const [aliceLater, bobLater] = await Promise.all([alice.returns(), bob.returns()])
  await Promise.all([aliceLater.opensConversation('Bob'), bobLater.opensConversation('Alice')])
  await Promise.all([aliceLater.reads('Hello Alice'), bobLater.reads('Hello Bob')])
  await aliceLater.says('Still here?')
  await bobLater.reads('Still here?')
  await bobLater.says('Of course')
  await aliceLater.reads('Of course')
  await Promise.all([aliceLater.isConnected('Direct'), bobLater.isConnected('Direct')])
})

test('a code is taken as people write it: with dashes, in other digits, in one piece', async ({ alice, bob }) => {
  const code = await alice.showCode()
  const arabic = code.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
  await bob.enterCode(` ${arabic.replaceAll(' ', ' - ')} `)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('by a link and the six digits', async ({ alice, bob }) => {
  const code = await alice.showCode()
  const link = await alice.copiesLink()
  expect(link).toMatch(/\/#\/enter\/[0-9a-f]{32}$/)
  await bob.followsLink(link, code)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  await bob.says('found you')
  await alice.reads('found you')
})

test('a mistyped code: both are told, the code is used up, and a new one works', async ({ alice, bob }) => {
  const code = await alice.showCode()
  await bob.enterCode(mistyped(code))
  await Promise.all([alice.isTold(DIFFER), bob.isTold(DIFFER)])

  await bob.triesAnotherCode(code)
  await bob.isTold(NOBODY)

  const next = await alice.getsNewCode()
  expect(next).not.toBe(code)
  await bob.triesAnotherCode(next)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('three mistyped codes: only the link is offered, also after a reload, and it works', async ({ alice, bob }) => {
  let code = await alice.showCode()
  await bob.enterCode(mistyped(code))
  for (let tries = 1; tries < 3; tries++) {
    await Promise.all([alice.isTold(DIFFER), bob.isTold(DIFFER)])
    code = await alice.getsNewCode()
    await bob.triesAnotherCode(mistyped(code))
  }
  await Promise.all([alice.isTold(DIFFER), bob.isTold(DIFFER)])

  const digits = await alice.getsSixDigits()
  await alice.reloads()
  await expect(alice.yourSixDigits).toHaveText(digits)
  await bob.followsLink(await alice.copiesLink(), digits)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
})

test('a third person is told that the room is busy, and disturbs nobody', async ({ alice, bob, carol }) => {
  await bob.choosesRelayOnly(true)
  await bob.goesHome()
  const holding = await holdRoom(bob.page)
  const code = await alice.showCode()
  holding.at('flight 1')
  await bob.enterCode(code)
  await holding.reached()
  await carol.enterCode(code)
  await carol.isTold('Someone else is already using this code. Get a new one.')
  expect(await alice.readsOwnCode()).toBe(code)
  holding.release()
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  await alice.says('only you')
  await bob.reads('only you')
  await expect(carol.conversations).toHaveCount(0)
})

test('nobody waits with that code', async ({ alice }) => {
  await alice.enterCode('99 123 456')
  await alice.isTold(NOBODY)
})

test.describe('where rooms live for eight seconds', () => {
  // Long enough for a new code to be typed on a busy machine.
  test.use({ relayFile: { roomLifeMs: 8_000 } })
  test('a code runs out: the host is told, the guest finds nobody, and a new one works', async ({ alice, bob }) => {
    const code = await alice.showCode()
    await expect(alice.page.getByText(/^expires in 0:0\d$/)).toBeVisible()
    await alice.isTold('This code has expired. Nothing was lost; get a new one.')
    await bob.enterCode(code)
    await bob.isTold(NOBODY)
    const next = await alice.getsNewCode()
    await bob.triesAnotherCode(next)
    await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  })
})

test('one’s own code, in a second tab', async ({ alice }) => {
  const code = await alice.showCode()
  const again = await alice.opensAnotherTab()
  await again.enterCode(code)
  await again.isTold(OWN)
})

test('one’s own code, on a copy of one’s own profile', async ({ settles }) => {
  const alice = await settles('Alice')
  // The account is made with the first code.
  await alice.person().showCode()
  await alice.person().goesHome()
  await alice.closes()
  const copy = await createProfile()
  try {
    await cp(alice.profile.folder, copy.folder, { recursive: true })
    const original = await alice.reopens()
    const twin = await original.in(await copy.open())
    await twin.enterCode(await original.showCode())
    // To the side that is refused all refusals look alike.
    await Promise.all([original.isTold(OWN), twin.isTold(DIFFER)])
    await expect(original.conversations).toHaveCount(0)
  } finally {
    await copy.remove()
  }
})

test('they meet again under a new code: still one contact, with all that was said', async ({ alice, bob }) => {
  await pair(alice, bob)
  await alice.says('before')
  await bob.reads('before')
  await Promise.all([alice.goesHome(), bob.goesHome()])
  await pair(bob, alice)
  await Promise.all([alice.reads('before'), bob.reads('before')])
  await bob.says('after')
  await alice.reads('after')
  await Promise.all([alice.goesHome(), bob.goesHome()])
  for (const person of [alice, bob]) await expect(person.conversations.getByRole('listitem')).toHaveCount(1)
})

test('the code is in nothing that leaves the page or stays in it', async ({ alice, bob, relay }) => {
  const overheard = [alice, bob].map(overhear)
  const code = await alice.showCode()
  await bob.enterCode(code)
  await Promise.all([alice.isPairedWith('Bob'), bob.isPairedWith('Alice')])
  await alice.says('a sentence for Bob alone')
  await bob.reads('a sentence for Bob alone')

  const digits = code.replace(/\D/g, '').slice(-6)
  const [number = ''] = code.split(' ')
  const secrets = [digits, `${digits.slice(0, 3)} ${digits.slice(3)}`, `${digits.slice(0, 3)}-${digits.slice(3)}`, number + digits]
  for (const [index, person] of [alice, bob].entries()) {
    const kept = await person.page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.title]),
    )
    const heard = overheard[index]?.() ?? []
    expect(heard.some((each) => each.includes('/relay'))).toBe(true)
    for (const secret of [...secrets, 'a sentence for Bob alone']) {
      expect(kept).not.toContain(secret)
      expect(heard.filter((each) => each.includes(secret))).toEqual([])
    }
  }
  for (const secret of secrets) expect(relay.log()).not.toContain(secret)
})

/** Addresses, bodies and frames of everything that a page asks for or sends, and every address that it shows. */
const overhear = ({ page }: Person): (() => readonly string[]) => {
  const heard: string[] = []
  page.on('request', (request) => heard.push(request.url(), request.postData() ?? '', JSON.stringify(request.headers())))
  page.on('framenavigated', (frame) => heard.push(frame.url()))
  page.on('console', (line) => heard.push(line.text()))
  page.on('websocket', (socket) => {
    heard.push(socket.url())
    const passed = ({ payload }: { readonly payload: string | Buffer }) =>
      void heard.push(typeof payload === 'string' ? payload : payload.toString('latin1'))
    socket.on('framesent', passed)
    socket.on('framereceived', passed)
  })
  return () => heard
}
