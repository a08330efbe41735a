// The browser's object for the folder that the person picked for backups. It can be kept in a database only, and only as it
// is: what it shows on the disk is the folder's name and where it is. In a database of its own, so that the tables, which are
// sealed row by row, hold nothing that is not. What opens the files in the folder is not here.

import { type DBSchema, openDB } from 'idb'
import { deleteDatabase, troubleOf } from './connection.ts'

const NAME = 'parley-folder'

interface Schema extends DBSchema {
  folder: { readonly key: 'folder'; readonly value: unknown }
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

/** In the place of any other. */
export const keepFolder = (folder: unknown): Promise<void> =>
  withDatabase(async (database) => void (await database.put('folder', folder, 'folder')))

/** Undefined where none is kept. */
export const keptFolder = (): Promise<unknown> => withDatabase((database) => database.get('folder', 'folder'))

export const forgetFolder = (): Promise<void> => deleteDatabase(NAME)
