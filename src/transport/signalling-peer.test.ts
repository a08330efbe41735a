// PeerJS itself, with a WebSocket and an RTCPeerConnection that are moved by hand.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RawConnection } from './raw-connection.ts'
import { openSignallingPeer, type PeerJs, rtcConfigurationOf } from './signalling-peer.ts'

interface Socket {
  readonly url: string
  readonly sent: string[]
  onmessage: ((event: { readonly data: string }) => void) | null
}
const sockets: Socket[] = []
const configurations: unknown[] = []
const channels: (EventTarget & { label: string; ordered: boolean; binaryType: string; isClosed: boolean })[] = []

const createChannel = (label: string, options: object) => {
  const channel = Object.assign(new EventTarget(), {
    label,
    protocol: '',
    ordered: true,
    maxRetransmits: null,
    maxPacketLifeTime: null,
    binaryType: 'blob',
    isClosed: false,
    bufferedAmount: 0,
    send: () => {
      throw new DOMException('not open', 'InvalidStateError')
    },
    close: () => {
      channel.isClosed = true
    },
    ...options,
  })
  channels.push(channel)
  return channel
}

class SocketByHand {
  readonly sent: string[] = []
  readonly readyState = 1
  readonly url: string
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: Socket['onmessage'] = null
  constructor(url: string) {
    this.url = url
    sockets.push(this)
  }
  send = (text: string) => void this.sent.push(text)
  close = () => undefined
}

class PeerConnectionByHand extends EventTarget {
  signalingState = 'have-local-offer'
  constructor(configuration: unknown) {
    super()
    configurations.push(configuration)
  }
  createDataChannel = createChannel
  createOffer = async () => ({ type: 'offer', sdp: 'v=0' })
  createAnswer = async () => ({ type: 'answer', sdp: 'v=0' })
  setLocalDescription = async () => undefined
  setRemoteDescription = async () => {
    throw new Error('nonsense')
  }
  addIceCandidate = async () => {
    throw new Error('nonsense')
  }
  close = () => undefined
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', SocketByHand)
  vi.stubGlobal('RTCPeerConnection', PeerConnectionByHand)
  vi.stubGlobal('RTCSessionDescription', class {})
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetModules()
  for (const list of [sockets, configurations, channels]) list.length = 0
})

const start = async () => {
  const peerJs: PeerJs = await import('peerjs')
  configurations.length = 0
  channels.length = 0
  const told: string[] = []
  const dialled: RawConnection[] = []
  const peer = openSignallingPeer(peerJs, {
    peerId: 'our-own-id',
    token: 'our-token',
    signalling: { host: 'relay.example', port: 8443, secure: true, path: '/peer' },
    configuration: rtcConfigurationOf([{ urls: ['turn:relay.example'], username: 'u', credential: 'c' }], true),
    random: (length) => new Uint8Array(length).fill(7),
    listener: {
      known: () => told.push('known'),
      lost: () => told.push('lost'),
      dialled: (connection) => dialled.push(connection),
      unavailable: (theirs) => told.push(`unavailable ${theirs}`),
    },
  })
  const socket = sockets.at(-1)!
  const says = (message: unknown) => socket.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) })
  return { peerJs, peer, told, dialled, socket, says }
}
const offer = (payload: object) => ({
  type: 'OFFER',
  src: 'stranger',
  payload: {
    type: 'data',
    connectionId: 'abc',
    serialization: 'raw',
    label: 'parley',
    reliable: true,
    sdp: { type: 'offer', sdp: 'v=0' },
    ...payload,
  },
})

test('connects where the relay listens, with our own token', async () => {
  const { socket } = await start()
  expect(socket.url).toBe('wss://relay.example:8443/peer/peerjs?key=peerjs&id=our-own-id&token=our-token&version=1.5.5')
})

test('dials with an ordered channel of our label, the given servers and nothing of its own', async () => {
  const { peer, socket, told, says } = await start()
  says({ type: 'OPEN' })
  const connection = peer.dial('their-id')
  await vi.waitFor(() => expect(socket.sent).toHaveLength(1))
  expect(told).toEqual(['known'])
  expect(configurations).toEqual([
    { iceServers: [{ urls: ['turn:relay.example'], username: 'u', credential: 'c' }], iceTransportPolicy: 'relay' },
  ])
  expect(channels[0]).toMatchObject({ label: 'parley', ordered: true, binaryType: 'arraybuffer' })
  expect(JSON.parse(socket.sent[0] ?? '')).toEqual({
    type: 'OFFER',
    dst: 'their-id',
    payload: {
      sdp: { type: 'offer', sdp: 'v=0' },
      type: 'data',
      connectionId: '07'.repeat(16),
      label: 'parley',
      reliable: true,
      serialization: 'raw',
    },
  })
  expect(connection?.transmit(Uint8Array.of(1))).toBe(false)
})

test('servers without a name or password are given without', () => {
  expect(rtcConfigurationOf([{ urls: ['stun:relay.example'], username: undefined, credential: undefined }], false)).toEqual({
    iceServers: [{ urls: ['stun:relay.example'] }],
    iceTransportPolicy: 'all',
  })
})

