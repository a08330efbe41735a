// What a device that has authenticated may publish, docs/protocols/publication.md "Requests": each request is checked
// against what is kept, and then kept as a whole or refused as a whole. Whatever peers must believe is signed and verified
// here too, though they verify it again. Knows no connection and no MAC; nothing here is answered from memory.

import { equal, toHex } from '../src/crypto/bytes.ts'
import {
  accountIdOf,
  type Device,
  type DeviceListRefusal,
  hashOfSignedList,
  readDeviceList,
  rereadDeviceList,
} from '../src/protocol/identity/identity.ts'
import {
  BATCH_SIZE,
  digestOf,
  hashOfStatement,
  isInBatch,
  isProven,
  readStatement,
  rereadStatement,
} from '../src/protocol/prekeys/prekeys.ts'
import {
  MAX_ONE_TIME_KEM,
  MAX_ONE_TIME_X25519,
  type PublicationRefusal,
  type PublicationReply,
  type PublicationRequest,
} from '../src/wire/publication-frames.ts'
import { deviceNameOf, devicesOf, servedKem, storedKem } from './prekeys.ts'
import type { Added, PrekeyStore, Put, StoredDeviceList } from './store.ts'

/** Who has authenticated, and from where. */
export interface Publisher {
  readonly accountId: Uint8Array
  readonly tag: number
  readonly identityKey: Uint8Array
  readonly networkAddress: string
}

type Request<Type extends PublicationRequest['type']> = Extract<PublicationRequest, { readonly type: Type }>
type WithoutId<Reply> = Reply extends PublicationReply ? Omit<Reply, 'requestId'> : never
/** A reply but for its request id. */
export type Answer = WithoutId<PublicationReply>

export interface Publishing {
  /** Requests of one account one after another: the caller sees to that. */
  readonly perform: (publisher: Publisher, request: PublicationRequest) => Promise<Answer>
}

const done = (spentIds: readonly number[] = []): Answer => ({ type: 'done', spentIds: [...spentIds] })

export const refused = (reason: PublicationRefusal, ids: readonly number[] = [], storedHash?: Uint8Array): Answer => ({
  type: 'refused',
  reason,
  ids: [...ids],
  storedHash,
})

const OF_A_DEVICE_LIST: Readonly<Record<DeviceListRefusal, PublicationRefusal>> = {
  malformed: 'malformed',
  'duplicate-tag': 'malformed',
  'duplicate-key': 'malformed',
  'wrong-account': 'wrong-device',
  'bad-signature': 'bad-signature',
  'bad-countersignature': 'bad-signature',
  'rolled-back': 'older',
  forked: 'conflict',
  expired: 'expired',
  'expires-too-late': 'expires-too-late',
}

/**
 * @param dateMs milliseconds since 1970, for what is signed
 * @param admit whether this network address may bring one more account or device that is new here
 */
