import fc from 'fast-check'
import { expect, test } from 'vitest'
import { person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { asSecret, equal } from '../../crypto/bytes.ts'
import { accept, initiate, type PairingPsk, type Party, readHandshake } from './pqxdh.ts'

const alice = person('alice')
const bob = person('bob')

const which = fc.oneof(fc.nat(19), fc.constant('last-resort' as const))
const psks = fc.option(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes): PairingPsk => asSecret<'PairingPsk'>(bytes)),
  { nil: undefined },
)

const begin = (bundleName: number | 'last-resort', psk: PairingPsk | undefined, seed: number) => {
  const keys = bob.bundle(bundleName)
  const random = seededRandom(seed)
  const begun = initiate({ ours: alice.party, ourIdentity: alice.identity, theirs: bob.party, bundle: keys.bundle, psk, random })
  if (!begun.ok) throw new Error(begun.reason)
  return { keys, begun }
}

test('whatever the bundle, the psk and the randomness, both sides agree', () => {
  fc.assert(
    fc.property(which, psks, fc.nat(), (bundleName, psk, seed) => {
      const { keys, begun } = begin(bundleName, psk, seed)
      const read = readHandshake(begun.handshake)
      expect(read.ok).toBe(true)
      if (!read.ok) return
      const theirs: Party = alice.party
      const accepted = accept({ ...keys, ours: bob.party, ourIdentity: bob.identity, theirs, handshake: read.handshake, psk })
      expect(accepted).toEqual({ ok: true, keys: begun.keys })
      expect(read.handshake.baseKey).toEqual(begun.baseKey)
    }),
  )
})

test('a handshake with any bit changed is refused, names other keys, or shares no secret', () => {
  fc.assert(
    fc.property(which, fc.nat(), fc.nat(), fc.nat(7), (bundleName, seed, position, bit) => {
      const { keys, begun } = begin(bundleName, undefined, seed)
      const original = readHandshake(begun.handshake)
      if (!original.ok) throw new Error(original.reason)
      const changed = begun.handshake.slice()
      const at = position % changed.length
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      const read = readHandshake(changed)
      if (!read.ok) return
      const { handshake } = read
      const namesOthers =
        !equal(handshake.statementHash, original.handshake.statementHash) ||
        handshake.signedPrekeyId !== original.handshake.signedPrekeyId ||
        handshake.oneTimeX25519Id !== original.handshake.oneTimeX25519Id ||
        handshake.kem.kind !== original.handshake.kem.kind ||
        handshake.kem.id !== original.handshake.kem.id
      if (namesOthers) return
      const accepted = accept({ ...keys, ours: bob.party, ourIdentity: bob.identity, theirs: alice.party, handshake, psk: undefined })
      if (!accepted.ok) return
      expect(accepted.keys.rootKey).not.toEqual(begun.keys.rootKey)
      expect(accepted.keys.headerKeyA).not.toEqual(begun.keys.headerKeyA)
      expect(accepted.keys.headerKeyB).not.toEqual(begun.keys.headerKeyB)
    }),
  )
})
