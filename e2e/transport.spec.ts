// The two pipes in real browsers against a real relay: what unit tests with stand-ins cannot show.

import { expect, type Page } from '@playwright/test'
import { dialAsStranger, type Mischief } from './support/stranger.ts'
import { openId, openLine, type PipesPage, randomId, test } from './support/transport-bench.ts'

test('a line opens, and both ends name the same two certificates', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { dialled, answered } = await openLine(bob.page, alice.page)
  expect(dialled.ourFingerprint).toMatch(/^[0-9a-f]{64}$/)
  expect(dialled.ourFingerprint).toBe(answered.theirFingerprint)
  expect(dialled.theirFingerprint).toBe(answered.ourFingerprint)
  expect(dialled.ourFingerprint).not.toBe(dialled.theirFingerprint)
  expect([dialled.dialled, answered.dialled]).toEqual([true, false])
  for (const { path } of [dialled, answered]) {
    expect(['host', 'prflx']).toContain(path.ours)
    expect(['host', 'prflx']).toContain(path.theirs)
    expect(path.openedInMs).toBeLessThan(5_000)
  }
  expect([...alice.errors, ...bob.errors]).toEqual([])
})

test('500 frames of 64 KiB each way at once arrive all and in order, as fast as the network takes them', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { answered } = await openLine(bob.page, alice.page)
  const send = ({ page }: PipesPage, linkId: string) => page.evaluate((id) => window.pipes.sendMany(id, 500, 100), linkId)
  const receive = ({ page }: PipesPage) => page.evaluate(() => window.pipes.waitForReceived(500).then(() => window.pipes.received()))
  const [drainedAtAlice, drainedAtBob, atAlice, atBob] = await Promise.all([
    send(alice, answered.linkId),
    send(bob, 'line'),
    receive(alice),
    receive(bob),
  ])
  const all = Array.from({ length: 500 }, (_, number) => number)
  expect(atAlice).toEqual(all)
  expect(atBob).toEqual(all)
  // Each hundred is six times what the browser is given at once: it had to wait.
  expect([drainedAtAlice, drainedAtBob]).toEqual([4, 4])
  expect([...alice.errors, ...bob.errors]).toEqual([])
})

test('whoever leaves says goodbye', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { answered } = await openLine(bob.page, alice.page)
  const started = Date.now()
  await bob.page.goto('about:blank')
  const closed = await alice.page.evaluate((linkId) => window.pipes.next({ type: 'link-closed', linkId }), answered.linkId)
  expect(closed).toMatchObject({ why: 'goodbye' })
  expect(Date.now() - started).toBeLessThan(5_000)
})

test('a line that is closed on purpose ends as closed here and as a goodbye there', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { answered } = await openLine(bob.page, alice.page)
  await bob.page.evaluate(() => {
    window.pipes.carryOut(
      { type: 'link-send', linkId: 'line', frame: { type: 'proof', mac: new Uint8Array(32) } },
      { type: 'link-close', linkId: 'line' },
    )
  })
  expect(await alice.page.evaluate((linkId) => window.pipes.next({ type: 'link-received', linkId }), answered.linkId)).toMatchObject({
    frame: { type: 'proof' },
  })
  expect(await alice.page.evaluate((linkId) => window.pipes.next({ type: 'link-closed', linkId }), answered.linkId)).toMatchObject({
    why: 'goodbye',
  })
  expect(await bob.page.evaluate(() => window.pipes.next({ type: 'link-closed' }))).toMatchObject({ linkId: 'line', why: 'closed-here' })
})

test('a page that was killed is noticed: 5 s after waking', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { answered } = await openLine(bob.page, alice.page)
  const crashed = bob.page.waitForEvent('crash')
  // The answer never comes: there is nobody left to give it.
  bob.page.goto('chrome://crash').catch(() => undefined)
  await crashed
  await alice.page.evaluate(() => window.pipes.wake())
  const closed = await alice.page.evaluate((linkId) => window.pipes.next({ type: 'link-closed', linkId }), answered.linkId)
  expect(['silent', 'failed']).toContain(closed.type === 'link-closed' && closed.why)
})

test('waking asks, and a line that answers stays', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  await openLine(bob.page, alice.page)
  await alice.page.evaluate(() => window.pipes.wake())
  await alice.page.waitForTimeout(6_000)
  expect((await alice.page.evaluate(() => window.pipes.all())).filter(({ type }) => type === 'link-closed')).toEqual([])
})

