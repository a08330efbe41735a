// What a stranger throws at a relay: requests, upgrades, WebSocket frames, frames of ours and signals, each a little or
// entirely wrong. Drawn from a seed, so that what broke something can be thrown again.

import { toHex } from '../../src/crypto/bytes.ts'
import { type Random, uniform } from '../../src/crypto/random.ts'
import { addressOf } from '../../src/protocol/relay-auth/relay-auth.ts'
import { ENVELOPE_LENGTHS } from '../../src/wire/padding.ts'
import { encodeRelayRequest, type RelayRequest } from '../../src/wire/relay-frames.ts'

const ascii = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))

/** One of `kinds`, each as likely. */
const draw = <T>(random: Random, kinds: readonly T[]): T => {
  const kind = kinds[uniform(random, kinds.length)]
  if (kind === undefined) throw new Error('draw: nothing to draw from')
  return kind
}

/** Up to four bytes changed, put in, taken out, doubled or cut off. */
export const mutate = (random: Random, whole: Uint8Array): Uint8Array => {
  let bytes = [...whole]
  for (let changes = 1 + uniform(random, 4); changes > 0; changes--) {
    const at = uniform(random, bytes.length + 1)
    const byte = uniform(random, 256)
    const change = uniform(random, 5)
    if (change === 0) bytes[at] = byte
    else if (change === 1) bytes.splice(at, 0, byte)
    else if (change === 2) bytes.splice(at, 1 + uniform(random, 8))
    else if (change === 3) bytes.splice(at, 0, ...bytes.slice(at, at + 1 + uniform(random, 64)))
    else bytes = bytes.slice(0, Math.max(1, at))
  }
  return Uint8Array.from(bytes)
}

const request = (start: string, ...headers: readonly string[]) => ascii([start, 'Host: 127.0.0.1', ...headers, '\r\n'].join('\r\n'))

/** HTTP that is none, or nearly. */
export const badRequest = (random: Random): Uint8Array => {
  const good = request('GET / HTTP/1.1', 'Accept-Encoding: gzip, br', 'If-None-Match: "x"', 'User-Agent: stranger')
  const number = uniform(random, 100_000)
  return draw(random, [
    () => random(1 + uniform(random, 600)),
    () => mutate(random, good),
    () => mutate(random, good),
    () => good.slice(0, uniform(random, good.length)),
    () => request(`GET /${'%2e%2e/'.repeat(uniform(random, 50))}etc/passwd HTTP/1.1`),
    () => request(`GET /${'a'.repeat(number)} HTTP/1.1`),
    () => request('GET / HTTP/1.1', `X-Long: ${'b'.repeat(number)}`),
    () => request('GET / HTTP/1.1', ...Array.from({ length: uniform(random, 3_000) }, (_, i) => `X-${i}: ${i}`)),
    () => request(`${toHex(random(3))} / HTTP/1.1`),
    () => request(`GET / HTTP/${uniform(random, 12)}.${uniform(random, 12)}`),
    () => request('GET http://other.example/metrics HTTP/1.1'),
    () => request('OPTIONS * HTTP/1.1'),
    () => request('CONNECT other.example:443 HTTP/1.1'),
    () => request('POST /healthz HTTP/1.1', `Content-Length: ${number}`, 'Transfer-Encoding: chunked'),
    () => new Uint8Array(Buffer.concat([request('POST / HTTP/1.1', 'Transfer-Encoding: chunked'), random(uniform(random, 300))])),
    () => request('GET /healthz HTTP/1.1', `Content-Length: -${number}`),
    () => request('GET /metrics HTTP/1.1', `X-Forwarded-For: ${toHex(random(8))}, ::ffff:1.2.3.4.5, ,`, 'Forwarded: for=unknown'),
    () => request('GET / HTTP/1.1', `Accept-Encoding: ${'gzip;q=0,'.repeat(uniform(random, 900))}`, `If-None-Match: ${'"",'.repeat(900)}`),
    () => request('GET /\0 HTTP/1.1', `X-Control: ${String.fromCharCode(uniform(random, 32))}`),
    () => request('GET / HTTP/1.1', 'Expect: 100-continue', 'Connection: keep-alive, upgrade, close'),
  ])()
}

