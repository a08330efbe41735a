// Parley's database as somebody with access to the disk sees it, or as a browser that clears up. The names of its tables are
// those of docs/storage.md.

import { expect, type Page } from '@playwright/test'
import type { Person } from './person.ts'

const DATABASE = 'parley'

/** Flips one byte in every sealed row of a table, or deletes them. @returns how many rows there were */
const change = (page: Page, table: string, how: 'damage' | 'delete'): Promise<number> =>
  page.evaluate(
    ([name, store, what]) =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => fail(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const transaction = database.transaction(store, 'readwrite', { durability: 'strict' })
          let rows = 0
          const walking = transaction.objectStore(store).openCursor()
          walking.onsuccess = () => {
            const cursor = walking.result
            if (!cursor) return
            if (what === 'delete') cursor.delete()
            else {
              const sealed = new Uint8Array(cursor.value.sealed)
              const middle = sealed.length >> 1
              sealed[middle] = (sealed[middle] ?? 0) ^ 1
              cursor.update({ ...cursor.value, sealed })
            }
            rows += 1
            cursor.continue()
          }
          transaction.onabort = () => fail(transaction.error)
          transaction.oncomplete = () => {
            database.close()
            done(rows)
          }
        }
      }),
    [DATABASE, table, how] as const,
  )

/** Pieces of all sealed rows, as they stand on the disk. */
export const sealedRows = async (page: Page): Promise<readonly Buffer[]> => {
  const pieces = await page.evaluate(
    (name) =>
      new Promise<readonly (readonly number[])[]>((done, fail) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => fail(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const found: number[][] = []
          const transaction = database.transaction([...database.objectStoreNames])
          for (const store of transaction.objectStoreNames) {
            const reading = transaction.objectStore(store).getAll()
            reading.onsuccess = () => {
              for (const { sealed } of reading.result) if (sealed) found.push([...new Uint8Array(sealed).slice(20, 40)])
            }
          }
          transaction.onabort = () => fail(transaction.error)
          transaction.oncomplete = () => {
            database.close()
            done(found)
          }
        }
      }),
    DATABASE,
  )
  return pieces.map((piece) => Buffer.from(piece))
}

/** @returns how many rows a table has */
export const sealedRowsOf = (page: Page, table: string): Promise<number> =>
  page.evaluate(
    ([name, store]) =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open(name)
        opening.onerror = () => fail(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const counting = database.transaction(store).objectStore(store).count()
          counting.onerror = () => fail(counting.error)
          counting.onsuccess = () => {
            database.close()
            done(counting.result)
          }
        }
      }),
    [DATABASE, table] as const,
  )

/** Deletes the whole of it, as browsers do when space runs short. */
export const evict = (page: Page): Promise<void> =>
  page.evaluate(
    (name) =>
      new Promise<void>((done, fail) => {
        const deleting = indexedDB.deleteDatabase(name)
        deleting.onsuccess = () => done()
        deleting.onerror = () => fail(deleting.error)
      }),
    DATABASE,
  )

/** Takes two people to a page of the same address on which Parley does not run. */
export const leavesParley = (page: Page, url: string) => page.goto(`${url}/healthz`)

/** Changes a byte in each row of a table while Parley does not run, then opens it again where it was. */
export const tamper = (person: Person, table: string): Promise<void> => whileAway(person, table, 'damage')

/** The same with rows that are gone. @param meanwhile what happens while Parley does not run */
export const loses = (person: Person, table: string, meanwhile: () => Promise<void>): Promise<void> =>
  whileAway(person, table, 'delete', meanwhile)

const whileAway = async (
  { page, url }: Person,
  table: string,
  how: 'damage' | 'delete',
  meanwhile = (): Promise<void> => Promise.resolve(),
): Promise<void> => {
  const { hash } = new URL(page.url())
  await leavesParley(page, url)
  expect(await change(page, table, how)).toBeGreaterThan(0)
  await meanwhile()
  await page.goto(`${url}/${hash}`)
}