test('an honest offer becomes a raw connection, whatever goes wrong with it later', async () => {
  const { says, dialled } = await start()
  says(offer({}))
  says({ type: 'CANDIDATE', src: 'stranger', payload: { connectionId: 'abc', candidate: { candidate: 'nonsense' } } })
  await vi.waitFor(() => expect(dialled).toHaveLength(1))
  expect(dialled[0]?.peer).toBe('stranger')
  dialled[0]?.close()
  says({ type: 'CANDIDATE', src: 'stranger', payload: { connectionId: 'abc', candidate: { candidate: 'nonsense' } } })
})

test('hostile messages make no connection and throw nothing', async () => {
  const { says, dialled, told } = await start()
  const names = ['json', 'binary', 'nonsense', ...Object.getOwnPropertyNames(Object.prototype)]
  for (const serialization of names) expect(() => says(offer({ serialization }))).not.toThrow()
  for (const hostile of ['', 'x', 'null', '[]', '{}', '{"type":"OFFER"}', '{"type":"ERROR"}', '{"type":"CANDIDATE","payload":{}}']) {
    expect(() => says(hostile)).not.toThrow()
  }
  says(offer({ type: 'media' }))
  expect([dialled, told, configurations]).toEqual([[], [], []])
})

test('the control: PeerJS by itself takes such an offer and can then not even be destroyed', async () => {
  const { peerJs } = await start()
  const bare = new peerJs.Peer('bare', { host: 'relay.example', port: 1, secure: true, token: 'x' })
  sockets.at(-1)?.onmessage?.({ data: JSON.stringify(offer({ serialization: 'constructor' })) })
  expect(() => bare.destroy()).toThrow(TypeError)
})

test('even past the guard, every name in the table is our own kind', async () => {
  const { peerJs } = await start()
  const { rawConnectionOf, serializersOf } = await import('./raw-connection.ts')
  const own = rawConnectionOf(peerJs.BufferedConnection)
  const serializers = { ...serializersOf(own) }
  for (const name of ['raw', 'json', 'binary', 'binary-utf8', 'default', 'constructor', 'toString', '__proto__']) {
    expect(serializers[name]).toBe(own)
  }
})

test('who is not there is told, and LEAVE closes nothing', async () => {
  const { says, told, dialled } = await start()
  says(offer({}))
  const closed = vi.fn<() => void>()
  const nothing = () => undefined
  dialled[0]?.listen({ opened: nothing, received: nothing, lowered: nothing, misbehaved: nothing, closed })
  says({ type: 'LEAVE', src: 'stranger' })
  says({ type: 'EXPIRE', src: 'their-id', dst: 'our-own-id' })
  expect(closed).not.toHaveBeenCalled()
  expect(told).toEqual(['unavailable their-id'])
})

test('an id that is taken is a loss', async () => {
  const { says, told } = await start()
  says({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } })
  expect(new Set(told)).toEqual(new Set(['lost']))
})

const listenTo = (connection: RawConnection | undefined) => {
  const heard: (string | Uint8Array)[] = []
  connection?.listen({
    opened: () => heard.push('opened'),
    received: (frame) => heard.push(frame),
    lowered: () => heard.push('lowered'),
    misbehaved: () => heard.push('misbehaved'),
    closed: () => heard.push('closed'),
  })
  return heard
}
const brings = (data: unknown) => channels[0]?.dispatchEvent(new MessageEvent('message', { data }))

test('frames are bytes, at least one and at most 65,536', async () => {
  const { peer, says } = await start()
  says({ type: 'OPEN' })
  const heard = listenTo(peer.dial('their-id'))
  brings(new ArrayBuffer(65_536))
  brings(new ArrayBuffer(1))
  expect(heard).toEqual([new Uint8Array(65_536), new Uint8Array(1)])
  heard.length = 0
  for (const hostile of ['text', new ArrayBuffer(0), new ArrayBuffer(65_537), new Uint8Array(4), null, {}]) brings(hostile)
  expect(heard).toEqual(Array.from({ length: 6 }, () => 'misbehaved'))
})

test('one reliable channel of ours and no other', async () => {
  const { says, dialled } = await start()
  const odd: readonly (readonly [label: string, options: object])[] = [
    ['files', {}],
    ['parley', { ordered: false }],
    ['parley', { maxRetransmits: 0 }],
    ['parley', { maxPacketLifeTime: 10 }],
    ['parley', { protocol: 'x' }],
  ]
  for (const [i, [label, options]] of odd.entries()) {
    says(offer({ connectionId: `odd-${i}` }))
    const heard = listenTo(dialled[i])
    const channel = createChannel(label, options)
    Reflect.get(dialled[i]?.peerConnection ?? {}, 'ondatachannel')({ channel })
    expect([heard, channel.isClosed]).toEqual([['misbehaved'], true])
  }
  says(offer({ connectionId: 'good' }))
  const heard = listenTo(dialled.at(-1))
  const bring = Reflect.get(dialled.at(-1)?.peerConnection ?? {}, 'ondatachannel')
  bring({ channel: createChannel('parley', {}) })
  channels.at(-1)?.dispatchEvent(new Event('open'))
  expect(heard).toEqual(['opened'])
  bring({ channel: createChannel('parley', {}) })
  expect(heard).toEqual(['opened', 'misbehaved'])
})
