// Our own prekeys as others meet them: what an introduction hands out, and what an initial message names. Private halves
// are rows before anything public about them leaves (docs/protocols/prekeys.md); making and renewing them is upkeep.ts.

import { toHex } from '../crypto/bytes.ts'
import type { Introduction } from '../protocol/pairing/pairing.ts'
import type { Handshake } from '../protocol/pqxdh/pqxdh.ts'
import { assembleBundle, BATCH_SIZE, hashOfBundle, proveKem, spendKem } from '../protocol/prekeys/prekeys.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import type { NamedPrekeys } from '../protocol/session/session.ts'
import type { KeptKemBatch, KeptStatement } from './state.ts'
import { freshStatement, nameable } from './statement.ts'
import { selfOf, type Turn } from './turn.ts'

/**
 * What we hand to one person in a pairing: with one-time keys that nobody else gets, and an address of its own.
 *
 * @param listenKey 32 fresh bytes, kept with the contact: its address goes into the introduction
 */
export const introduce = (turn: Turn, listenKey: Uint8Array): Introduction => {
  // The page may have slept since the last upkeep, and nobody believes what has expired.
  const self = selfOf(turn)
  const statement = freshStatement(turn)
  const x25519 = turn.all('oneTimeX25519').find(([, { given }]) => !given)
  if (x25519 !== undefined) turn.put('oneTimeX25519', x25519[0], { ...x25519[1], given: true })
  const kem = takeOneTimeKem(turn, statement)
  return {
    accountKey: self.account.publicKey,
    deviceList: self.deviceList,
    bundle: assembleBundle({
      statement: statement.bytes,
      oneTimeX25519: x25519 && { id: x25519[1].id, publicKey: x25519[1].keyPair.publicKey },
      oneTimeKem: kem,
    }),
    address: addressOf(listenKey),
    suggestedName: turn.get('settings', 'settings')?.displayName ?? '',
  }
}

const takeOneTimeKem = (turn: Turn, statement: KeptStatement) => {
  for (const row of nameable(turn)) {
    const { batch, given } = row
    if (!statement.batchFirstIds.includes(batch.firstId)) continue
    for (let id = batch.firstId; id < batch.firstId + BATCH_SIZE; id++) {
      if (given.includes(id) || batch.seeds[id - batch.firstId] === undefined) continue
      turn.put('kemBatches', String(batch.firstId), { ...row, given: [...given, id] })
      return proveKem(batch, id)
    }
  }
  return undefined
}

/** The private halves that an initial message names, and the bundle as it was served; undefined where one is missing. */
export const prekeysNamedBy = (turn: Turn, handshake: Handshake): NamedPrekeys | undefined => {
  const { signedPrekeyId, statementHash, oneTimeX25519Id, kem } = handshake
  const statement = turn.get('statements', toHex(statementHash))
  const signed = turn.get('signedPrekeys', String(signedPrekeyId))
  if (statement === undefined || statement.signedPrekeyId !== signedPrekeyId || signed === undefined) return undefined
  const x25519 = oneTimeX25519Id === undefined ? undefined : turn.get('oneTimeX25519', String(oneTimeX25519Id))
  if (oneTimeX25519Id !== undefined && x25519 === undefined) return undefined
  const batch = kem.kind === 'one-time' ? batchOf(turn, kem.id)?.batch : undefined
  const kemSeed =
    kem.kind === 'last-resort' ? (kem.id === signed.id ? signed.lastResort.seed : undefined) : batch?.seeds[kem.id - batch.firstId]
  if (kemSeed === undefined) return undefined
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
  if (kem.kind === 'last-resort') return
  const row = batchOf(turn, kem.id)
  if (row !== undefined) turn.put('kemBatches', String(row.batch.firstId), { ...row, batch: spendKem(row.batch, kem.id) })
}

const batchOf = (turn: Turn, id: number): KeptKemBatch | undefined =>
  turn.all('kemBatches').find(([, { batch }]) => id >= batch.firstId && id < batch.firstId + BATCH_SIZE)?.[1]
