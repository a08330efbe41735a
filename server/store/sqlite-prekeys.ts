// The device directory and the prekeys in SQLite. Each function that changes something is one operation of a group commit
// within one account or one device: it decides first and writes then, so that a refusal leaves nothing behind.

import type { Added, OneTimeKey, OneTimeKind, PrekeyStore, Put, StoredDeviceList, StoredStatement, StoreLimits } from '../store.ts'
import type { Counters } from './counters.ts'
import { type Database, prepare } from './database.ts'
import type { GroupCommit } from './group-commit.ts'
import { accountBytes, splitDevice } from './names.ts'
import { type IdRanges, isInRanges, planUpload } from './one-time.ts'

const EVERY_ID: IdRanges = [[0, Number.MAX_SAFE_INTEGER]]

/** The columns of a statement are NULL together. */
type DeviceRow = { readonly id: number } & (
  | { readonly statement: Uint8Array; readonly created_at_ms: number; readonly expires_at_ms: number }
  | { readonly statement: null; readonly created_at_ms: null; readonly expires_at_ms: null }
)

export interface SqlitePrekeys extends PrekeyStore {
  /** Deletes what is past its time, inside a transaction. @returns how many rows, at most `budget` */
  readonly sweep: (nowMs: number, budget: number) => number
}

const statements = (database: Database) => ({
  list: prepare<StoredDeviceList>(
    database,
    `SELECT version, account_key AS accountKey, device_list AS deviceList, expires_at_ms AS expiresAtMs
     FROM account WHERE id = ?`,
  ),
  versionOf: prepare<{ version: number }>(database, 'SELECT version FROM account WHERE id = ?'),
  putList: prepare(
    database,
    `INSERT INTO account (id, version, account_key, device_list, expires_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET version = excluded.version, account_key = excluded.account_key,
       device_list = excluded.device_list, expires_at_ms = excluded.expires_at_ms`,
  ),
  removeList: prepare(database, 'DELETE FROM account WHERE id = ?'),
  expiredList: prepare<{ id: Uint8Array }>(database, 'SELECT id FROM account WHERE expires_at_ms <= ? LIMIT 1'),

  device: prepare<DeviceRow>(database, 'SELECT id, statement, created_at_ms, expires_at_ms FROM device WHERE account = ? AND tag = ?'),
  deviceId: prepare<{ id: number }>(database, 'SELECT id FROM device WHERE account = ? AND tag = ?'),
  addDevice: prepare<{ id: number }>(database, 'INSERT INTO device (account, tag) VALUES (?, ?) RETURNING id'),
  putStatement: prepare(database, 'UPDATE device SET statement = ?, created_at_ms = ?, expires_at_ms = ? WHERE id = ?'),
  dropStatement: prepare(
    database,
    `UPDATE device SET statement = NULL, created_at_ms = NULL, expires_at_ms = NULL
     WHERE id = ? AND statement IS NOT NULL`,
  ),
  /** What has no mark has no keys either. */
  removeUnmarked: prepare(
    database,
    'DELETE FROM device WHERE id = ?1 AND statement IS NULL AND NOT EXISTS (SELECT 1 FROM one_time_mark WHERE device = ?1)',
  ),
  removeMarks: prepare(database, 'DELETE FROM one_time_mark WHERE device = ?'),
  expiredStatement: prepare<{ id: number }>(database, 'SELECT id FROM device WHERE expires_at_ms <= ? LIMIT 1'),
  deviceOf: prepare<{ id: number }>(database, 'SELECT id FROM device WHERE account = ? LIMIT 1'),

  mark: prepare<{ highestId: number }>(database, 'SELECT highest_id AS highestId FROM one_time_mark WHERE device = ? AND kind = ?'),
  putMark: prepare(
    database,
    `INSERT INTO one_time_mark (device, kind, highest_id) VALUES (?, ?, ?)
     ON CONFLICT (device, kind) DO UPDATE SET highest_id = excluded.highest_id`,
  ),
  keys: prepare<OneTimeKey>(database, 'SELECT id, key FROM one_time_key WHERE device = ? AND kind = ? ORDER BY id'),
  ids: prepare<{ id: number }>(database, 'SELECT id FROM one_time_key WHERE device = ? AND kind = ? ORDER BY id'),
  key: prepare<{ key: Uint8Array }>(database, 'SELECT key FROM one_time_key WHERE device = ? AND kind = ? AND id = ?'),
  count: prepare<{ count: number }>(database, 'SELECT count(*) AS count FROM one_time_key WHERE device = ? AND kind = ?'),
  lowest: prepare<{ id: number }>(
    database,
    'SELECT id FROM one_time_key WHERE device = ? AND kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT 1',
  ),
  addKey: prepare(database, 'INSERT INTO one_time_key (device, kind, id, key) VALUES (?, ?, ?, ?)'),
  takeKey: prepare<OneTimeKey>(database, 'DELETE FROM one_time_key WHERE device = ? AND kind = ? AND id = ? RETURNING id, key'),
  removeKeys: prepare(database, 'DELETE FROM one_time_key WHERE rowid IN (SELECT rowid FROM one_time_key WHERE device = ? LIMIT ?)'),
})

