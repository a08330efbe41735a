// Setting a session up: PQXDH on both sides, beside its bare primitives.

import { systemRandom as random } from '../src/crypto/random.ts'
import { accept, initiate, readHandshake } from '../src/protocol/pqxdh/pqxdh.ts'
import { person } from '../test/support/people.ts'
import { compare, comparedFigure, type Figure } from './figures.ts'
import { bareSetUp } from './primitives.ts'

export const measureSetUp = (): readonly Figure[] => {
  const [alice, bob] = [person('Alice'), person('Bob')]
  const keys = bob.bundle(0)
  if (keys.oneTimeX25519 === undefined || keys.bundle.oneTimeKem === undefined) throw new Error('set-up: a bundle without one-time keys')

  const subject = (): void => {
    const begun = initiate({
      ours: alice.party,
      ourIdentity: alice.identity,
      theirs: bob.party,
      bundle: keys.bundle,
      psk: undefined,
      random,
    })
    if (!begun.ok) throw new Error(begun.reason)
    const read = readHandshake(begun.handshake)
    if (!read.ok) throw new Error(read.reason)
    const { handshake } = read
    const accepted = accept({ ...keys, ours: bob.party, ourIdentity: bob.identity, theirs: alice.party, handshake, psk: undefined })
    if (!accepted.ok) throw new Error(accepted.reason)
  }
  const bare = bareSetUp()
  const floor = (): void => {
    bare.initiate()
    bare.accept()
  }
  return [comparedFigure('PQXDH set-up, both sides, CPU', compare(subject, floor, { rounds: 50, calls: 2 }), 1.3)]
}
