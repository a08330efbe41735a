import { describe, expect, it } from 'vitest'
import { MAX_DEVICES } from '../protocol/identity/identity.ts'
import { MAX_NAME_LENGTH, MAX_OWN_DEVICES } from './api.ts'
import { shortName } from './contacts.ts'

describe('a name', () => {
  it('keeps whole characters, as many as fit, and loses control characters, half characters and outer spaces', () => {
    expect(shortName('  Ana\n\u0007 María ')).toBe('Ana  María')
    expect(shortName('x'.repeat(100))).toBe('x'.repeat(MAX_NAME_LENGTH))
    expect(shortName('ü'.repeat(100))).toBe('ü'.repeat(MAX_NAME_LENGTH / 2))
    expect(shortName(`${'x'.repeat(62)}🙂`)).toBe('x'.repeat(62))
    expect(shortName('\ud83d')).toBe('\ufffd')
    expect(shortName(' \t')).toBe('')
  })
})

describe('the devices of one person', () => {
  it('are as many for the screens as the signed list takes', () => expect(MAX_OWN_DEVICES).toBe(MAX_DEVICES))
})
