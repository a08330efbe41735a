import { describe, expect, it } from 'vitest'
import { asSecret } from '../crypto/bytes.ts'
import { systemRandom } from '../crypto/random.ts'
import {
  type LockRecord,
  type MasterKey,
  nextTryAtMs,
  type PasskeySlot,
  type PassphraseSlot,
  passkeyKey,
  readLockRecord,
  unwrapByPasskey,
  unwrapByPassphrase,
  withPresentFailure,
  wrapForPasskey,
  wrapForPassphrase,
} from './lock-record.ts'

const master: MasterKey = asSecret<'MasterKey'>(systemRandom(32))
const key = asSecret<'Derived'>(systemRandom(32))
const cost = { memoryKiB: 65_536, passes: 3, lanes: 1 }
const passphrase = wrapForPassphrase(key, master, { salt: systemRandom(16), cost }, systemRandom)
const output = systemRandom(32)
const passkey = wrapForPasskey(passkeyKey(output), master, { credentialId: systemRandom(40), salt: systemRandom(32) }, systemRandom)

/** The same bytes but one, for each of them. */
const altered = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from(bytes, (byte, at) => {
    const other = bytes.slice()
    other[at] = byte ^ 1
    return other
  })

describe('the wrapped master key', () => {
  it('is had back by the passphrase and by the passkey that it was wrapped for', () => {
    expect(unwrapByPassphrase(key, passphrase)).toEqual(master)
    expect(unwrapByPasskey(passkeyKey(output), passkey)).toEqual(master)
  })

  it('stands nowhere in what is kept', () => {
    for (const { nonce, wrapped } of [passphrase, passkey]) {
      expect(Buffer.from(wrapped).includes(Buffer.from(master))).toBe(false)
      expect([nonce.length, wrapped.length]).toEqual([24, 48])
    }
  })

  it('is had by no other key', () => {
    for (const other of altered(key)) expect(unwrapByPassphrase(asSecret(other), passphrase)).toBeUndefined()
    for (const other of altered(output)) expect(unwrapByPasskey(passkeyKey(other), passkey)).toBeUndefined()
    expect(unwrapByPasskey(key, passkey)).toBeUndefined()
  })

  it.each(['salt', 'nonce', 'wrapped'] as const)('does not open once any byte of the %s was altered, or one is missing', (field) => {
    for (const bytes of [...altered(passphrase[field]), passphrase[field].slice(1), passphrase[field].slice(0, -1)]) {
      const slot: PassphraseSlot = { ...passphrase, [field]: bytes }
      expect(unwrapByPassphrase(key, slot)).toBeUndefined()
    }
  })

  it.each(['salt', 'credentialId', 'nonce', 'wrapped'] as const)('nor any of the %s of a passkey', (field) => {
    for (const bytes of [...altered(passkey[field]), passkey[field].slice(1), passkey[field].slice(0, -1)]) {
      const slot: PasskeySlot = { ...passkey, [field]: bytes }
      expect(unwrapByPasskey(passkeyKey(output), slot)).toBeUndefined()
    }
  })

  it.each(['memoryKiB', 'passes', 'lanes'] as const)('nor the cost: %s', (field) => {
    expect(unwrapByPassphrase(key, { ...passphrase, cost: { ...cost, [field]: cost[field] + 1 } })).toBeUndefined()
  })

  it('of one way in does not open as the other', () => {
    expect(unwrapByPassphrase(passkeyKey(output), { ...passkey, cost } as PassphraseSlot)).toBeUndefined()
  })
})

const aRecord: LockRecord = {
  phase: 'locked',
  phaseMac: systemRandom(16),
  passphrase,
  passkey,
  failures: 2,
  lastFailureAtMs: 5,
  autoLockMinutes: 15,
  unlockedAs: undefined,
}

describe('slowing down', () => {
  const after = (failures: number, nowMs: number) => nextTryAtMs({ failures, lastFailureAtMs: 1_000_000 }, nowMs)

  it('takes two mistakes for nothing, and waits ever longer from the third on', () => {
    const waits = Array.from({ length: 12 }, (_, failures) => (after(failures, 1_000_000) ?? 1_000_000) - 1_000_000)
    expect(waits.map((ms) => ms / 1_000)).toEqual([0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900])
    expect(after(1_000, 1_000_000)).toBe(1_900_000)
  })

  it('is over when its time is', () => {
    expect(after(3, 1_004_999)).toBe(1_005_000)
    expect(after(3, 1_005_000)).toBeUndefined()
  })

  it('does not keep anybody out for longer after a clock was set back', () => {
    expect(after(3, 400)).toBe(5_400)
    const record: LockRecord = { ...aRecord, failures: 3, lastFailureAtMs: 1_000_000 }
    const inOrder = withPresentFailure(record, 400)
    expect(nextTryAtMs(inOrder, 5_399)).toBe(5_400)
    expect(nextTryAtMs(inOrder, 5_400)).toBeUndefined()
    expect(withPresentFailure(record, 1_000_000)).toBe(record)
  })
})

describe('a record from the disk', () => {
  const record = aRecord

  it('is taken as it was written', () => {
    expect(readLockRecord(record)).toEqual(record)
    expect(readLockRecord({ ...record, passkey: undefined, autoLockMinutes: undefined, unlockedAs: 'a' })).toBeDefined()
  })

  it.each([
    undefined,
    null,
    7,
    {},
    { ...record, phase: 'open' },
    { ...record, phaseMac: new Uint8Array(15) },
    { ...record, passphrase: undefined },
    { ...record, passphrase: { ...passphrase, version: 2 } },
    { ...record, passphrase: { ...passphrase, cost: undefined } },
    { ...record, passphrase: { ...passphrase, cost: { ...cost, passes: '3' } } },
    { ...record, passkey: { ...passkey, salt: new Uint8Array(31) } },
    { ...record, passkey: { ...passkey, credentialId: 'id' } },
    { ...record, failures: -1 },
    { ...record, failures: 0.5 },
    { ...record, lastFailureAtMs: '5' },
    { ...record, autoLockMinutes: 'never' },
    { ...record, unlockedAs: 7 },
  ])('is refused where it is none: %#', (found) => {
    expect(readLockRecord(found)).toBeUndefined()
  })
})
