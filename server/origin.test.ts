import { expect, test } from 'vitest'
import { isSameSite } from './origin.ts'

test.each([
  ['https://parley.example', 'parley.example'],
  ['http://localhost:8080', 'localhost:8080'],
  ['http://localhost:5173', 'localhost:5173'],
  ['http://[::1]:8080', '[::1]:8080'],
  ['https://parley.example', 'Parley.Example'],
])('%s may ask %s', (origin, host) => {
  expect(isSameSite({ origin, host }, [])).toBe(true)
})

test.each([
  ['https://evil.example', 'parley.example'],
  ['https://parley.example.evil.example', 'parley.example'],
  ['http://localhost:8081', 'localhost:8080'],
  ['null', 'parley.example'],
  ['file://', ''],
  ['ftp://parley.example', 'parley.example'],
  ['no url', 'no url'],
  [undefined, 'parley.example'],
  ['https://parley.example', undefined],
])('%s may not ask %s', (origin, host) => {
  expect(isSameSite({ ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) }, [])).toBe(false)
})

test('an origin that the operator allows may ask, and no other like it', () => {
  expect(isSameSite({ origin: 'https://other.example', host: 'parley.example' }, ['https://other.example'])).toBe(true)
  expect(isSameSite({ origin: 'http://other.example', host: 'parley.example' }, ['https://other.example'])).toBe(false)
})
