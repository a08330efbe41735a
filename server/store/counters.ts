// The sums over the whole store, in memory while it is open and in one row on disk, written by the transaction that changes
// them. So quotas are exact and health costs nothing, and nobody ever counts rows.

import { type Database, prepare } from './database.ts'
import type { Remembered } from './group-commit.ts'

export interface Sums {
  /** The highest position that a mailbox had which has ended. */
  endedPosition: number
  /** With those of mailboxes that have ended and are not yet deleted. */
  envelopes: number
  bytes: number
  /** Without those that have ended. */
  mailboxes: number
  accounts: number
  /** With a statement. */
  devices: number
}

export interface Counters extends Remembered {
  /** Changed in place, inside a transaction. */
  readonly sums: Sums
}

export const loadCounters = (database: Database): Counters => {
  const load = prepare<Sums>(
    database,
    'SELECT ended_position AS endedPosition, envelopes, bytes, mailboxes, accounts, devices FROM store WHERE one = 1',
  )
  const write = prepare(
    database,
    'UPDATE store SET ended_position = ?, envelopes = ?, bytes = ?, mailboxes = ?, accounts = ?, devices = ? WHERE one = 1',
  )
  const loaded = load.get()
  if (!loaded) throw new Error('a store without its row')
  const sums: Sums = { ...loaded }
  let written: Readonly<Sums> = { ...loaded }

  return {
    sums,
    mark: () => {
      const sumsNow = { ...sums }
      const writtenNow = written
      return () => {
        Object.assign(sums, sumsNow)
        written = writtenNow
      }
    },
    save: () => {
      const { endedPosition, envelopes, bytes, mailboxes, accounts, devices } = sums
      const isSame =
        endedPosition === written.endedPosition &&
        envelopes === written.envelopes &&
        bytes === written.bytes &&
        mailboxes === written.mailboxes &&
        accounts === written.accounts &&
        devices === written.devices
      // A round that changed nothing must not touch the disk.
      if (isSame) return
      write.run(endedPosition, envelopes, bytes, mailboxes, accounts, devices)
      written = { ...sums }
    },
  }
}
