// The browser's object for the folder that the person picked for backups. It can be kept in a database only, and only as it
// is: what it shows on the disk is the folder's name and where it is. In a database of its own, so that the tables, which are
// sealed row by row, hold nothing that is not. What opens the files in the folder is not here.

import { type DBSchema, openDB } from 'idb'
import { deleteDatabase, troubleOf } from './connection.ts'

const NAME = 'parley-folder'

interface Schema extends DBSchema {
  /** By the id that the profile has for it. */
  folder: { readonly key: string; readonly value: unknown }
}

const withDatabase = async <Result>(work: (database: Awaited<ReturnType<typeof open>>) => Promise<Result>): Promise<Result> => {
  try {
    const database = await open()
    try {
      return await work(database)
    } finally {
      database.close()
    }
  } catch (failure) {
    throw troubleOf(failure)
  }
}

const open = () => openDB<Schema>(NAME, 1, { upgrade: (database) => void database.createObjectStore('folder') })

/** Beside any other: one choice that comes to nothing takes no other's. */
export const keepFolder = (id: string, folder: unknown): Promise<void> =>
  withDatabase(async (database) => void (await database.put('folder', folder, id)))

/** Undefined where none is kept of this id. All others are forgotten. */
export const keptFolderOnly = (id: string): Promise<unknown> =>
  withDatabase(async (database) => {
    const transaction = database.transaction('folder', 'readwrite')
    const [kept, ids] = await Promise.all([transaction.store.get(id), transaction.store.getAllKeys()])
    await Promise.all([...ids.filter((other) => other !== id).map((other) => transaction.store.delete(other)), transaction.done])
    return kept
  })

export const forgetFolders = (): Promise<void> => deleteDatabase(NAME)
