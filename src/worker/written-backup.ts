// Writes a backup: what is in memory first, then every conversation page by page. The profile may change meanwhile; what is
// written of it is what was there at the begin, with messages in the state in which their page was read.

import type { BackupSecretText, TransferFailure } from '../messenger/api.ts'
import { heldRows } from '../messenger/backing-up.ts'
import type { BackupRow } from '../messenger/backup-rows.ts'
import type { Held } from '../messenger/state.ts'
import type { PhraseEntropy } from '../protocol/backup/backup.ts'
import { readConversation } from './reading-pages.ts'
import { type Sink, writeRows } from './row-stream.ts'
import { lockNew } from './secrets.ts'
import { type Readable, type Transfer, TransferRefused } from './transfer.ts'

/** Of a profile that gives no rows. */
export const whyNothing = (held: Held): TransferFailure => {
  const self = held.self.get('self')
  return self !== undefined && self.removedAtMs === undefined ? 'not-main' : 'nothing-here'
}

/** @returns bytes of the file */
export const backUp = async (
  { held, look }: Readable,
  secret: BackupSecretText | PhraseEntropy,
  sink: Sink,
  transfer: Transfer,
): Promise<number> => {
  const rows = heldRows(held, transfer.nowMs())
  const [first] = rows ?? []
  if (rows === undefined || first?.type !== 'account') throw new TransferRefused(whyNothing(held))
  const { chunkKey, header } = await lockNew(secret, transfer.random, transfer.stretch)
  const total = first.messages
  transfer.passed(0, total)
  await sink.write(header)
  const everything = async function* (): AsyncGenerator<BackupRow> {
    yield* rows
    let done = 0
    for (const contact of held.contacts.values()) {
      for await (const page of readConversation(look, contact)) {
        done += page.length
        transfer.passed(Math.min(done, total), total)
        for (const message of page) yield { type: 'message', message }
      }
    }
  }
  return header.length + (await writeRows(everything(), chunkKey, sink))
}
