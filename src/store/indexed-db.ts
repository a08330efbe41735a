// The store of the product, on IndexedDB (docs/storage.md). Everything is encoded and sealed before a transaction begins and
// opened after one ended.

import { toHex } from '../crypto/bytes.ts'
import type { Found, Held, Lookup, Message } from '../messenger/state.ts'
import { generateRowKeys, type RowKeys } from './at-rest.ts'
import { sealChanges, writeChanges } from './commit.ts'
import { type Connection, connectTo, deleteDatabase } from './connection.ts'
import { assemble, heldAfter, impliesSelf } from './held.ts'
import { heldTables } from './parts.ts'
import { DATABASE_NAME, LOCKED_DATABASE_NAME, type MessageRecord, type MetaValue, type Name } from './schema.ts'
import { conversationName, messageName, openMessage, openPart, openSeen, openSegment, seenName } from './sealed-rows.ts'
import { type Damage, type Opened, type OpenOptions, type Store, StoreTrouble } from './store.ts'
import { checkOwner, type Fence, transact } from './transaction.ts'

/** Opens the profile of this browser; see {@link Opened}. */
export const openStore = async ({
  damageFound = () => {},
  heldUp = () => {},
  isMarked,
  keys,
  name = keys ? LOCKED_DATABASE_NAME : DATABASE_NAME,
}: OpenOptions & { readonly name?: string } = {}): Promise<Opened> => {
  const connection = connectTo(name, heldUp)
  try {
    const claim = await claimProfile(connection, isMarked, keys)
    const { damaged, held, isKept, isNew, isUnfinished } = await load(connection, claim.keys)
    if (isUnfinished && held.self.has('self')) await forgetUnfinished(connection, claim.fence)
    if (!isKept || held.self.has('self')) {
      return {
        ok: true,
        isNew,
        damaged,
        isMarkLost: claim.isMarkLost,
        store: createStore(connection, name, claim, held, damageFound, heldUp),
      }
    }
    connection.close()
    return { ok: false, reason: 'record-damaged' }
  } catch (failure) {
    connection.close()
    if (failure instanceof StoreTrouble) return { ok: false, reason: failure.reason }
    throw failure
  }
}

/** Deletes a profile that cannot be opened. @param name undefined: this browser's, be it locked or not */
export const wipeDatabase = async (name?: string, heldUp: () => void = () => {}): Promise<void> => {
  // At once: a tab that sleeps may have the one open that counts no more, and must not keep the other.
  await Promise.all((name === undefined ? [DATABASE_NAME, LOCKED_DATABASE_NAME] : [name]).map((each) => deleteDatabase(each, heldUp)))
}

interface Claim {
  readonly fence: Fence
  readonly keys: RowKeys
  readonly isMarkLost: boolean
}

/** Makes us the owner: whoever wrote the number before can no longer commit. */
const claimProfile = async (connection: Connection, isMarked: boolean | undefined, unlocked: RowKeys | undefined): Promise<Claim> => {
  const fresh = unlocked ?? (await generateRowKeys())
  return connection.use((database) =>
    transact(database, ['meta'], async (transaction, request) => {
      const meta = transaction.objectStore('meta')
      const [last, commits, known, wasMarked, isLeaving] = await Promise.all([
        meta.get('epoch'),
        meta.get('commits'),
        meta.get('keys'),
        meta.get('marked'),
        meta.get('leaving'),
      ])
      // Its rows are being moved elsewhere, which this tab has not seen yet.
      if (isLeaving === true) throw new StoreTrouble('not-owner')
      const epoch = isCount(last) ? last + 1 : 1
      const keys = unlocked === undefined && isRowKeys(known) ? known : fresh
      request(meta.put(epoch, 'epoch'))
      if (unlocked === undefined) request(meta.put(keys, 'keys'))
      if (isMarked !== undefined) request(meta.put(isMarked, 'marked'))
      return { fence: { epoch, commits: isCount(commits) ? commits : 0 }, keys, isMarkLost: wasMarked === true && isMarked === false }
    }),
  )
}

