// No direct line can be had: the browser forbids it, an extension has taken it away, or the person does not want one. Everything
// goes through the relay then, and the person is told why where there is something to tell.

import { expect, type Person, pair, test } from './support/browser.ts'
import { Conversation } from './support/conversation.ts'

const talk = async (alice: Person, bob: Person): Promise<void> => {
  await Promise.all([alice.isConnected('Through relay'), bob.isConnected('Through relay')])
  await alice.says('Can you hear me?')
  await bob.reads('Can you hear me?')
  await bob.says('Yes')
  await alice.reads('Yes')
  await Promise.all([alice.seesState('Can you hear me?', 'Delivered'), bob.seesState('Yes', 'Delivered')])
}

test('WebRTC may use no network here (as behind many VPNs): pairing and messages go through the relay', async ({ settles }) => {
  const withoutUdp = { args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] }
  const [atAlice, atBob] = await Promise.all([settles('Alice', withoutUdp), settles('Bob', withoutUdp)])
  const [alice, bob] = [atAlice.person(), atBob.person()]
  // The browser itself is what opens no line, not the application.
  for (const person of [alice, bob]) expect(await person.page.evaluate(gathersNothing)).toBe(true)
  await pair(alice, bob)
  for (const person of [alice, bob]) {
    await expect(
      person.page.getByText('A direct connection was not possible here. Messages go through the relay, still end-to-end encrypted.'),
    ).toBeVisible()
  }
  await talk(alice, bob)
})

test('a browser without WebRTC says so, and the other side needs no change', async ({ alice, arrives }) => {
  const bob = await arrives('Bob')
  await bob.page.addInitScript(() => Reflect.deleteProperty(globalThis, 'RTCPeerConnection'))
  await bob.reloads()
  await pair(alice, bob)
  await expect(
    bob.page.getByText('This browser blocks direct connections (often a VPN or privacy setting). Messages go through the relay.'),
  ).toBeVisible()
  await talk(alice, bob)
})

test('Relay only, switched on and off while they talk: no message is lost, doubled or out of order', async ({ alice, bob }) => {
  test.slow()
  await pair(alice, bob)
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
  const talked = new Conversation(alice, bob)
  await talked.bothSay(5, 'on the direct line')

  await alice.choosesRelayOnly(true)
  await alice.opensConversation('Bob')
  await Promise.all([alice.isConnected('Through relay'), bob.isConnected('Through relay')])
  await talked.bothSay(5, 'through the relay')

  await alice.choosesRelayOnly(false)
  await alice.opensConversation('Bob')
  await talked.bothSay(5, 'on some line')
  await Promise.all([alice.isConnected('Direct'), bob.isConnected('Direct')])
  await talked.bothSay(5, 'on a direct line again')
  await talked.isWhole()
})

/** Whether a connection of this browser finds no address at all to offer. */
const gathersNothing = async (): Promise<boolean> => {
  const connection = new RTCPeerConnection()
  connection.createDataChannel('probe')
  const found: string[] = []
  const gathered = new Promise<void>((done) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate === null) done()
      else if (candidate.candidate !== '') found.push(candidate.candidate)
    })
  })
  await connection.setLocalDescription()
  await gathered
  connection.close()
  return found.length === 0
}
