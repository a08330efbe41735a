import { describe, expect, it } from 'vitest'
import { strengthOf } from './strength.ts'

describe('the strength of a passphrase', () => {
  it.each([
    ['', 'too-short'],
    ['1234567', 'too-short'],
    ['🔑🔑🔑🔑🔑🔑🔑', 'too-short'],
    ['12345678', 'weak'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['password1', 'weak'],
    ['correct horse battery', 'good'],
    ['four small words now', 'good'],
    ['kT7!bq2#Zp9wLx', 'fair'],
    ['grün acht Boot Tee', 'fair'],
    ['one two six ten red', 'good'],
  ] as const)('of %j is %s', (passphrase, strength) => {
    expect(strengthOf(passphrase)).toBe(strength)
  })
})