test('nobody at the other end is known at once', async ({ open }) => {
  const { page } = await open()
  const peerId = await openId(page)
  const started = Date.now()
  const closed = await page.evaluate(
    ([ours, theirs]) => {
      window.pipes.carryOut({ type: 'link-dial', linkId: 'line', peerId: ours, theirPeerId: theirs })
      return window.pipes.next({ type: 'link-closed' })
    },
    [peerId, randomId()] as const,
  )
  expect(closed).toMatchObject({ linkId: 'line', why: 'peer-unavailable' })
  expect(Date.now() - started).toBeLessThan(3_000)
})

test('the relay restarts: the line lives on, and everything else comes back by itself', async ({ open, relay }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { answered, peerId, theirPeerId } = await openLine(bob.page, alice.page)
  await alice.page.evaluate(() => {
    window.pipes.carryOut({ type: 'relay-connect', connection: 'room' })
    return window.pipes.next({ type: 'relay-opened', connection: 'room' })
  })
  const before = await Promise.all([alice, bob].map(({ page }) => page.evaluate(() => window.pipes.count())))
  await relay.stop()
  await alice.page.evaluate((from) => window.pipes.next({ type: 'relay-closed', connection: 'room' }, from), before[0])
  await alice.page.evaluate(([id, from]) => window.pipes.next({ type: 'peer-lost', peerId: id }, from), [theirPeerId, before[0]] as const)

  await bob.page.evaluate(() => window.pipes.sendMany('line', 3, 3))
  await alice.page.evaluate(() => window.pipes.waitForReceived(3))

  await relay.start()
  await alice.page.evaluate((from) => window.pipes.next({ type: 'relay-opened', connection: 'room' }, from), before[0])
  await alice.page.evaluate(([id, from]) => window.pipes.next({ type: 'peer-ready', peerId: id }, from), [theirPeerId, before[0]] as const)
  await bob.page.evaluate(([id, from]) => window.pipes.next({ type: 'peer-ready', peerId: id }, from), [peerId, before[1]] as const)
  await alice.page.evaluate((linkId) => window.pipes.sendMany(linkId, 3, 3), answered.linkId)
  await bob.page.evaluate(() => window.pipes.waitForReceived(3))
  expect([...alice.errors, ...bob.errors]).toEqual([])
})

test('an id that is given up leaves its lines alone', async ({ open }) => {
  const [alice, bob] = await Promise.all([open(), open()])
  const { peerId, theirPeerId } = await openLine(bob.page, alice.page)
  await bob.page.evaluate((id) => window.pipes.carryOut({ type: 'peer-close', peerId: id }), peerId)
  await alice.page.evaluate((id) => window.pipes.carryOut({ type: 'peer-close', peerId: id }), theirPeerId)
  await bob.page.evaluate(() => window.pipes.sendMany('line', 3, 3))
  await alice.page.evaluate(() => window.pipes.waitForReceived(3))
})

test('a browser without direct lines says so once and answers every wish', async ({ open }) => {
  const without = async (page: Page) => {
    await page.addInitScript(() => {
      Reflect.deleteProperty(globalThis, 'RTCPeerConnection')
    })
  }
  const { page, errors } = await open(without)
  const peerId = randomId()
  const reports = await page.evaluate((id) => {
    window.pipes.carryOut(
      { type: 'peer-open', peerId: id, iceServers: [], turnOnly: false },
      { type: 'link-dial', linkId: 'line', peerId: id, theirPeerId: id },
      { type: 'link-send', linkId: 'line', frame: { type: 'bye' } },
    )
    return window.pipes.all()
  }, peerId)
  expect(reports).toEqual([
    { type: 'direct-lines-possible', possible: false },
    { type: 'peer-lost', peerId },
    { type: 'link-closed', linkId: 'line', why: 'failed' },
  ])
  expect(errors).toEqual([])
})

test('PeerJS is fetched with the first id, not before; a server that the browser cannot read is left out', async ({ open }) => {
  const fetched: string[] = []
  const { page, errors } = await open(async (opening) => {
    opening.on('request', (request) => fetched.push(request.url()))
  })
  const before = fetched.length
  const iceServers = [{ urls: ['no-such-scheme:nowhere'], username: undefined, credential: undefined }]
  const peerId = randomId()
  await page.evaluate(
    ([id, servers]) => {
      window.pipes.carryOut({ type: 'peer-open', peerId: id, iceServers: servers, turnOnly: false })
      return window.pipes.next({ type: 'peer-ready', peerId: id })
    },
    [peerId, iceServers] as const,
  )
  expect(fetched.length).toBeGreaterThan(before)
  expect(errors).toEqual([])
})

