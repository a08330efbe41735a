import { expect, test } from 'vitest'
import { byteSize } from '../byte-size.ts'
import { connectionReport } from './connection-report.ts'
import { parseServer } from './parse-server.ts'

test.each(['stun:stun.example.org', 'stuns:stun.example.org:5349', 'stun:192.0.2.1:3478', 'stun:[2001:db8::1]:3478'])(
  '%s is a STUN server',
  (url) =>
    expect(parseServer(` ${url} `, 'ignored', 'ignored')).toEqual({
      ok: true,
      server: { urls: [url], username: undefined, credential: undefined },
    }),
)

test('a TURN server has a name and a password', () => {
  const url = 'turns:turn.example.org:443?transport=tcp'
  expect(parseServer(url, ' me ', ' s3cret ')).toEqual({ ok: true, server: { urls: [url], username: 'me', credential: ' s3cret ' } })
  expect(parseServer(url, '', 'x')).toEqual({ ok: false, reason: 'needs-login' })
  expect(parseServer(url, 'me', '')).toEqual({ ok: false, reason: 'needs-login' })
})

test.each([
  '',
  'example.org',
  'https://example.org',
  'stun:',
  'stun:a b',
  'stun://example.org',
  'turn:x?transport=sctp',
  `stun:${'a'.repeat(600)}`,
])('%j is none', (address) => expect(parseServer(address, 'me', 'x')).toEqual({ ok: false, reason: 'bad-address' }))

test('bytes in words', () => {
  expect(byteSize('en', 0)).toBe('0 byte')
  expect(byteSize('en', 4_213_000)).toBe('4.2 MB')
  expect(byteSize('de', 4_213_000)).toBe('4,2 MB')
})

test('the report has timings, kinds and counts', () => {
  const report = connectionReport(
    {
      relay: 'connected',
      directLinesPossible: true,
      relayOnly: true,
      storage: { persistent: false, usedBytes: 10, quotaBytes: 20 },
      paths: [{ ours: 'host', theirs: 'relay', openedInMs: 120.4 }],
      refusals: { replayed: 2, 'bad-mac': 1 },
      isRemoved: false,
    },
    [
      { id: 'c', atMs: 3, what: 'wrong-keys', contactId: 'a'.repeat(64), count: 2 },
      { id: 'b', atMs: 2, what: 'key-changed', contactId: undefined, count: 1 },
      { id: 'a', atMs: 1, what: 'wrong-keys', contactId: 'b'.repeat(64), count: 1 },
    ],
    '1.2.3',
    'Browser/1',
  )
  expect(report.split('\n')).toEqual([
    'Parley 1.2.3',
    'browser: Browser/1',
    'relay: connected',
    'direct lines: possible, switched off',
    'direct line: host - relay, opened in 120 ms',
    'refused bad-mac: 1',
    'refused replayed: 2',
    'misbehaviour key-changed: 1',
    'misbehaviour wrong-keys: 3',
    'storage: not persistent, 10 of 20 bytes',
  ])
})