const isCount = (value: MetaValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value)

const isRowKeys = (known: MetaValue | undefined): known is RowKeys =>
  typeof known === 'object' && 'sealing' in known && known.sealing instanceof CryptoKey && known.naming instanceof CryptoKey

/** Numbers sort below all other keys. */
const anyKey = (): IDBKeyRange => IDBKeyRange.lowerBound(Number.NEGATIVE_INFINITY)

const load = async (connection: Connection, keys: RowKeys) => {
  const { hasMessages, isAnythingElse, records } = await connection.use(async (database) => {
    const transaction = database.transaction([...heldTables, 'messages', 'seen'])
    const [aMessage, aSeen, ...tables] = await Promise.all([
      transaction.objectStore('messages').getKey(anyKey()),
      transaction.objectStore('seen').getKey(anyKey()),
      ...heldTables.map(async (table) => (await transaction.objectStore(table).getAll()).map((record) => ({ table, record }))),
    ])
    return { hasMessages: aMessage !== undefined, isAnythingElse: aMessage !== undefined || aSeen !== undefined, records: tables.flat() }
  })
  const opened = await Promise.all(records.map(async ({ record, table }) => ({ table, part: await openPart(keys, table, record) })))
  const { damaged, held } = assemble(opened.flatMap(({ part }) => part ?? []))
  const unreadable = opened.flatMap(({ part, table }): Damage[] => (part === undefined ? [{ table }] : []))
  return {
    held,
    // A restoration writes messages before their contacts, and it did not come to its end.
    isUnfinished: hasMessages && !records.some(({ table }) => table === 'contacts'),
    damaged: [...unreadable, ...damaged],
    isKept: isAnythingElse || records.some(({ table }) => impliesSelf(table)),
    isNew: !isAnythingElse && records.length === 0,
  }
}

const forgetUnfinished = (connection: Connection, fence: Fence): Promise<void> =>
  connection.use((database) =>
    transact(database, ['meta', 'messages'], async (transaction, request) => {
      await checkOwner(transaction, fence)
      request(transaction.objectStore('messages').clear())
    }),
  )

