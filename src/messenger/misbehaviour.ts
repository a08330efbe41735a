// The log of what a relay did that it must not do, for the person to read in Settings. It accuses nobody of intent (a relay
// whose disk was put back to yesterday's looks the same) and changes nothing about what is believed or sent.

import { toHex } from '../crypto/bytes.ts'
import type { ContactId, Misbehaviour, MisbehaviourView } from './api.ts'
import type { Turn } from './turn.ts'

const DAY_MS = 86_400_000
/** Entries that are kept; the oldest go first. */
export const MAX_MISBEHAVIOUR = 100
const ID_LENGTH = 16

/** Notes what was seen. The same about the same contact, again within a day of the last time, is counted in one entry. */
export const misbehaved = (turn: Turn, what: Misbehaviour, contactId?: ContactId): void => {
  const rows = turn.all('misbehaviour')
  const again = rows.find(([, row]) => row.what === what && row.contactId === contactId && turn.nowMs - row.atMs < DAY_MS)
  const id = again?.[0] ?? toHex(turn.random(ID_LENGTH))
  turn.put('misbehaviour', id, { atMs: turn.nowMs, what, contactId, count: (again?.[1].count ?? 0) + 1 })
  for (const { id: old } of misbehaviourViews(turn).slice(MAX_MISBEHAVIOUR)) turn.remove('misbehaviour', old)
  tellMisbehaviour(turn)
}

/** An initial message named a one-time key that another one has used already: the relay gave it out twice. */
export const oneTimeKeyReused = (turn: Turn, contactId?: ContactId): void => misbehaved(turn, 'one-time-key-reused', contactId)

export const clearMisbehaviour = (turn: Turn): undefined => {
  for (const [id] of turn.all('misbehaviour')) turn.remove('misbehaviour', id)
  tellMisbehaviour(turn)
}

/** Newest first. */
export const misbehaviourViews = (turn: Turn): readonly MisbehaviourView[] =>
  turn
    .all('misbehaviour')
    .map(([id, row]) => ({ id, ...row }))
    .reverse()
    .sort((a, b) => b.atMs - a.atMs)

const tellMisbehaviour = (turn: Turn): void => turn.tell({ type: 'misbehaviour-changed', misbehaviour: misbehaviourViews(turn) })