const strangers: readonly (readonly [what: string, mischief: Mischief])[] = [
  ['names a kind after a property that every object has', { payload: { serialization: 'constructor' } }],
  ['names the kind __proto__', { payload: { serialization: '__proto__' } }],
  ['asks for a kind that would parse', { payload: { serialization: 'binary' } }],
  ['asks for a kind that nobody knows', { payload: { serialization: 'nonsense' } }],
  ['wants to see and hear', { payload: { type: 'media' } }],
  ['brings metadata', { payload: { metadata: { name: 'Mallory' } } }],
  ['brings another label', { payload: { label: 'files' } }],
  ['brings a session description that is none', { payload: { sdp: { type: 'offer', sdp: 'v=0 nonsense' } } }],
  ['brings an answer for an offer', { payload: { sdp: { type: 'answer', sdp: '' } } }],
  ['has an unordered channel', { channel: { ordered: false } }],
  ['has a lossy channel', { channel: { maxRetransmits: 0 } }],
  ['has a channel of another label', { channel: { label: 'files' } }],
]
test('strangers who break the rules before a line is open get none, and disturb nobody', async ({ open }) => {
  const [alice, mallory] = await Promise.all([open(), open()])
  const outcomes = await Promise.all(
    strangers.map(async ([what, mischief]) => {
      const peerId = await openId(alice.page)
      await dialAsStranger(mallory.page, peerId, mischief)
      return { what, peerId }
    }),
  )
  const reports = await alice.page.evaluate(() => window.pipes.all())
  const ofLines = reports.filter((report) => report.type.startsWith('link-'))
  expect(ofLines.map((report) => outcomes.find(({ peerId }) => 'peerId' in report && report.peerId === peerId)?.what)).toEqual([])
  expect(alice.errors).toEqual([])
  await openLine(mallory.page, alice.page)
})

const misbehaviour: readonly (readonly [what: string, mischief: Mischief])[] = [
  ['sends text', { frames: ['hello'] }],
  ['sends an empty frame', { frames: [[]] }],
  ['sends more than 64 KiB', { frames: [{ zeros: 65_537 }] }],
  ['sends what is no frame', { frames: [[1, 99]] }],
  ['sends the bytes on which PeerJS hangs', { frames: [[0xdd, 0xff, 0xff, 0xff, 0xff]] }],
  ['opens a second channel', { secondChannel: true }],
]
test('strangers who break the rules on an open line lose it', async ({ open }) => {
  const [alice, mallory] = await Promise.all([open(), open()])
  const ends = await Promise.all(
    misbehaviour.map(async ([what, mischief]) => {
      const peerId = await openId(alice.page)
      await dialAsStranger(mallory.page, peerId, mischief)
      const closed = await alice.page.evaluate(async (id) => {
        const opened = await window.pipes.next({ type: 'link-opened', peerId: id })
        return 'linkId' in opened ? window.pipes.next({ type: 'link-closed', linkId: opened.linkId }) : opened
      }, peerId)
      return [what, 'why' in closed && closed.why]
    }),
  )
  expect(ends).toEqual(misbehaviour.map(([what]) => [what, 'misbehaved']))
  expect(alice.errors).toEqual([])
})

test('a stranger who follows the rules gets a line, and floods of signals do nothing to it', async ({ open }) => {
  const [alice, mallory] = await Promise.all([open(), open()])
  const peerId = await openId(alice.page)
  const signals = Array.from({ length: 100 }, (_, i) => ({
    type: 'CANDIDATE',
    payload: { connectionId: `dc-${i}`, candidate: { candidate: 'x' } },
  }))
  const again = { type: 'ANSWER', payload: { sdp: { type: 'offer', sdp: 'v=0' } } }
  const outcome = await dialAsStranger(mallory.page, peerId, { frames: [[1, 5, 0, 0, 0, 1]], signals: [...signals, again, again] })
  expect(outcome).toBe('open')
  await alice.page.evaluate((id) => window.pipes.next({ type: 'link-opened', peerId: id }), peerId)
  const reports = await alice.page.evaluate(() => window.pipes.all())
  expect(reports.map(({ type }) => type)).toEqual(['direct-lines-possible', 'peer-ready', 'link-opened'])
  expect(alice.errors).toEqual([])
})
