// The store of the product, on IndexedDB (docs/storage.md). Everything is encoded and sealed before a transaction begins and
// opened after one ended.

import { toHex } from '../crypto/bytes.ts'
import type { Found, Held, Lookup, Message } from '../messenger/state.ts'
import { generateRowKeys, type RowKeys } from './at-rest.ts'
import { sealChanges, writeChanges } from './commit.ts'
import { type Connection, connectTo, deleteDatabase } from './connection.ts'
import { assemble, heldAfter, impliesSelf } from './held.ts'
import { heldTables } from './parts.ts'
import { DATABASE_NAME, type MessageRecord, type Name } from './schema.ts'
import { conversationName, messageName, openMessage, openPart, openSeen, seenName } from './sealed-rows.ts'
import { type Damage, type Opened, type OpenOptions, type Store, StoreTrouble } from './store.ts'
import { checkOwner, type Fence, transact } from './transaction.ts'

/** Opens the profile of this browser; see {@link Opened}. */
export const openStore = async ({
  damageFound = () => {},
  heldUp = () => {},
  isMarked,
  name = DATABASE_NAME,
}: OpenOptions & { readonly name?: string } = {}): Promise<Opened> => {
  const connection = connectTo(name, heldUp)
  try {
    const claim = await claimProfile(connection, isMarked)
    const { damaged, held, isKept, isNew, isUnfinished } = await load(connection, claim.keys)
    if (isUnfinished && held.self.has('self')) await forgetUnfinished(connection, claim.fence)
    if (!isKept || held.self.has('self')) {
      return { ok: true, isNew, damaged, isMarkLost: claim.isMarkLost, store: createStore(connection, name, claim, held, damageFound) }
    }
    connection.close()
    return { ok: false, reason: 'record-damaged' }
  } catch (failure) {
    connection.close()
    if (failure instanceof StoreTrouble) return { ok: false, reason: failure.reason }
    throw failure
  }
}

/** Deletes a profile that cannot be opened. */
export const wipeDatabase = (name: string = DATABASE_NAME): Promise<void> => deleteDatabase(name)

interface Claim {
  readonly fence: Fence
  readonly keys: RowKeys
  readonly isMarkLost: boolean
}

/** Makes us the owner: whoever wrote the number before can no longer commit. */
const claimProfile = async (connection: Connection, isMarked: boolean | undefined): Promise<Claim> => {
  const fresh = await generateRowKeys()
  return connection.use((database) =>
    transact(database, ['meta'], async (transaction, request) => {
      const meta = transaction.objectStore('meta')
      const [last, commits, known, wasMarked] = await Promise.all([
        meta.get('epoch'),
        meta.get('commits'),
        meta.get('keys'),
        meta.get('marked'),
      ])
      const epoch = isCount(last) ? last + 1 : 1
      const keys = isRowKeys(known) ? known : fresh
      request(meta.put(epoch, 'epoch'))
      request(meta.put(keys, 'keys'))
      if (isMarked !== undefined) request(meta.put(isMarked, 'marked'))
      return { fence: { epoch, commits: isCount(commits) ? commits : 0 }, keys, isMarkLost: wasMarked === true && isMarked === false }
    }),
  )
}

const isCount = (value: number | boolean | RowKeys | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value)

const isRowKeys = (known: number | boolean | RowKeys | undefined): known is RowKeys =>
  typeof known === 'object' && known.sealing instanceof CryptoKey && known.naming instanceof CryptoKey

const load = async (connection: Connection, keys: RowKeys) => {
  const { hasMessages, isAnythingElse, records } = await connection.use(async (database) => {
    const transaction = database.transaction([...heldTables, 'messages', 'seen'])
    const [messages, seen, ...tables] = await Promise.all([
      transaction.objectStore('messages').count(),
      transaction.objectStore('seen').count(),
      ...heldTables.map(async (table) => (await transaction.objectStore(table).getAll()).map((record) => ({ table, record }))),
    ])
    return { hasMessages: messages > 0, isAnythingElse: messages + seen > 0, records: tables.flat() }
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
        const record = await connection.use((database) => database.get('seen', rowName))
        return { type: 'seen', row: record && ((await openSeen(keys, record)) ?? tellDamage('seen', rowName)) }
      }
      case 'message': {
        const { contactId, messageId } = lookup
        const [conversation, rowName] = await Promise.all([conversationName(keys, contactId), messageName(keys, contactId, messageId)])
        const record = await connection.use((database) => database.get('messages', [conversation, rowName]))
        return { type: 'message', row: record && (await openMessageRecord(record)) }
      }
      case 'messages-before':
        return { type: 'messages-before', rows: await messagesBefore(lookup) }
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
      const everything = [...heldTables, 'messages', 'seen', 'meta'] as const
      await connection.use((database) =>
        // Emptied first: a tab that does not answer can hold the deletion up, but not this.
        transact(database, everything, async (transaction, request) => {
          await checkOwner(transaction, fence)
          for (const table of everything) request(transaction.objectStore(table).clear())
        }),
      )
      connection.close()
      await deleteDatabase(name)
    },
    close: () => connection.close(),
  }
}

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
