// Our own prekeys as others meet them: what an introduction hands out, and what an initial message names. Private halves
// are rows before anything public about them leaves (docs/protocols/prekeys.md); making and renewing them is upkeep.ts,
// handing them to the relay is publish.ts.

import { toHex } from '../crypto/bytes.ts'
import type { Introduction } from '../protocol/pairing/pairing.ts'
import type { Handshake } from '../protocol/pqxdh/pqxdh.ts'
import { assembleBundle, hashOfBundle, proveKem, spendKem } from '../protocol/prekeys/prekeys.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import type { MissingPrekey, NamedPrekeys } from '../protocol/session/session.ts'
import { kemBatchOf, noLongerLeft, takeKem, takeX25519, x25519Of } from './one-time-keys.ts'
import { freshStatement } from './statement.ts'
import { selfOf, type Turn } from './turn.ts'

/**
 * What we hand to one person in a pairing: with one-time keys that nobody else gets, as long as there are any, and an
 * address of its own. Without them the pairing's own secret still makes the session's keys fresh.
 *
 * @param listenKey 32 fresh bytes, kept with the contact: its address goes into the introduction
 */
export const introduce = (turn: Turn, listenKey: Uint8Array): Introduction => {
  // The page may have slept since the last upkeep, and nobody believes what has expired.
  const self = selfOf(turn)
  const statement = freshStatement(turn)
  const x25519 = takeX25519(turn)
  const kem = takeKem(turn, statement)
  return {
    accountKey: self.account.publicKey,
    deviceList: self.deviceList,
    bundle: assembleBundle({
      statement: statement.bytes,
      oneTimeX25519: x25519 && { id: x25519.id, publicKey: x25519.keyPair.publicKey },
      oneTimeKem: kem && proveKem(kem.batch, kem.id),
    }),
    address: addressOf(listenKey),
    suggestedName: turn.get('settings', 'settings')?.displayName ?? '',
  }
}

/** The private halves that an initial message names, and the hash of the bundle as it was served; or what of it is missing. */
export const prekeysNamedBy = (turn: Turn, handshake: Handshake): NamedPrekeys | MissingPrekey => {
  const { signedPrekeyId, statementHash, oneTimeX25519Id, kem } = handshake
  const statement = turn.get('statements', toHex(statementHash))
  const signed = turn.get('signedPrekeys', String(signedPrekeyId))
  if (statement === undefined || statement.signedPrekeyId !== signedPrekeyId || signed === undefined) return 'signed-prekey-missing'
  if (kem.kind === 'last-resort' && kem.id !== signed.id) return 'signed-prekey-missing'
  const x25519 = oneTimeX25519Id === undefined ? undefined : x25519Of(turn, oneTimeX25519Id)
  if (oneTimeX25519Id !== undefined && x25519 === undefined) return 'one-time-key-missing'
  const batch = kem.kind === 'one-time' ? kemBatchOf(turn, kem.id)?.batch : undefined
  const kemSeed = kem.kind === 'last-resort' ? signed.lastResort.seed : batch?.seeds[kem.id - batch.firstId]
  if (kemSeed === undefined) return 'one-time-key-missing'
  const served = assembleBundle({
    statement: statement.bytes,
    oneTimeX25519: x25519 && { id: x25519.id, publicKey: x25519.keyPair.publicKey },
    oneTimeKem: batch && proveKem(batch, kem.id),
  })
  return { signedPrekey: signed.x25519, oneTimeX25519: x25519?.keyPair, kemSeed, bundleHash: hashOfBundle(served) }
}

/** Deletes the one-time halves that opened a first message, in the commit that keeps this message. */
export const spendPrekeys = (turn: Turn, { oneTimeX25519Id, kem }: Handshake): void => {
  if (oneTimeX25519Id !== undefined) turn.remove('oneTimeX25519', String(oneTimeX25519Id))
  const row = kem.kind === 'one-time' ? kemBatchOf(turn, kem.id) : undefined
  if (row !== undefined) turn.put('kemBatches', String(row.batch.firstId), { ...row, batch: spendKem(row.batch, kem.id) })
  noLongerLeft(turn, oneTimeX25519Id, kem.kind === 'one-time' ? kem.id : undefined)
}
