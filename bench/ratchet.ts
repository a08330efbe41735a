// Messages through the ratchet, encrypted here and decrypted there, beside their bare primitives.

import { systemRandom as random } from '../src/crypto/random.ts'
import { decrypt, encrypt, type RatchetState } from '../src/protocol/ratchet/ratchet.ts'
import { type Name, startPair } from '../test/support/ratchet-pair.ts'
import { type Compared, compare, comparedFigure, type Figure } from './figures.ts'
import { bareMessage, bareStep } from './primitives.ts'

/** About what fills a frame of 4 KiB. */
const plaintext = new Uint8Array(1_600)

/** Two ends that have heard each other, so that every further step has a KEM ciphertext. */
const talkers = (): ((from: Name, to: Name) => void) => {
  const states: Record<Name, RatchetState> = startPair(random)
  const pass = (from: Name, to: Name): void => {
    const envelopeId = random(16)
    const sent = encrypt(states[from], { envelopeId, plaintext, random })
    const got = decrypt(states[to], { envelopeId, message: sent.message, nowMs: 0, maxSkip: 1000 })
    if (!got.ok) throw new Error(got.reason)
    states[from] = sent.state
    states[to] = got.state
  }
  for (let round = 0; round < 3; round++) {
    pass('alice', 'bob')
    pass('bob', 'alice')
  }
  return pass
}

const perSecond = ({ subjectMs }: Compared): string => ` (${Math.round(1000 / subjectMs)}/s)`

export const measureRatchet = (): readonly Figure[] => {
  const bare = bareMessage(plaintext)
  const step = bareStep()

  const passInChain = talkers()
  const inChain = compare(
    () => passInChain('alice', 'bob'),
    () => {
      bare.seal()
      bare.open(0)
    },
    { rounds: 80, calls: 30 },
  )

  const pass = talkers()
  let isThere = true
  const pingPong = compare(
    () => {
      if (isThere) pass('alice', 'bob')
      else pass('bob', 'alice')
      isThere = !isThere
    },
    () => {
      step.send()
      bare.seal()
      // The header key of their chain so far comes first: only their next one opens it.
      bare.open(1)
      step.receive()
    },
    { rounds: 50, calls: 4 },
  )
  return [
    comparedFigure('a message within a chain, both sides, CPU', inChain, undefined, perSecond(inChain)),
    comparedFigure('a message with a change of direction, CPU', pingPong, 1.3, perSecond(pingPong)),
  ]
}
