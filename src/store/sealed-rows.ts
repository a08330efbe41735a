// Rows as records of the database and back (docs/storage.md, Records): encoded, sealed for their place, named by a MAC. No
// transaction is open while any of this runs. Records found on disk may be anything.

import { ascii, join } from '../crypto/bytes.ts'
import type { Message, Seen, Segment } from '../messenger/state.ts'
import { openRow, type RowKeys, rowName, sealRow } from './at-rest.ts'
import type { PartPath } from './parts.ts'
import { authentic, decodeRow, encodeRow } from './row-codec.ts'
import type { MessageRecord, Name, PartRecord, SeenRecord, SegmentRecord } from './schema.ts'
import type { HeldTable } from './store.ts'

export interface LoadedPart {
  readonly path: PartPath
  readonly value: unknown
}

const DAY_MS = 86_400_000

/** Names that are needed again and again, as they were made: a commit would wait for each. */
const namesByKeys = new WeakMap<RowKeys, Map<string, Promise<Name>>>()
const MOST_NAMES = 10_000

const knownName = (keys: RowKeys, ...path: readonly string[]): Promise<Name> => {
  const names = namesByKeys.get(keys) ?? new Map<string, Promise<Name>>()
  namesByKeys.set(keys, names)
  // No part of a path has a line break in it.
  const called = path.join('\n')
  const name = names.get(called) ?? rowName(keys, ...path)
  if (names.size >= MOST_NAMES) names.clear()
  names.set(called, name)
  return name
}

export const partName = (keys: RowKeys, { key, part, table }: PartPath): Promise<Name> => knownName(keys, table, key, part)

export const sealPart = async (keys: RowKeys, path: PartPath, value: unknown): Promise<PartRecord> => {
  const name = await partName(keys, path)
  return { name, sealed: await sealRow(keys, encodeRow({ path, value }), partPlace(path.table, name)) }
}

export const openPart = async (keys: RowKeys, table: HeldTable, record: PartRecord): Promise<LoadedPart | undefined> => {
  if (!isName(record.name)) return undefined
  return authentic<LoadedPart | undefined>(await open(keys, record.sealed, partPlace(table, record.name)))
}

const partPlace = (table: HeldTable, name: Name): Uint8Array => join(ascii(table), name)

export const conversationName = (keys: RowKeys, contactId: string): Promise<Name> => knownName(keys, 'conversation', contactId)

export const messageName = (keys: RowKeys, contactId: string, messageId: string): Promise<Name> =>
  rowName(keys, 'messages', contactId, messageId)

export const sealMessage = async (keys: RowKeys, message: Message): Promise<MessageRecord> => {
  const { contactId, messageId, place } = message
  const [conversation, name] = await Promise.all([conversationName(keys, contactId), messageName(keys, contactId, messageId)])
  return { conversation, name, place, sealed: await sealRow(keys, encodeRow(message), messagePlace({ conversation, name, place })) }
}

export const openMessage = async (keys: RowKeys, record: MessageRecord): Promise<Message | undefined> => {
  if (!isName(record.name) || !isName(record.conversation)) return undefined
  return authentic<Message | undefined>(await open(keys, record.sealed, messagePlace(record)))
}

/** Order is not secret, but it is sealed: a message cannot be moved. */
const messagePlace = ({ conversation, name, place }: Omit<MessageRecord, 'sealed'>): Uint8Array =>
  join(ascii('messages'), conversation, name, encodeRow(place))

export const sealSegment = async (keys: RowKeys, segment: Segment): Promise<SegmentRecord> => {
  const conversation = await conversationName(keys, segment.contactId)
  const { from } = segment
  return { conversation, from, sealed: await sealRow(keys, encodeRow(segment), segmentPlace({ conversation, from })) }
}

export const openSegment = async (keys: RowKeys, record: SegmentRecord): Promise<Segment | undefined> =>
  isName(record.conversation) ? authentic<Segment | undefined>(await open(keys, record.sealed, segmentPlace(record))) : undefined

const segmentPlace = ({ conversation, from }: Omit<SegmentRecord, 'sealed'>): Uint8Array =>
  join(ascii('segments'), conversation, encodeRow(from))

export const seenName = (keys: RowKeys, key: string): Promise<Name> => rowName(keys, 'seen', key)

/** Rows of earlier days than this were all kept until before `timeMs`. */
export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)

/** A row of `seen` has one key or two. */
export type SeenKeys = readonly [key: string, also?: string]

export const sealSeen = async (keys: RowKeys, [key, also]: SeenKeys, row: Seen): Promise<SeenRecord> => {
  const [name, alsoName] = await Promise.all([seenName(keys, key), also === undefined ? undefined : seenName(keys, also)])
  const where = { name, ...(alsoName && { also: alsoName }), day: dayOf(row.keptUntilMs) }
  return { ...where, sealed: await sealRow(keys, encodeRow({ key, ...(also !== undefined && { also }), row }), seenPlace(where)) }
}

/** @returns `of`: undefined in rows of before their key was kept in them */
export const openSeen = async (
  keys: RowKeys,
  record: SeenRecord,
): Promise<{ readonly of: SeenKeys | undefined; readonly row: Seen } | undefined> => {
  if (!isName(record.name) || !(record.also === undefined || isName(record.also))) return undefined
  const opened = authentic<{ readonly key: string; readonly also?: string; readonly row: Seen } | Seen | undefined>(
    await open(keys, record.sealed, seenPlace(record)),
  )
  if (opened === undefined || !('row' in opened)) return opened && { of: undefined, row: opened }
  const { also, key, row } = opened
  return { of: also === undefined ? [key] : [key, also], row }
}

const seenPlace = ({ also, day, name }: Omit<SeenRecord, 'sealed'>): Uint8Array =>
  join(ascii('seen'), name, encodeRow(day), ...(also ? [also] : []))

const open = async (keys: RowKeys, sealed: unknown, place: Uint8Array): Promise<unknown> => {
  const plaintext = await openRow(keys, sealed, place)
  return plaintext && decodeRow(plaintext)
}

const isName = (name: unknown): boolean => name instanceof Uint8Array
