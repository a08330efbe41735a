// One connection to the database, kept alive: browsers close connections by themselves (storage cleared, tab in the
// background, another version opening), so a lost one is opened again and the work is done once more. Trouble of the
// browser's becomes a `StoreTrouble` here; whatever else is thrown is a bug and goes on as it is.
//
//   unopened --use--> open --closed by the browser, versionchange--> lost --use--> open
//                       any --close--> closed

import { deleteDB, openDB } from 'idb'
import { DATABASE_VERSION, type Database, type Schema, upgrade } from './schema.ts'
import { StoreTrouble, type StoreTroubleReason } from './store.ts'

export interface Connection {
  /**
   * Runs work on the open database, again from its start on a new connection if the old one was lost under it. Throws a
   * {@link StoreTrouble} where the browser does not answer in time: what was written may be on disk or come there later.
   *
   * @param work does the same, done twice; awaits nothing but requests of its own transaction while it has one
   */
  readonly use: <Result>(work: (database: Database) => Promise<Result>) => Promise<Result>
  readonly close: () => void
}

const ATTEMPTS = 4
const PAUSE_MS = 50
/** Chromium may leave a transaction without an answer for good where it has to find out how much room there is. */
export const ANSWER_WITHIN_MS = 30_000
/** Waited for in so many steps: a machine or a tab that slept over an answer wakes with one of them over, and hears it then. */
const STEPS = 6

/**
 * The first use opens the database, and makes it where there is none; no later use makes one.
 *
 * @param heldUp told where another tab that does not let go is waited for
 */
export const connectTo = (name: string, heldUp: () => void = () => {}): Connection => {
  let database: Database | undefined
  let wasOpen = false
  let isClosed = false

  const lose = (lost: Database | undefined): void => {
    lost?.close()
    if (database === lost) database = undefined
  }

  const open = async (): Promise<Database> => {
    let isGone = false
    let opened: Database | undefined
    try {
      opened = await openDB<Schema>(name, DATABASE_VERSION, {
        upgrade: (fresh, oldVersion, _newVersion, transaction) => {
          if (oldVersion > 0 || !wasOpen) return upgrade(fresh, oldVersion, transaction)
          // What we had open was deleted. An empty one in its place would pass for ours.
          isGone = true
          transaction.done.catch(() => {})
          transaction.abort()
        },
        // Another tab deletes the database or brings it to another version, and waits for us. If we are the ones who wait
        // (`blocked`), the others do the same; one that is asleep does not, and a person can close it.
        blocking: () => lose(opened),
        blocked: heldUp,
        terminated: () => lose(opened),
      })
    } catch (failure) {
      throw isGone ? new StoreTrouble('not-owner', failure) : failure
    }
    wasOpen = true
    return opened
  }

  return {
    use: (work) =>
      persistently(
        async () => {
          if (isClosed) throw new Error('connection: closed')
          database ??= await open()
          return answered(work(database))
        },
        () => lose(database),
      ),
    close: () => {
      isClosed = true
      lose(database)
    },
  }
}

/** Whether the browser has such a database. It says that it cannot tell where it has just found its own files damaged. */
export const databaseExists = (name: string): Promise<boolean> =>
  persistently(async () => (await answered(indexedDB.databases())).some((database) => database.name === name))

/** @param lost told before the same is done once more */
const persistently = async <Result>(work: () => Promise<Result>, lost: () => void = () => {}): Promise<Result> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (failure) {
      if (!isLoss(failure) || attempt === ATTEMPTS) throw troubleOf(failure)
      lost()
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
}

const answered = async <Result>(work: Promise<Result>): Promise<Result> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const wait = (steps: number): void => {
      if (steps === 0) return reject(new StoreTrouble('storage-failed', new Error('the database does not answer')))
      timer = setTimeout(() => wait(steps - 1), ANSWER_WITHIN_MS / STEPS)
    }
    wait(STEPS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits until the last connection to it is closed and it is gone.
 *
 * @param heldUp told where another tab that does not let go is waited for
 */
export const deleteDatabase = async (name: string, heldUp: () => void = () => {}): Promise<void> => {
  try {
    await deleteDB(name, { blocked: heldUp })
  } catch (failure) {
    throw troubleOf(failure)
  }
}

/** What browsers throw when a connection went away: closing, aborted by the browser, or (WebKit) lost to a background tab. */
const lossNames: readonly string[] = ['InvalidStateError', 'AbortError', 'UnknownError']
const isLoss = (failure: unknown): boolean => failure instanceof DOMException && lossNames.includes(failure.name)

/** Mistakes of ours, though they come as a `DOMException`. */
const bugNames: readonly string[] = ['DataError', 'DataCloneError', 'ReadOnlyError', 'TransactionInactiveError']

/** A bug stays what it is. */
export const troubleOf = (failure: unknown): unknown => {
  if (!(failure instanceof DOMException) || bugNames.includes(failure.name)) return failure
  const reason: StoreTroubleReason = failure.name === 'QuotaExceededError' ? 'storage-full' : 'storage-failed'
  return new StoreTrouble(reason, failure)
}