const createStore = (
  connection: Connection,
  name: string,
  { fence: atOpening, keys }: Claim,
  loaded: Held,
  damageFound: (damage: Damage) => void,
  heldUp: () => void,
): Store => {
  let held = loaded
  /** The disk as we know it. */
  let fence = atOpening
  let attempts = atOpening.commits
  const toldNames = new Set<string>()

  const tellDamage = (table: 'messages' | 'seen', rowName: Uint8Array): undefined => {
    const told = toHex(rowName)
    if (!toldNames.has(told)) damageFound({ table })
    toldNames.add(told)
  }

  const openMessageRecord = async (record: MessageRecord): Promise<Message | undefined> =>
    (await openMessage(keys, record)) ?? tellDamage('messages', record.name)

  /** Newest first in batches, until enough of them open; places have no gaps unless a row is damaged. */
  const messagesBefore = async ({
    before,
    contactId,
    count,
  }: Extract<Lookup, { type: 'messages-before' }>): Promise<readonly Message[]> => {
    const conversation = await conversationName(keys, contactId)
    let rows: readonly Message[] = []
    for (let below = before ?? Number.POSITIVE_INFINITY; rows.length < count; ) {
      const batch = await newestBelow(connection, conversation, below, count - rows.length)
      const [oldest] = batch
      if (oldest === undefined) break
      below = oldest.place
      const opened = await Promise.all(batch.map(openMessageRecord))
      rows = [...opened.flatMap((row) => row ?? []), ...rows]
    }
    return rows
  }

  const lookUp = async (lookup: Lookup): Promise<Found> => {
    switch (lookup.type) {
      case 'seen': {
        const rowName = await seenName(keys, lookup.key)
        const records = await connection.use((database) => {
          const { store } = database.transaction('seen')
          return Promise.all([store.get(rowName), store.index('also').get(rowName)])
        })
        const record = records.find((each) => each !== undefined)
        return { type: 'seen', row: record && ((await openSeen(keys, record))?.row ?? tellDamage('seen', record.name)) }
      }
      case 'message': {
        const { contactId, messageId } = lookup
        const [conversation, rowName] = await Promise.all([conversationName(keys, contactId), messageName(keys, contactId, messageId)])
        const record = await connection.use((database) => database.get('messages', [conversation, rowName]))
        return { type: 'message', row: record && (await openMessageRecord(record)) }
      }
      case 'messages-before':
        return { type: 'messages-before', rows: await messagesBefore(lookup) }
      case 'messages-from': {
        const { contactId, count, from } = lookup
        const conversation = await conversationName(keys, contactId)
        const records = await connection.use((database) =>
          database.getAllFromIndex('messages', 'order', fromPlace(conversation, from), count),
        )
        const opened = await Promise.all(records.map(openMessageRecord))
        const last = records.length < count ? undefined : records.at(-1)
        return { type: 'messages-from', rows: opened.flatMap((row) => row ?? []), to: last && last.place + 1 }
      }
      case 'messages-at': {
        const conversation = await conversationName(keys, lookup.contactId)
        const records = await connection.use(async (database) => {
          const order = database.transaction('messages').store.index('order')
          return Promise.all([...lookup.places].sort((a, b) => a - b).map((place) => order.get([conversation, place])))
        })
        const opened = await Promise.all(records.flatMap((record) => (record === undefined ? [] : openMessageRecord(record))))
        return { type: 'messages-at', rows: opened.flatMap((row) => row ?? []) }
      }
      case 'segments': {
        const conversation = await conversationName(keys, lookup.contactId)
        const records = await connection.use((database) => database.getAll('segments', fromPlace(conversation, 0)))
        // One that does not open is made again from its messages, so nobody is told.
        const opened = await Promise.all(records.map((record) => openSegment(keys, record)))
        return { type: 'segments', rows: opened.flatMap((row) => row ?? []) }
      }
    }
  }

  return {
    get held() {
      return held
    },
    look: (lookups) => Promise.all(lookups.map(lookUp)),
    commit: async (changes) => {
      const sealed = await sealChanges(keys, held, changes)
      const attempt = ++attempts
      await connection.use((database) => writeChanges(database, fence, attempt, sealed))
      fence = { ...fence, commits: attempt }
      held = heldAfter(held, changes.held)
    },
    check: () => connection.use(async (database) => void (await checkOwner(database.transaction(['meta']), fence))),
    wipe: async () => {
      const everything = [...heldTables, 'messages', 'segments', 'seen', 'meta'] as const
      await connection.use((database) =>
        // Emptied first: a tab that does not answer can hold the deletion up, but not this.
        transact(database, everything, async (transaction, request) => {
          await checkOwner(transaction, fence)
          for (const table of everything) request(transaction.objectStore(table).clear())
        }),
      )
      connection.close()
      await deleteDatabase(name, heldUp)
    },
    close: () => connection.close(),
  }
}

/** Keys [conversation, place] from a place on. */
const fromPlace = (conversation: Name, place: number): IDBKeyRange => IDBKeyRange.bound([conversation, place], [conversation, []])

/** The newest messages of a conversation below a place, oldest first; as many as there are in so many places. */
const newestBelow = (connection: Connection, conversation: Name, place: number, count: number): Promise<readonly MessageRecord[]> =>
  connection.use(async (database) => {
    const order = database.transaction('messages').store.index('order')
    const below = IDBKeyRange.bound([conversation, Number.NEGATIVE_INFINITY], [conversation, place], false, true)
    const newest = await order.openKeyCursor(below, 'prev')
    if (newest === null) return []
    const [, last] = newest.key
    return order.getAll(IDBKeyRange.bound([conversation, last - count + 1], [conversation, last]))
  })
