// The device directory and the prekeys of memory-relay-store.ts.

import { splitDevice } from '../../server/store/names.ts'
import { isInRanges, planUpload } from '../../server/store/one-time.ts'
import type {
  Added,
  OneTimeKey,
  OneTimeKind,
  PrekeyStore,
  Put,
  StoredDeviceList,
  StoredStatement,
  StoreLimits,
} from '../../server/store.ts'
import { type Process, within } from './memory-relay-process.ts'

interface Marked {
  highestId: number
  readonly keys: Map<number, Uint8Array>
}

interface Device {
  readonly accountId: string
  statement: StoredStatement | undefined
  readonly oneTime: Record<OneTimeKind, Marked>
}

interface Kept {
  readonly lists: Map<string, StoredDeviceList>
  readonly devices: Map<string, Device>
}

export const emptyPrekeys = (): Kept => ({ lists: new Map(), devices: new Map() })

interface MemoryPrekeys extends PrekeyStore {
  readonly sweep: (nowMs: number, budget: number) => number
  /** Devices with a statement. */
  readonly count: () => number
}

const marked = (): Marked => ({ highestId: 0, keys: new Map() })
const ascending = (keys: ReadonlyMap<number, Uint8Array>): OneTimeKey[] =>
  [...keys].map(([id, key]) => ({ id, key })).sort((a, b) => a.id - b.id)

export const createMemoryPrekeys = (
  { lists, devices }: Kept,
  limits: Pick<StoreLimits, 'devices'>,
  { change, look }: Process,
): MemoryPrekeys => {
  const count = () => [...devices.values()].filter(({ statement }) => statement).length

  const deviceOf = (name: string): Device => {
    splitDevice(name)
    return devices.get(name) ?? { accountId: name.slice(0, 64), statement: undefined, oneTime: { x25519: marked(), kem: marked() } }
  }

  const keep = (name: string, device: Device) => {
    const isNothing = !device.statement && device.oneTime.x25519.highestId === 0 && device.oneTime.kem.highestId === 0
    if (isNothing) devices.delete(name)
    else devices.set(name, device)
  }

  const outdated = (nowMs: number) =>
    [...devices]
      .filter(([, { statement }]) => statement && statement.expiresAtMs <= nowMs)
      .map(([name, device]) => () => {
        device.statement = undefined
        keep(name, device)
      })

  /** Of accounts whose list is past its time: keys, devices with their marks, the list. */
  const over = (nowMs: number) =>
    [...lists]
      .filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
      .flatMap(([accountId]) => [
        ...[...devices]
          .filter(([, device]) => device.accountId === accountId)
          .flatMap(([name, { oneTime }]) => [
            ...Object.values(oneTime).flatMap(({ keys }) => [...keys.keys()].map((id) => () => keys.delete(id))),
            () => devices.delete(name),
          ]),
        () => lists.delete(accountId),
      ])

  return {
    getDeviceList: async (accountId) => look(() => lists.get(accountId)),

    putDeviceList: async (accountId, list, expectVersion) =>
      change<Put>({ ok: false, reason: 'in-doubt' }, () => {
        const version = lists.get(accountId)?.version ?? 0
        if (version !== expectVersion) return { ok: false, reason: 'changed' }
        if (version === 0 && lists.size >= limits.devices) return { ok: false, reason: 'store-full' }
        lists.set(accountId, list)
        return { ok: true }
      }),

    getStatement: async (name) => look(() => deviceOf(name).statement),

    putStatement: async (name, statement, expectCreatedAtMs) => {
      splitDevice(name)
      return change<Put>({ ok: false, reason: 'in-doubt' }, () => {
        const device = deviceOf(name)
        if ((device.statement?.createdAtMs ?? 0) !== expectCreatedAtMs) return { ok: false, reason: 'changed' }
        if (!device.statement && count() >= limits.devices) return { ok: false, reason: 'store-full' }
        device.statement = statement
        keep(name, device)
        return { ok: true }
      })
    },

    addOneTime: async (name, kind, keys, max) =>
      change<Added>({ ok: false, reason: 'in-doubt' }, () => {
        const device = deviceOf(name)
        const { highestId, keys: kept } = device.oneTime[kind]
        const upload = planUpload(keys, { highestId, count: kept.size, keyOf: (id) => kept.get(id) }, max)
        if (!upload.ok) return upload
        for (const { id, key } of upload.fresh) kept.set(id, key.slice())
        device.oneTime[kind].highestId = upload.fresh.at(-1)?.id ?? highestId
        keep(name, device)
        return { ok: true, spentIds: upload.spentIds }
      }),

    popOneTime: async (name, kind, ranges) =>
      change<OneTimeKey | null>(null, () => {
        const { keys } = deviceOf(name).oneTime[kind]
        const lowest = ascending(keys).find(({ id }) => !ranges || isInRanges(ranges, id))
        if (!lowest) return null
        keys.delete(lowest.id)
        return lowest
      }),

    listOneTime: async (name, kind) =>
      look(() => {
        const { highestId, keys } = deviceOf(name).oneTime[kind]
        return { highestId, keys: ascending(keys) }
      }),

    keepOneTime: async (name, kind, ranges) =>
      change('in-doubt', () => {
        const { keys } = deviceOf(name).oneTime[kind]
        for (const id of keys.keys()) if (!isInRanges(ranges, id)) keys.delete(id)
        return 'ok'
      }),

    dropDevice: async (name) =>
      change('in-doubt', () => {
        const device = deviceOf(name)
        device.statement = undefined
        for (const { keys } of Object.values(device.oneTime)) keys.clear()
        keep(name, device)
        return 'ok'
      }),

    sweep: (nowMs, budget) => {
      const gone = within(budget, outdated(nowMs))
      return gone + within(budget - gone, over(nowMs))
    },

    count,
  }
}
