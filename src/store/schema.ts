// The database on disk, version by version (docs/storage.md). A version that has been released is never changed: another
// follows it, with a step that leads there.

import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb'
import type { RowKeys } from './at-rest.ts'
import type { LockRecord } from './lock-record.ts'
import type { HeldTable } from './store.ts'

/** The profile without a lock. */
export const DATABASE_NAME = 'parley'
/** The profile with one: the same tables, and the record of the lock in `meta`. */
export const LOCKED_DATABASE_NAME = 'parley-locked'
export const DATABASE_VERSION = 4

/** 16 bytes, as an index can hold them. */
export type Name = Uint8Array<ArrayBuffer>

/** One part of a row of a table that is in memory whole. */
export interface PartRecord {
  /** 16 bytes, from table, key and part. */
  readonly name: Name
  readonly sealed: Uint8Array
}

export interface MessageRecord {
  /** 16 bytes, from the contact id. */
  readonly conversation: Name
  /** 16 bytes, from contact and message id. */
  readonly name: Name
  /** Plain: the order of a conversation. */
  readonly place: number
  readonly sealed: Uint8Array
}

export interface SegmentRecord {
  /** 16 bytes, from the contact id. */
  readonly conversation: Name
  /** Plain: the place in the conversation from which on it covers messages. */
  readonly from: number
  readonly sealed: Uint8Array
}

export interface SeenRecord {
  /** 16 bytes, from the first key. */
  readonly name: Name
  /** 16 bytes, from the second key, where the row has two. None had before version 4. */
  readonly also?: Name
  /** Plain: days since 1970 until whose end it is kept. */
  readonly day: number
  readonly sealed: Uint8Array
}

/** How far the rows of another database have been moved into this one (moving.ts). */
export interface Moved {
  readonly table: string | undefined
  /** The last key of it, in the database that they come from. */
  readonly after: IDBValidKey | undefined
  readonly done: number
  readonly isWhole: boolean
}

export type MetaKey = 'epoch' | 'commits' | 'keys' | 'marked' | 'lock' | 'moved' | 'leaving'
export type MetaValue = number | boolean | RowKeys | LockRecord | Moved

type PartTables = { readonly [Table in HeldTable]: { readonly key: Name; readonly value: PartRecord } }

export interface Schema extends DBSchema, PartTables {
  meta: {
    readonly key: MetaKey
    readonly value: MetaValue
  }
  messages: {
    readonly key: [Name, Name]
    readonly value: MessageRecord
    readonly indexes: { readonly order: [Name, number] }
  }
  segments: {
    readonly key: [Name, number]
    readonly value: SegmentRecord
  }
  seen: {
    readonly key: Name
    readonly value: SeenRecord
    readonly indexes: { readonly day: number; readonly also: Name }
  }
}

export type Database = IDBPDatabase<Schema>
type Upgrading = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>

/** The tables of version 1 that are in memory whole. */
const partTablesOfVersion1: readonly HeldTable[] = [
  'self',
  'settings',
  'tries',
  'hosting',
  'signedPrekeys',
  'statements',
  'oneTimeX25519',
  'kemBatches',
  'contacts',
  'offers',
  'sessions',
  'outbox',
]

/** Those that version 2 added. */
const partTablesOfVersion2: readonly HeldTable[] = [
  'deviceLists',
  'introductions',
  'relay',
  'published',
  'seenStatements',
  'misbehaviour',
  'revocations',
]

/** Those that version 3 added, beside `segments`. */
const partTablesOfVersion3: readonly HeldTable[] = ['indexed']

/** Those that version 4 added. */
const partTablesOfVersion4: readonly HeldTable[] = ['registers', 'handovers']

/** Leads from any older version to the present one, in the one transaction that a browser grants for it. */
export const upgrade = (database: Database, oldVersion: number, transaction: Upgrading): void => {
  if (oldVersion < 1) {
    database.createObjectStore('meta')
    for (const table of partTablesOfVersion1) database.createObjectStore(table, { keyPath: 'name' })
    database.createObjectStore('messages', { keyPath: ['conversation', 'name'] }).createIndex('order', ['conversation', 'place'])
    database.createObjectStore('seen', { keyPath: 'name' }).createIndex('day', 'day')
  }
  if (oldVersion < 2) for (const table of partTablesOfVersion2) database.createObjectStore(table, { keyPath: 'name' })
  if (oldVersion < 3) {
    for (const table of partTablesOfVersion3) database.createObjectStore(table, { keyPath: 'name' })
    database.createObjectStore('segments', { keyPath: ['conversation', 'from'] })
  }
  if (oldVersion < 4) {
    for (const table of partTablesOfVersion4) database.createObjectStore(table, { keyPath: 'name' })
    transaction.objectStore('seen').createIndex('also', 'also')
  }
}