/** A browser's upgrade for this path, as it should be. */
export const goodUpgrade = (path: string, host: string): Uint8Array =>
  ascii(
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      `Origin: http://${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '\r\n',
    ].join('\r\n'),
  )

export const peerPath = (random: Random) => `/peer/peerjs?key=peerjs&id=${toHex(random(16))}&token=${toHex(random(16))}&version=1.5.5`

/** An upgrade that is none, or nearly; some get through. */
export const badUpgrade = (random: Random, host: string): Uint8Array => {
  const paths = ['/relay', peerPath(random)]
  const good = Buffer.from(goodUpgrade(draw(random, paths), host)).toString('latin1')
  return draw(random, [
    () => mutate(random, ascii(good)),
    () => mutate(random, ascii(good)),
    () => ascii(good.replace('GET', draw(random, ['POST', 'HEAD', 'PUT']))),
    () =>
      ascii(
        good.replace(
          /Origin: .*\r\n/,
          `Origin: ${Buffer.from(random(20))
            .toString('latin1')
            .replaceAll(/[\r\n]/g, '')}\r\n`,
        ),
      ),
    () => ascii(good.replace('Version: 13', `Version: ${uniform(random, 300)}`)),
    () => ascii(good.replace('\r\n\r\n', `\r\nSec-WebSocket-Extensions: ${'permessage-deflate; '.repeat(uniform(random, 200))}\r\n\r\n`)),
    () => ascii(good.replace('\r\n\r\n', `\r\nSec-WebSocket-Protocol: ${',a'.repeat(uniform(random, 200))}\r\n\r\n`)),
    () => ascii(good.replace('websocket', draw(random, ['h2c', 'websocket, websocket', 'TLS/1.0', '']))),
    () => ascii(good.replace(/GET \S+/, `GET ${draw(random, paths)}&id=${'%'.repeat(uniform(random, 99))}&__proto__=1&constructor[x]=1`)),
    () => goodUpgrade(`/peer?id=${encodeURIComponent(Buffer.from(random(30)).toString('latin1'))}`, host),
  ])()
}

/** RFC 6455 §5 with the fields as given. @param length what the header promises, whatever follows */
const webSocketFrame = (random: Random, first: number, payload: Uint8Array, length: number | bigint, isMasked: boolean): Uint8Array => {
  const header = Buffer.alloc(10)
  header[0] = first
  let headerLength = 2
  const mark = isMasked ? 0x80 : 0
  if (length < 126) header[1] = mark | Number(length)
  else if (length < 65_536) {
    header[1] = mark | 126
    headerLength = header.writeUInt16BE(Number(length), 2)
  } else {
    header[1] = mark | 127
    headerLength = header.writeBigUInt64BE(BigInt(length), 2)
  }
  const mask = isMasked ? random(4) : new Uint8Array(0)
  return new Uint8Array(Buffer.concat([header.subarray(0, headerLength), mask, payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))]))
}

/** Bytes on an open WebSocket that are no frame of it, or nearly. */
export const badWebSocketBytes = (random: Random): Uint8Array => {
  const payload = random(uniform(random, 200))
  return draw(random, [
    () => random(1 + uniform(random, 400)),
    () => webSocketFrame(random, 0x82, payload, payload.length, false),
    () => webSocketFrame(random, 0x82 | (0x10 << uniform(random, 3)), payload, payload.length, true),
    () => webSocketFrame(random, 0x80 | (3 + uniform(random, 5)), payload, payload.length, true),
    () => webSocketFrame(random, 0x80 | (0x8 + uniform(random, 3)), random(126), 126, true),
    () => webSocketFrame(random, 0x88, random(1 + uniform(random, 20)), 1 + uniform(random, 20), true),
    () => webSocketFrame(random, 0x82, payload, 2n ** 63n - 1n, true),
    () => webSocketFrame(random, 0x82, payload, 65_537, true),
    () => webSocketFrame(random, 0x80, payload, payload.length, true),
    () => webSocketFrame(random, 0x81, Uint8Array.of(0xc0, 0x80, 0xff), 3, true),
    () =>
      new Uint8Array(
        Buffer.concat(Array.from({ length: 1_100 }, (_, i) => webSocketFrame(random, i === 0 ? 0x02 : 0x00, Uint8Array.of(1), 1, true))),
      ),
  ])()
}

/** One of a few ids, so that some come again; of any length that there is. */
const envelopeOf = (random: Random): Uint8Array => new Uint8Array(draw(random, ENVELOPE_LENGTHS)).fill(uniform(random, 50))

/** Well-formed requests of all kinds with values that mean nothing. */
const strangeRequest = (random: Random): RelayRequest => {
  const requestId = uniform(random, 2 ** 32)
  // Few enough that strangers meet in each other's rooms.
  const few = (length: number) => new Uint8Array(length).fill(uniform(random, 8))
  return draw(random, [
    (): RelayRequest => ({ type: 'open-room', requestId, roomId: few(16), ownerKey: few(16), wantsNumber: uniform(random, 2) === 0 }),
    (): RelayRequest => ({ type: 'join-room', requestId, room: { type: 'id', roomId: few(16) } }),
    (): RelayRequest => ({ type: 'join-room', requestId, room: { type: 'number', number: String(10 + uniform(random, 90)) } }),
    (): RelayRequest => ({ type: 'room-message', body: random(uniform(random, 300)) }),
    (): RelayRequest => ({ type: 'evict-guest' }),
    (): RelayRequest => ({ type: 'leave-room' }),
    (): RelayRequest => ({ type: 'listen', requestId, listenKeys: Array.from({ length: 1 + uniform(random, 20) }, () => few(32)) }),
    (): RelayRequest => ({ type: 'stop-listening', requestId, listenKeys: [few(32), few(32)] }),
    (): RelayRequest => ({ type: 'deposit', requestId, liveOnly: true, address: few(32), envelope: new Uint8Array(4032) }),
    (): RelayRequest => ({ type: 'deposit', requestId, liveOnly: false, address: addressOf(few(32)), envelope: envelopeOf(random) }),
    (): RelayRequest => ({ type: 'deposit', requestId, liveOnly: false, address: addressOf(few(32)), envelope: envelopeOf(random) }),
    (): RelayRequest => ({
      type: 'acknowledge',
      address: addressOf(few(32)),
      positions: Array.from({ length: 1 + uniform(random, 20) }, () => 1 + uniform(random, draw(random, [30, 2 ** 32]))),
    }),
    (): RelayRequest => ({ type: 'close-mailboxes', requestId, listenKeys: [few(32), few(32)] }),
    (): RelayRequest => ({ type: 'fetch-bundles', requestId, accountId: few(32), tag: uniform(random, 2) === 0 ? undefined : requestId }),
    (): RelayRequest => ({
      type: 'authenticate',
      requestId,
      accountId: few(32),
      tag: requestId,
      identityKey: draw(random, [few(32), random(32)]),
      ephemeralKey: draw(random, [few(32), random(32)]),
    }),
    (): RelayRequest => ({
      type: 'authenticated',
      sequence: draw(random, [0, 1, requestId]),
      mac: random(32),
      body: Uint8Array.of(1, uniform(random, 8), ...random(uniform(random, 200))),
    }),
    (): RelayRequest => ({ type: 'ping', nonce: requestId }),
  ])()
}

/** Some frames for `/relay`: good ones out of order, and at the end one that is wrong. */
export const badFrames = (random: Random): Uint8Array[] => {
  const strange = () => encodeRelayRequest(strangeRequest(random))
  const good = Array.from({ length: uniform(random, 8) }, strange)
  return [
    ...good,
    draw(random, [() => random(uniform(random, 200)), () => mutate(random, strange()), () => Uint8Array.of(1, ...random(40)), strange])(),
  ]
}

/** Some messages for `/peer`: the last is wrong. */
export const badSignals = (random: Random): string[] => {
  const good = JSON.stringify({
    type: draw(random, ['OFFER', 'ANSWER', 'CANDIDATE', 'HEARTBEAT']),
    dst: toHex(random(16)),
    payload: { type: 'data' },
  })
  return [
    good,
    draw(random, [
      () => Buffer.from(mutate(random, ascii(good))).toString('latin1'),
      () => '['.repeat(1 + uniform(random, 60_000)),
      () => `{"type":"OFFER","dst":"${toHex(random(16))}","payload":{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}}`,
      () => '{"type":"OFFER","dst":"__proto__","payload":{"__proto__":{"x":1}},"__proto__":{"type":"LEAVE"}}',
      () =>
        JSON.stringify({ type: draw(random, ['OPEN', 'EXPIRE', 'ERROR', 'LEAVE', '', 7, null, {}]), dst: toHex(random(16)), payload: {} }),
      () => JSON.stringify({ type: 'OFFER', dst: draw(random, [7, null, [], {}, 'a', 'b'.repeat(9_000)]), payload: {} }),
      () => JSON.stringify({ type: 'OFFER', dst: toHex(random(16)), payload: draw(random, [7, null, 'x', [], true]) }),
      () => Buffer.from(random(100)).toString('latin1'),
      () => '',
    ])(),
  ]
}
