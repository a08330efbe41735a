// Opening a session message with what this device holds. It works on a copy: nothing has changed before the caller keeps the
// record that it gets, and spends the prekeys that began it.

import type { PairingPsk, Party } from '../protocol/pqxdh/pqxdh.ts'
import { decrypt, readInitial, type SessionRecord } from '../protocol/session/session.ts'
import { ourParty } from './account.ts'
import { prekeysNamedBy } from './own-prekeys.ts'
import { selfOf, type Turn } from './turn.ts'

/**
 * @param record the sessions with the device that `theirs` is
 * @param input.mayBegin whether an initial message may begin a session that is not known yet
 * @param input.psk of the pairing that the session begins with; undefined for any other
 */
export const openMessage = (
  turn: Turn,
  record: SessionRecord,
  theirs: Party,
  input: {
    readonly envelopeId: Uint8Array
    readonly message: Uint8Array
    readonly mayBegin: boolean
    readonly psk: PairingPsk | undefined
    readonly maxSkip: number
  },
) => {
  const { envelopeId, maxSkip, mayBegin, message, psk } = input
  const handshake = mayBegin ? readInitial(message) : undefined
  return decrypt(record, {
    envelopeId,
    message,
    ours: ourParty(turn),
    ourIdentity: selfOf(turn).identity,
    theirs,
    prekeys: handshake && prekeysNamedBy(turn, handshake),
    psk,
    nowMs: turn.nowMs,
    maxSkip,
  })
}
