// One device that talks to one other through protocol/session, for tests: it keeps the record, finds the prekeys that an
// initial message names and deletes the one-time ones it consumed, as the messenger does.

import { ascii, equal } from '../../src/crypto/bytes.ts'
import type { Random } from '../../src/crypto/random.ts'
import type { PairingPsk } from '../../src/protocol/pqxdh/pqxdh.ts'
import {
  asIfAgreed,
  decrypt,
  emptyRecord,
  encrypt,
  initiate,
  initiateToAsk,
  keepWritten,
  type MissingPrekey,
  type NamedPrekeys,
  readInitial,
  type SessionRecord,
} from '../../src/protocol/session/session.ts'
import { PEOPLE_NOW_MS, type Person, person } from './people.ts'
import { seededRandom } from './seeded-random.ts'

export interface Sent {
  readonly envelopeId: Uint8Array
  readonly message: Uint8Array
  readonly text: string
}

interface HearOptions {
  readonly nowMs?: number
  readonly maxSkip?: number
  readonly psk?: PairingPsk | undefined
}

export interface SessionDevice {
  record: SessionRecord
  readonly person: Person
  readonly random: Random
  /** Begins a session under the other's bundle of this number. */
  begin: (other: SessionDevice, bundle: number | 'last-resort', nowMs?: number, psk?: PairingPsk) => ReturnType<typeof initiate>
  /** Begins a session under the other's bundle of this number, only to ask in it. */
  beginToAsk: (other: SessionDevice, bundle: number, nowMs?: number) => ReturnType<typeof initiateToAsk>
  /** Encrypts in the session of the question, and keeps the new record. */
  ask: (text: string, nowMs?: number) => Sent
  /** Encrypts, and keeps the new record; throws where that is refused. */
  say: (text: string, nowMs?: number) => Sent
  /** Decrypts, and keeps the new record if it was not refused. */
  hear: (from: SessionDevice, sent: Pick<Sent, 'envelopeId' | 'message'>, options?: HearOptions) => ReturnType<typeof decrypt>
  /** What an initial message names, as long as it was not consumed. */
  prekeysFor: (message: Uint8Array) => NamedPrekeys | MissingPrekey | undefined
  /** Everything but the sessions is still there. */
  loseRecord: () => void
}

export const sessionDevice = (name: string, seed: string | number = name): SessionDevice => {
  const us = person(name)
  const random = seededRandom(`session-device/${name}/${seed}`)
  const consumed = new Set<number>()

  const agreementWith = (other: SessionDevice, bundle: number | 'last-resort', nowMs: number, psk: PairingPsk | undefined) => ({
    ours: us.party,
    ourIdentity: us.identity,
    theirs: other.person.party,
    bundle: other.person.bundle(bundle).bundle,
    psk,
    nowMs,
    random,
  })

  const device: SessionDevice = {
    record: emptyRecord,
    person: us,
    random,
    begin: (other, bundle, nowMs = PEOPLE_NOW_MS, psk) => {
      const begun = initiate(device.record, agreementWith(other, bundle, nowMs, psk))
      if (begun.ok) device.record = begun.record
      return begun
    },
    beginToAsk: (other, bundle, nowMs = PEOPLE_NOW_MS) => {
      const begun = initiateToAsk(device.record, agreementWith(other, bundle, nowMs, undefined))
      if (begun.ok) device.record = begun.record
      return begun
    },
    ask: (text, nowMs = PEOPLE_NOW_MS) => {
      const agreed = asIfAgreed(device.record, nowMs)
      if (agreed === undefined) throw new Error('no session to ask in')
      const envelopeId = random(16)
      const said = encrypt(agreed, { envelopeId, plaintext: ascii(text), nowMs, random })
      if (!said.ok) throw new Error(said.reason)
      device.record = keepWritten(device.record, said.record)
      return { envelopeId, message: said.message, text }
    },
    say: (text, nowMs = PEOPLE_NOW_MS) => {
      const envelopeId = random(16)
      const said = encrypt(device.record, { envelopeId, plaintext: ascii(text), nowMs, random })
      if (!said.ok) throw new Error(said.reason)
      device.record = said.record
      return { envelopeId, message: said.message, text }
    },
    hear: (from, { envelopeId, message }, { nowMs = PEOPLE_NOW_MS, maxSkip = 1000, psk } = {}) => {
      const heard = decrypt(device.record, {
        envelopeId,
        message,
        ours: us.party,
        ourIdentity: us.identity,
        theirs: from.person.party,
        prekeys: device.prekeysFor(message),
        psk,
        nowMs,
        maxSkip,
      })
      if (heard.ok) {
        device.record = heard.record
        if (heard.started?.oneTimeX25519Id !== undefined) consumed.add(heard.started.oneTimeX25519Id)
      }
      return heard
    },
    prekeysFor: (message) => {
      const named = readInitial(message)
      if (named === undefined) return undefined
      // Twenty bundles, and the one without one-time keys.
      if (consumed.has(named.oneTimeX25519Id ?? 0) || (named.oneTimeX25519Id ?? 1) > 20) return 'one-time-key-missing'
      const keys = us.bundle(named.oneTimeX25519Id === undefined ? 'last-resort' : named.oneTimeX25519Id - 1)
      const { lastResort, oneTimeKem, signedPrekey, statementHash } = keys.bundle
      const kem = oneTimeKem === undefined ? { kind: 'last-resort', id: lastResort.id } : { kind: 'one-time', id: oneTimeKem.id }
      if (!equal(named.statementHash, statementHash) || named.signedPrekeyId !== signedPrekey.id) return 'signed-prekey-missing'
      return named.kem.kind === kem.kind && named.kem.id === kem.id ? keys : 'one-time-key-missing'
    },
    loseRecord: () => {
      device.record = emptyRecord
    },
  }
  return device
}

/** The text of a message that was read, or why it was not. */
export const textOf = (heard: ReturnType<typeof decrypt>): string =>
  heard.ok ? String.fromCharCode(...heard.plaintext) : `refused: ${heard.reason}`