export const createPublishing = (store: PrekeyStore, dateMs: () => number, admit: (networkAddress: string) => boolean): Publishing => {
  const putDeviceList = async (publisher: Publisher, { accountKey, deviceList }: Request<'put-device-list'>): Promise<Answer> => {
    if (!equal(accountIdOf(accountKey), publisher.accountId)) return refused('wrong-device')
    const accountId = toHex(publisher.accountId)
    const kept = await store.getDeviceList(accountId)
    if (kept && equal(kept.deviceList, deviceList)) {
      if (kept.expiresAtMs <= dateMs()) return refused('expired')
      return named(devicesOf(kept, dateMs()), publisher) ? done() : refused('unknown-device')
    }
    const read = readDeviceList(deviceList, { accountKey, nowMs: dateMs(), known: undefined })
    if (!read.ok) return refused(OF_A_DEVICE_LIST[read.reason])
    const { version, expiresAtMs, devices } = read.list
    if (!named(devices, publisher)) return refused('unknown-device')
    if (kept && version <= kept.version)
      return refused(version < kept.version ? 'older' : 'conflict', [], hashOfSignedList(kept.deviceList))
    if (!kept && !admit(publisher.networkAddress)) return refused('relay-full')
    // First the keys, then the list: whatever happens in between, the same request again finds both undone or done.
    for (const gone of struckOut(kept, devices)) {
      if ((await store.dropDevice(deviceNameOf(publisher.accountId, gone.tag))) === 'in-doubt') return refused('in-doubt')
    }
    return ofPut(await store.putDeviceList(accountId, { version, accountKey, deviceList, expiresAtMs }, kept?.version ?? 0))
  }

  const putStatement = async (publisher: Publisher, { statement }: Request<'put-statement'>): Promise<Answer> => {
    const device = await listed(publisher)
    if (!device) return refused('unknown-device')
    const { accountId, networkAddress } = publisher
    const read = readStatement(statement, { accountId, device, nowMs: dateMs() })
    if (!read.ok) return refused(read.reason)
    const { createdAtMs, expiresAtMs, batches } = read.statement
    const name = deviceNameOf(accountId, device.tag)
    const kept = await store.getStatement(name)
    if (!kept || !equal(kept.statement, statement)) {
      const isNewer = !kept || createdAtMs > kept.createdAtMs
      if (!isNewer) return refused(createdAtMs < kept.createdAtMs ? 'older' : 'conflict', [], hashOfStatement(kept.statement))
      if (!kept && !admit(networkAddress)) return refused('relay-full')
      const put = await store.putStatement(name, { statement, createdAtMs, expiresAtMs }, kept?.createdAtMs ?? 0)
      if (!put.ok) return ofPut(put)
    }
    // Also where the statement was there before: the last time may have ended between the two.
    const ranges = batches.map(({ firstId }) => [firstId, firstId + BATCH_SIZE] as const)
    return (await store.keepOneTime(name, 'kem', ranges)) === 'ok' ? done() : refused('in-doubt')
  }

  const addX25519 = async (publisher: Publisher, { keys }: Request<'add-one-time-x25519'>): Promise<Answer> => {
    if (!(await listed(publisher))) return refused('unknown-device')
    return ofAdded(await store.addOneTime(deviceNameOf(publisher.accountId, publisher.tag), 'x25519', keys, MAX_ONE_TIME_X25519))
  }

  const addKem = async (publisher: Publisher, { keys }: Request<'add-one-time-kem'>): Promise<Answer> => {
    if (!(await listed(publisher))) return refused('unknown-device')
    const name = deviceNameOf(publisher.accountId, publisher.tag)
    const kept = await store.getStatement(name)
    const batches = kept ? rereadStatement(kept.statement).batches : []
    const batchOf = (id: number) => batches.find((batch) => isInBatch(batch, id))
    const idsWhere = (isOffending: (key: (typeof keys)[number]) => boolean) => keys.filter(isOffending).map(({ id }) => id)
    const unproven = idsWhere((key) => {
      const batch = batchOf(key.id)
      return batch === undefined || !isProven(key, batch)
    })
    if (unproven.length > 0) return refused('bad-path', unproven)
    const expired = idsWhere(({ id }) => (batchOf(id)?.expiresAtMs ?? 0) <= dateMs())
    if (expired.length > 0) return refused('expired', expired)
    return ofAdded(await store.addOneTime(name, 'kem', keys.map(storedKem), MAX_ONE_TIME_KEM))
  }

  const status = async (publisher: Publisher): Promise<Answer> => {
    const name = deviceNameOf(publisher.accountId, publisher.tag)
    const list = await store.getDeviceList(toHex(publisher.accountId))
    if (list && !named(rereadDeviceList(list.deviceList).devices, publisher)) return refused('unknown-device')
    const statement = await store.getStatement(name)
    const x25519 = await store.listOneTime(name, 'x25519')
    const kem = await store.listOneTime(name, 'kem')
    const kemKeys = kem.keys.map(servedKem).map(({ id, encapsulationKey }) => ({ id, key: encapsulationKey }))
    return {
      type: 'status',
      deviceListHash: list && hashOfSignedList(list.deviceList),
      statementHash: statement && hashOfStatement(statement.statement),
      x25519: { highestId: x25519.highestId, leftIds: x25519.keys.map(({ id }) => id) },
      kem: { highestId: kem.highestId, leftIds: kem.keys.map(({ id }) => id) },
      digest: digestOf({ x25519: x25519.keys, kem: kemKeys }),
    }
  }

  const deleteDevice = async (publisher: Publisher): Promise<Answer> => {
    const list = await store.getDeviceList(toHex(publisher.accountId))
    if (!list || !named(rereadDeviceList(list.deviceList).devices, publisher)) return refused('unknown-device')
    const dropped = await store.dropDevice(deviceNameOf(publisher.accountId, publisher.tag))
    return dropped === 'ok' ? done() : refused('in-doubt')
  }

  /** The device as the kept list names it, with the identity key that was shown; an expired list names nobody. */
  const listed = async (publisher: Publisher): Promise<Device | undefined> =>
    named(devicesOf(await store.getDeviceList(toHex(publisher.accountId)), dateMs()), publisher)

  return {
    perform: (publisher, request) => {
      switch (request.type) {
        case 'put-device-list':
          return putDeviceList(publisher, request)
        case 'put-statement':
          return putStatement(publisher, request)
        case 'add-one-time-x25519':
          return addX25519(publisher, request)
        case 'add-one-time-kem':
          return addKem(publisher, request)
        case 'status':
          return status(publisher)
        case 'delete-device':
          return deleteDevice(publisher)
      }
    },
  }
}

const named = (devices: readonly Device[], { tag, identityKey }: Publisher): Device | undefined =>
  devices.find((device) => device.tag === tag && equal(device.identityKey, identityKey))

/** Devices of the kept list that are not in the new one, or not with the same keys. */
const struckOut = (kept: StoredDeviceList | undefined, devices: readonly Device[]): readonly Device[] => {
  const isSame = (a: Device, b: Device) => a.tag === b.tag && equal(a.deviceKey, b.deviceKey) && equal(a.identityKey, b.identityKey)
  const before = kept ? rereadDeviceList(kept.deviceList).devices : []
  return before.filter((old) => !devices.some((device) => isSame(old, device)))
}

/** `changed`: somebody else was faster, and the same request again meets what is kept by then. */
const ofPut = (put: Put): Answer => {
  if (put.ok) return done()
  return refused(put.reason === 'store-full' ? 'relay-full' : 'in-doubt')
}

const ofAdded = (added: Added): Answer => {
  if (added.ok) return done(added.spentIds)
  return added.reason === 'conflict' ? refused('conflict', added.ids, added.storedHash) : refused(added.reason)
}
