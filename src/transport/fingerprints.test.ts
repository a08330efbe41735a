import { expect, test } from 'vitest'
import { FINGERPRINT_LENGTH, fingerprintOf } from './fingerprints.ts'

const digits = (byte: number) =>
  Array.from({ length: FINGERPRINT_LENGTH }, (_, i) => ((byte + i) & 255).toString(16).padStart(2, '0').toUpperCase()).join(':')
const bytes = (byte: number) => Uint8Array.from({ length: FINGERPRINT_LENGTH }, (_, i) => (byte + i) & 255)
const line = (byte: number) => `a=fingerprint:sha-256 ${digits(byte)}`
const sdp = (...lines: readonly string[]) =>
  ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', ...lines, 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:0', ''].join('\r\n')

test('one fingerprint, as browsers write it', () => {
  expect(fingerprintOf(sdp(line(7)))).toEqual(bytes(7))
  expect(fingerprintOf(sdp(line(7).toLowerCase()))).toEqual(bytes(7))
  expect(fingerprintOf(sdp(line(7)).replaceAll('\r\n', '\n'))).toEqual(bytes(7))
})

test('the same one for the session and for a part of it', () => {
  expect(fingerprintOf(`${sdp(line(7))}${line(7).toLowerCase()}\r\n`)).toEqual(bytes(7))
})

const refused: readonly (readonly [what: string, sdp: string])[] = [
  ['none', sdp()],
  ['nothing at all', ''],
  ['two that differ', `${sdp(line(7))}${line(8)}\r\n`],
  ['another hash', sdp(`a=fingerprint:sha-1 ${digits(7).slice(0, 59)}`)],
  ['another hash of the same length', sdp(`a=fingerprint:sha3-256 ${digits(7)}`)],
  ['a good one beside another hash', sdp(line(7), `a=fingerprint:sha-512 ${digits(7)}:${digits(8)}`)],
  ['a good one beside a malformed one', sdp(line(7), 'a=fingerprint:')],
  ['a byte too few', sdp(line(7).slice(0, -3))],
  ['a byte too many', sdp(`${line(7)}:00`)],
  ['no hexadecimal', sdp(line(7).replace(/:..$/, ':ZZ'))],
  ['two spaces', sdp(line(7).replace(' ', '  '))],
  ['something behind it', sdp(`${line(7)} x`)],
  ['a second one behind a bare CR', sdp(`${line(7)}\ra=x\r${line(8)}`)],
  ['a second one that is indented', sdp(line(7), ` ${line(8)}`)],
  ['a second one in capitals', sdp(line(7), line(8).replace('fingerprint', 'FINGERPRINT'))],
]
test.each(refused)('refuses %s', (_, hostile) => {
  expect(fingerprintOf(hostile)).toBeUndefined()
})

test('a fingerprint inside another line is none', () => {
  expect(fingerprintOf(sdp(line(7), `a=x-note:${line(8)}`))).toEqual(bytes(7))
})
