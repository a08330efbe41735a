import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { isFromThisMachine, networkAddressOf } from './network-address.ts'

const requestFrom = (remoteAddress: string | undefined, headers: Readonly<Record<string, string>> = {}) => {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
  return Object.assign(new IncomingMessage(socket), { headers })
}
const forwarded = (entries: string, hops: number) => networkAddressOf(requestFrom('10.0.0.1', { 'x-forwarded-for': entries }), hops)

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2/64'],
  ['2001:db8::1', '2001:db8:0:0/64'],
  ['2001:db8::', '2001:db8:0:0/64'],
  ['::1', '0:0:0:0/64'],
  ['::', '0:0:0:0/64'],
  ['64:ff9b::203.0.113.7', '64:ff9b:0:0/64'],
  ['1:2::3:4:5:6:7', '1:2:0:3/64'],
  ['fe80::1%eth0', 'fe80:0:0:0/64'],
  [undefined, 'unknown'],
])('%s counts as %s', (remoteAddress, networkAddress) => {
  expect(networkAddressOf(requestFrom(remoteAddress), 0)).toBe(networkAddress)
})

describe('behind proxies', () => {
  test('without trust, what is forwarded is not believed', () => {
    expect(forwarded('198.51.100.1', 0)).toBe('10.0.0.1')
  })

  test('one hop: the last entry; what the client claims stands before it', () => {
    expect(forwarded('198.51.100.1', 1)).toBe('198.51.100.1')
    expect(forwarded('1.1.1.1, 8.8.8.8,198.51.100.1', 1)).toBe('198.51.100.1')
  })

  test('two hops: the last but one', () => {
    expect(forwarded('1.1.1.1, 198.51.100.1, 10.0.0.9', 2)).toBe('198.51.100.1')
  })

  test('too few entries, no header, or what is no address: who asked', () => {
    expect(forwarded('198.51.100.1', 2)).toBe('10.0.0.1')
    expect(networkAddressOf(requestFrom('10.0.0.1'), 1)).toBe('10.0.0.1')
    expect(forwarded('unknown', 1)).toBe('10.0.0.1')
    expect(forwarded('', 1)).toBe('10.0.0.1')
  })
})

test('this very machine, and no proxy on it', () => {
  for (const address of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1']) expect(isFromThisMachine(requestFrom(address))).toBe(true)
  for (const address of ['203.0.113.7', '::2', undefined]) expect(isFromThisMachine(requestFrom(address))).toBe(false)
  expect(isFromThisMachine(requestFrom('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }))).toBe(false)
  expect(isFromThisMachine(requestFrom('127.0.0.1', { forwarded: 'for=127.0.0.1' }))).toBe(false)
})
