// What one turn changed, on its way to the disk: sealed first, then written in one transaction behind the fence. Nothing is
// read here but the number of the owner.

import { unwrap } from 'idb'
import type { Changes, Held, Seen } from '../messenger/state.ts'
import type { RowKeys } from './at-rest.ts'
import { partWrites } from './parts.ts'
import type { Database, MessageRecord, Name, PartRecord, SeenRecord, SegmentRecord } from './schema.ts'
import { conversationName, dayOf, partName, type SeenKeys, sealMessage, sealPart, sealSeen, sealSegment } from './sealed-rows.ts'
import type { HeldTable } from './store.ts'
import { checkOwner, type Fence, transact } from './transaction.ts'

export interface SealedChanges {
  readonly parts: readonly { readonly table: HeldTable; readonly record: PartRecord }[]
  readonly partsGone: readonly { readonly table: HeldTable; readonly name: Name }[]
  readonly messages: readonly MessageRecord[]
  readonly conversationsGone: readonly Name[]
  readonly segments: readonly SegmentRecord[]
  /** Conversations whose segments go, of those that go too. */
  readonly segmentsGone: readonly Name[]
  readonly seen: readonly SeenRecord[]
  /** Rows of `seen` of earlier days go. */
  readonly seenFromDay: number | undefined
}

export const sealChanges = async (keys: RowKeys, held: Held, changes: Changes): Promise<SealedChanges> => {
  const writes = changes.held.map((change) => partWrites(held, change))
  const [parts, partsGone, messages, conversationsGone, segments, segmentsGone, seen] = await Promise.all([
    Promise.all(
      writes.flatMap(({ puts }) => puts.map(async ({ path, value }) => ({ table: path.table, record: await sealPart(keys, path, value) }))),
    ),
    Promise.all(writes.flatMap(({ removals }) => removals.map(async (path) => ({ table: path.table, name: await partName(keys, path) })))),
    Promise.all(changes.messages.map((message) => sealMessage(keys, message))),
    Promise.all(changes.forgottenConversations.map((contactId) => conversationName(keys, contactId))),
    Promise.all(changes.segments.map((segment) => sealSegment(keys, segment))),
    Promise.all([...changes.forgottenSegments, ...changes.forgottenConversations].map((contactId) => conversationName(keys, contactId))),
    Promise.all(keysOfRows(changes.seen).map(({ of, row }) => sealSeen(keys, of, row))),
  ])
  const { forgetSeenBeforeMs } = changes
  return {
    parts,
    partsGone,
    messages,
    conversationsGone,
    segments,
    segmentsGone,
    seen,
    seenFromDay: forgetSeenBeforeMs === undefined ? undefined : dayOf(forgetSeenBeforeMs),
  }
}

/** A row that is put under two keys is one record, since each takes its time: told by identity, as in parts.ts. */
const keysOfRows = (seen: Changes['seen']): readonly { readonly of: SeenKeys; readonly row: Seen }[] => {
  const found: { of: SeenKeys; readonly row: Seen }[] = []
  const withOneKey = new Map<Seen, (typeof found)[number]>()
  for (const { key, row } of seen) {
    const known = withOneKey.get(row)
    if (known === undefined) {
      const alone = { of: [key] as const, row }
      found.push(alone)
      withOneKey.set(row, alone)
    } else {
      known.of = [known.of[0], key]
      withOneKey.delete(row)
    }
  }
  return found
}

/**
 * Writes all of it or nothing, and once, however often it is tried. What goes, goes first. All is asked for at once, and the
 * transaction is committed when the fence has answered: till then nothing of it can be on disk.
 *
 * @param attempt the number of this commit, which no other one had
 */
export const writeChanges = async (database: Database, fence: Fence, attempt: number, sealed: SealedChanges): Promise<void> => {
  let isWritten = false
  const writing = transact(database, ['meta', ...tablesOf(sealed)], async (transaction, request) => {
    const { conversationsGone, messages, parts, partsGone, seen, seenFromDay, segments, segmentsGone } = sealed
    const checked = checkOwner(transaction, fence, attempt)
    request(checked)
    const oldSeen = seenFromDay === undefined ? [] : await transaction.objectStore('seen').index('day').getAllKeys(before(seenFromDay))
    // As the browser has it: to be told of every single request takes as long as to write. What fails one fails them all.
    const bare = unwrap(transaction)
    const table = (name: (typeof transaction.objectStoreNames)[number]): IDBObjectStore => bare.objectStore(name)
    table('meta').put(attempt, 'commits')
    for (const name of oldSeen) table('seen').delete(name)
    for (const part of partsGone) table(part.table).delete(part.name)
    for (const conversation of conversationsGone) table('messages').delete(wholeOf(conversation))
    for (const conversation of segmentsGone) table('segments').delete(wholeOf(conversation))
    for (const part of parts) table(part.table).put(part.record)
    for (const record of messages) table('messages').put(record)
    for (const record of segments) table('segments').put(record)
    for (const record of seen) table('seen').put(record)
    isWritten = await checked
    if (isWritten) throw new Error('commit: written before')
  })
  await writing.catch((failure: unknown) => {
    if (!isWritten) throw failure
  })
}

const tablesOf = ({ conversationsGone, messages, parts, partsGone, seen, seenFromDay, segments, segmentsGone }: SealedChanges) => [
  ...new Set([...parts, ...partsGone].map(({ table }) => table)),
  ...(messages.length + conversationsGone.length > 0 ? (['messages'] as const) : []),
  ...(segments.length + segmentsGone.length > 0 ? (['segments'] as const) : []),
  ...(seen.length > 0 || seenFromDay !== undefined ? (['seen'] as const) : []),
]

const before = (day: number): IDBKeyRange => IDBKeyRange.upperBound(day, true)

/** All keys [conversation, name] or [conversation, place]: a list sorts above all bytes and numbers. */
const wholeOf = (conversation: Name): IDBKeyRange => IDBKeyRange.bound([conversation], [conversation, []])
