// Deletes a database so that browsers also forget its bytes, as far as a page can make them. Chromium keeps all databases of an
// origin in one LevelDB: a deletion alone leaves what was deleted, keys included, in its files until they are compacted. The
// deletion of a second database, written beside the first, compacts the file in which both ended; a third one makes Chromium
// delete the files that are of no use any more. Browsers with a file for each database need none of it.

import { openDB } from 'idb'
import { connectTo, deleteDatabase } from './connection.ts'
import { everything } from './moving.ts'
import { transact } from './transaction.ts'

const besideIt = async (name: string): Promise<void> => {
  const database = await openDB(name, 1, { upgrade: (fresh) => void fresh.createObjectStore('nothing') })
  try {
    await database.put('nothing', 0, 0)
  } finally {
    database.close()
  }
}

/** The one that is written beside it. One that is found was not swept to the end. */
export const sweepName = (name: string): string => `${name}-sweep`

/** Empties it first: a tab that does not let go can hold the deletion up, but not that. */
export const sweepDatabase = async (name: string): Promise<void> => {
  const beside = sweepName(name)
  const connection = connectTo(name)
  try {
    await connection.use((database) =>
      transact(database, everything, async (transaction, request) => {
        for (const table of everything) request(transaction.objectStore(table).clear())
      }),
    )
  } finally {
    connection.close()
  }
  await besideIt(beside)
  await deleteDatabase(name)
  await deleteDatabase(beside)
  await besideIt(beside)
  await deleteDatabase(beside)
}
