// Group commit: what is asked for in one round of the event loop becomes one transaction, so that one sync of the disk
// serves all of it, and nothing resolves before that. Within it every operation stands alone: one that fails takes nothing
// of the others with it. Knows no table.
//
//   waiting --end of the round--> attempted --COMMIT--> resolved
//                                           --COMMIT fails--> rolled back, all in doubt
//                                           --one throws--> rolled back, attempted again, each in a savepoint

import { troubleOf } from './database.ts'

export interface Transactional {
  readonly exec: (sql: string) => void
  readonly isTransaction: boolean
}

/** What operations change in memory beside the rows. */
export interface Remembered {
  /** @returns puts back what is remembered now */
  readonly mark: () => () => void
  /** Writes it into the transaction that is open. */
  readonly save: () => void
}

export interface GroupCommit {
  /**
   * Runs `operation` in the next transaction.
   *
   * @param operation changes rows and what is remembered, nothing else: where another one throws, it runs a second time
   * @returns what it returned, once that is durable; `inDoubt` where the disk or the machine failed. Rejects where the operation threw otherwise: that is a bug
   */
  readonly run: <T>(operation: () => T, inDoubt: T) => Promise<T>
  /** Whether the last transaction went well, and everything in it. */
  readonly isSound: () => boolean
  /** Does what is waiting; everything later is in doubt. */
  readonly close: () => void
}

interface Asked {
  readonly attempt: () => void
  readonly fail: (error: unknown) => void
  readonly settle: (isDurable: boolean) => void
}

type Result<T> = { readonly value: T } | { readonly error: unknown }

/** The event loop gets a turn after so many: a few milliseconds of work. */
const MAX_ROUND = 512

/** @param onTrouble called when the disk or the machine begins to fail */
export const createGroupCommit = (database: Transactional, remembered: Remembered, onTrouble: (error: unknown) => void): GroupCommit => {
  const waiting: Asked[] = []
  let isClosed = false
  let isSound = true
  let wasSound = true

  /** Once, when it begins: a disk stays full for longer than one round. */
  const report = (error: unknown) => {
    if (isSound && wasSound) onTrouble(error)
    isSound = false
  }

  /** Savepoints cost a third of an append, and hardly ever does anything throw. @returns whether nothing did; if not, nothing is done */
  const attemptTogether = (round: readonly Asked[]): boolean => {
    const putBack = remembered.mark()
    try {
      for (const asked of round) asked.attempt()
      return true
    } catch (error) {
      // A full disk can end the whole transaction, not only the statement.
      if (!database.isTransaction) throw error
      database.exec('ROLLBACK')
      database.exec('BEGIN IMMEDIATE')
      putBack()
      return false
    }
  }

  const attemptAlone = (asked: Asked) => {
    const putBack = remembered.mark()
    database.exec('SAVEPOINT operation')
    try {
      asked.attempt()
    } catch (error) {
      if (!database.isTransaction) throw error
      database.exec('ROLLBACK TO operation')
      putBack()
      asked.fail(error)
    }
    database.exec('RELEASE operation')
  }

  const commit = (round: readonly Asked[]): boolean => {
    const putBack = remembered.mark()
    try {
      database.exec('BEGIN IMMEDIATE')
      if (!attemptTogether(round)) for (const asked of round) attemptAlone(asked)
      remembered.save()
      database.exec('COMMIT')
      return true
    } catch (error) {
      putBack()
      report(error)
      rollBack()
      return false
    }
  }

  const rollBack = () => {
    try {
      if (database.isTransaction) database.exec('ROLLBACK')
    } catch (error) {
      report(error)
    }
  }

  const flush = () => {
    const round = waiting.splice(0, MAX_ROUND)
    if (round.length === 0) return
    if (waiting.length > 0) setImmediate(flush)
    wasSound = isSound
    isSound = true
    const isDurable = commit(round)
    for (const asked of round) asked.settle(isDurable)
  }

  return {
    run: <T>(operation: () => T, inDoubt: T) => {
      if (isClosed) return Promise.resolve(inDoubt)
      return new Promise<T>((resolve, reject) => {
        let result: Result<T> = { value: inDoubt }
        waiting.push({
          attempt: () => {
            result = { value: operation() }
          },
          fail: (error) => {
            const isBug = troubleOf(error) === undefined
            result = isBug ? { error } : { value: inDoubt }
            if (!isBug) report(error)
          },
          settle: (isDurable) => {
            if ('error' in result) reject(result.error)
            else resolve(isDurable ? result.value : inDoubt)
          },
        })
        // After everything that this round of the event loop brings in.
        if (waiting.length === 1) setImmediate(flush)
      })
    },
    isSound: () => isSound,
    close: () => {
      while (waiting.length > 0) flush()
      isClosed = true
    },
  }
}