export const createSqlitePrekeys = (
  database: Database,
  { sums }: Counters,
  limits: Pick<StoreLimits, 'devices'>,
  commit: GroupCommit,
): SqlitePrekeys => {
  const sql = statements(database)

  const addDevice = (account: Uint8Array, tag: number): number => {
    const added = sql.addDevice.get(account, tag)
    if (!added) throw new Error('a device that was added has an id')
    return added.id
  }

  const putDeviceList = (account: Uint8Array, list: StoredDeviceList, expectVersion: number): Put => {
    const kept = sql.versionOf.get(account)
    if ((kept?.version ?? 0) !== expectVersion) return { ok: false, reason: 'changed' }
    if (!kept) {
      if (sums.accounts >= limits.devices) return { ok: false, reason: 'store-full' }
      sums.accounts += 1
    }
    sql.putList.run(account, list.version, list.accountKey, list.deviceList, list.expiresAtMs)
    return { ok: true }
  }

  const putStatement = (account: Uint8Array, tag: number, put: StoredStatement, expectCreatedAtMs: number): Put => {
    const device = sql.device.get(account, tag)
    if ((device?.created_at_ms ?? 0) !== expectCreatedAtMs) return { ok: false, reason: 'changed' }
    if (!device?.statement) {
      if (sums.devices >= limits.devices) return { ok: false, reason: 'store-full' }
      sums.devices += 1
    }
    sql.putStatement.run(put.statement, put.createdAtMs, put.expiresAtMs, device?.id ?? addDevice(account, tag))
    return { ok: true }
  }

  const addOneTime = (account: Uint8Array, tag: number, kind: OneTimeKind, keys: readonly OneTimeKey[], max: number): Added => {
    const device = sql.deviceId.get(account, tag)?.id
    const upload = planUpload(
      keys,
      device === undefined
        ? { highestId: 0, count: 0, keyOf: () => undefined }
        : {
            highestId: sql.mark.get(device, kind)?.highestId ?? 0,
            count: sql.count.get(device, kind)?.count ?? 0,
            keyOf: (id) => sql.key.get(device, kind, id)?.key,
          },
      max,
    )
    if (!upload.ok) return upload
    const highest = upload.fresh.at(-1)
    if (highest) {
      const to = device ?? addDevice(account, tag)
      for (const { id, key } of upload.fresh) sql.addKey.run(to, kind, id, key)
      sql.putMark.run(to, kind, highest.id)
    }
    return { ok: true, spentIds: upload.spentIds }
  }

  const pop = (account: Uint8Array, tag: number, kind: OneTimeKind, ranges: IdRanges): OneTimeKey | null => {
    const device = sql.deviceId.get(account, tag)?.id
    if (device === undefined) return null
    const lowest = ranges.flatMap(([firstId, endId]) => sql.lowest.get(device, kind, firstId, endId)?.id ?? [])
    return lowest.length === 0 ? null : (sql.takeKey.get(device, kind, Math.min(...lowest)) ?? null)
  }

  const dropStatement = (device: number) => {
    sums.devices -= sql.dropStatement.run(device).changes
    sql.removeUnmarked.run(device)
  }

  const sweepStatements = (nowMs: number, budget: number): number => {
    let gone = 0
    while (gone < budget) {
      const expired = sql.expiredStatement.get(nowMs)
      if (!expired) break
      dropStatement(expired.id)
      gone += 1
    }
    return gone
  }

  /** Marks go with the account, keys before them. */
  const sweepDevices = (account: Uint8Array, budget: number): number => {
    let gone = 0
    while (gone < budget) {
      const device = sql.deviceOf.get(account)?.id
      if (device === undefined) break
      gone += sql.removeKeys.run(device, budget - gone).changes
      if (gone === budget) break
      sql.removeMarks.run(device)
      sums.devices -= sql.dropStatement.run(device).changes
      sql.removeUnmarked.run(device)
      gone += 1
    }
    return gone
  }

  const sweepAccounts = (nowMs: number, budget: number): number => {
    let gone = 0
    while (gone < budget) {
      const expired = sql.expiredList.get(nowMs)
      if (!expired) break
      gone += sweepDevices(expired.id, budget - gone)
      if (gone === budget) break
      sql.removeList.run(expired.id)
      sums.accounts -= 1
      gone += 1
    }
    return gone
  }

  return {
    getDeviceList: async (accountId) => sql.list.get(accountBytes(accountId)),

    putDeviceList: async (accountId, list, expectVersion) => {
      const account = accountBytes(accountId)
      return commit.run<Put>(() => putDeviceList(account, list, expectVersion), { ok: false, reason: 'in-doubt' })
    },

    getStatement: async (name) => {
      const { account, tag } = splitDevice(name)
      const device = sql.device.get(account, tag)
      return device?.statement
        ? { statement: device.statement, createdAtMs: device.created_at_ms, expiresAtMs: device.expires_at_ms }
        : undefined
    },

    putStatement: async (name, statement, expectCreatedAtMs) => {
      const { account, tag } = splitDevice(name)
      return commit.run<Put>(() => putStatement(account, tag, statement, expectCreatedAtMs), { ok: false, reason: 'in-doubt' })
    },

    addOneTime: async (name, kind, keys, max) => {
      const { account, tag } = splitDevice(name)
      return commit.run<Added>(() => addOneTime(account, tag, kind, keys, max), { ok: false, reason: 'in-doubt' })
    },

    // Deleted durably before it is returned. In doubt it is null: whether the key is gone or still there, nobody got it.
    popOneTime: async (name, kind, ranges = EVERY_ID) => {
      const { account, tag } = splitDevice(name)
      return commit.run<OneTimeKey | null>(() => pop(account, tag, kind, ranges), null)
    },

    listOneTime: async (name, kind) => {
      const { account, tag } = splitDevice(name)
      const device = sql.deviceId.get(account, tag)?.id
      if (device === undefined) return { highestId: 0, keys: [] }
      return { highestId: sql.mark.get(device, kind)?.highestId ?? 0, keys: sql.keys.all(device, kind) }
    },

    keepOneTime: async (name, kind, ranges) => {
      const { account, tag } = splitDevice(name)
      return commit.run<'ok' | 'in-doubt'>(() => {
        const device = sql.deviceId.get(account, tag)?.id
        if (device === undefined) return 'ok'
        for (const { id } of sql.ids.all(device, kind)) if (!isInRanges(ranges, id)) sql.takeKey.get(device, kind, id)
        return 'ok'
      }, 'in-doubt')
    },

    dropDevice: async (name) => {
      const { account, tag } = splitDevice(name)
      return commit.run<'ok' | 'in-doubt'>(() => {
        const device = sql.deviceId.get(account, tag)?.id
        if (device === undefined) return 'ok'
        sql.removeKeys.run(device, Number.MAX_SAFE_INTEGER)
        dropStatement(device)
        return 'ok'
      }, 'in-doubt')
    },

    sweep: (nowMs, budget) => {
      const gone = sweepStatements(nowMs, budget)
      return gone + sweepAccounts(nowMs, budget - gone)
    },
  }
}
