// Rows as a messenger makes them, cheap enough to be made by the thousand: right in shape, filled with bytes that mean
// nothing. The same arguments give the same bytes, every call fresh objects.

import { ascii, asSecret, concat, toHex } from '../../src/crypto/bytes.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import {
  type Contact,
  type ContactDevice,
  deviceKey,
  type HeldChange,
  type HeldTables,
  type Message,
  type OutboxEntry,
  outboxKey,
  type Seen,
  type Segment,
} from '../../src/messenger/state.ts'
import { encodeBody } from '../../src/protocol/identity/device-list.ts'
import { DEVICE_LIST_LIFE_MS, SIGNATURE_LENGTH } from '../../src/protocol/identity/identity.ts'

export { noChanges } from '../../src/messenger/state.ts'

type SessionRecord = HeldTables['sessions']
type Session = NonNullable<SessionRecord['current']>
type Ratchet = Extract<Session['ratchet'], { phase: 'their-turn' }>

export const ROWS_NOW_MS = 1_750_000_000_000
const OWN_TAG = 0x1234_5678
const PEER_TAG = 0x8765_4321

/** 64 hexadecimal digits. */
export const contactIdOf = (name: string): string => toHex(sha256(ascii(`contact/${name}`)))
/** 32 hexadecimal digits. */
export const contentIdOf = (name: string): string => toHex(sha256(ascii(`content/${name}`)).subarray(0, 16))

/** Filler: differs from name to name and is quick to make. */
const bytes = (name: string, length: number): Uint8Array => {
  let state = Array.from(name).reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x0100_0193), 0x811c_9dc5)
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x9e37_79b9
    return state >>> 24
  })
}
const secret = <Kind extends string>(name: string, length: number) => asSecret<Kind>(bytes(name, length))
const signingKeys = (name: string) => ({ publicKey: bytes(`${name}/public`, 1_984), seeds: secret<'SigningSeeds'>(`${name}/seeds`, 64) })
const x25519 = (name: string) => ({ publicKey: bytes(`${name}/public`, 32), privateKey: secret<'X25519PrivateKey'>(name, 32) })

/** Of the form that the messenger reads again in any turn; only its signatures mean nothing. */
const listOf = (name: string): Uint8Array =>
  concat(
    encodeBody({
      accountId: bytes(`${name}/id`, 32),
      version: 1,
      previousHash: new Uint8Array(32),
      expiresAtMs: ROWS_NOW_MS + DEVICE_LIST_LIFE_MS,
      entries: [{ device: { ...contactDevice(name).device, tag: OWN_TAG }, countersignature: bytes(`${name}/word`, SIGNATURE_LENGTH) }],
    }),
    bytes(`${name}/list`, SIGNATURE_LENGTH),
  )

export const selfRow = (name = 'self'): HeldTables['self'] => ({
  account: signingKeys(`${name}/account`),
  accountId: bytes(`${name}/id`, 32),
  fingerprint: '0'.repeat(30),
  device: signingKeys(`${name}/device`),
  identity: x25519(`${name}/identity`),
  tag: OWN_TAG,
  deviceList: listOf(name),
  firstContactListenKey: bytes(`${name}/listen`, 32),
  nextSignedPrekeyId: 2,
  nextOneTimeX25519Id: 101,
  nextOneTimeKemId: 101,
})

const contactDevice = (name: string): ContactDevice => ({
  device: {
    tag: PEER_TAG,
    deviceKey: bytes(`${name}/device`, 1_984),
    identityKey: bytes(`${name}/identity`, 32),
    createdAtMs: ROWS_NOW_MS,
    name: `${name}'s browser`,
  },
  theirAddress: bytes(`${name}/address`, 32),
  firstContact: undefined,
  ourListenKey: bytes(`${name}/listen`, 32),
  ourAddress: bytes(`${name}/our-address`, 32),
})

export const contactRow = (name: string, changes: Partial<Contact> = {}): Contact => ({
  contactId: contactIdOf(name),
  accountKey: bytes(`${name}/account`, 1_984),
  deviceList: { version: 1, hash: bytes(`${name}/list`, 32) },
  devices: [contactDevice(name)],
  name,
  origin: { how: 'code' },
  pairedAtMs: ROWS_NOW_MS,
  safetyNumber: '123456789012345678901234567890123456789012345678901234567890',
  identityChange: undefined,
  replacedBy: undefined,
  unread: 0,
  readUpTo: 0,
  draft: '',
  newest: undefined,
  nextPlace: 1,
  ...changes,
})

const skippedKeys = (name: string, count: number): Ratchet['skipped'] =>
  new Map(
    Array.from({ length: count }, (_, n) => [
      `00000001${n.toString(16).padStart(8, '0')}`,
      { chain: 1, n, messageKey: secret<'MessageKey'>(`${name}/skipped/${n}`, 32), storedAtMs: ROWS_NOW_MS },
    ]),
  )

/** As long as an answered session gets, with so many skipped keys. */
const sessionOf = (name: string, skipped: number): Session => ({
  phase: 'answered',
  baseKey: bytes(`${name}/base`, 32),
  ratchet: {
    phase: 'their-turn',
    adHash: bytes(`${name}/ad`, 32),
    ourTag: 0x1234_5678,
    theirTag: PEER_TAG,
    rootKey: secret<'RootKey'>(`${name}/root`, 32),
    nextSendingHeaderKey: secret<'HeaderKey'>(`${name}/nhks`, 32),
    nextReceivingHeaderKey: secret<'HeaderKey'>(`${name}/nhkr`, 32),
    oldChains: Array.from({ length: 32 }, (_, chain) => ({
      chain,
      headerKey: secret<'HeaderKey'>(`${name}/chain/${chain}`, 32),
      prologueHash: bytes(`${name}/prologue/${chain}`, 32),
    })),
    skipped: skippedKeys(name, skipped),
    ourKeyPair: x25519(`${name}/ratchet`),
    ourKemSeed: secret<'MlKemSeed'>(`${name}/kem`, 64),
    sending: {
      headerKey: secret<'HeaderKey'>(`${name}/hks`, 32),
      chainKey: secret<'ChainKey'>(`${name}/cks`, 32),
      sentCount: 7,
      prologue: {
        ratchetKey: bytes(`${name}/dh`, 32),
        previousCount: 3,
        encapsulationKey: bytes(`${name}/ek`, 1_184),
        ciphertext: bytes(`${name}/ct`, 1_088),
      },
    },
    receiving: {
      chain: 32,
      headerKey: secret<'HeaderKey'>(`${name}/hkr`, 32),
      prologueHash: bytes(`${name}/prologue`, 32),
      chainKey: secret<'ChainKey'>(`${name}/ckr`, 32),
      nextNumber: 9,
    },
  },
})

/** A record at its limits: one session goes on, five are past, the lists are full. */
export const sessionRecord = (name: string, skipped: number): SessionRecord => ({
  current: sessionOf(`${name}/current`, skipped),
  previous: [1, 2, 3, 4, 5].map((i) => ({
    session: sessionOf(`${name}/previous/${i}`, Math.min(skipped, 3)),
    retiredAtMs: ROWS_NOW_MS + i,
  })),
  superseded: [4, 5].map((i) => sessionOf(`${name}/previous/${i}`, 0).baseKey),
  turn: 6,
  bornAtMs: ROWS_NOW_MS,
  theirBornAtMs: ROWS_NOW_MS,
  tombstones: Array.from({ length: 100 }, (_, i) => ({ baseKey: bytes(`${name}/gone/${i}`, 32), goneAtMs: ROWS_NOW_MS - i })),
  lastResortUses: Array.from({ length: 200 }, (_, i) => ({ kemId: 1, signedPrekeyId: 1, baseKey: bytes(`${name}/use/${i}`, 32) })),
})

/** The record after its current session went on by one message, which took the `used`th skipped key if there was one. */
export const movedOn = (record: SessionRecord, used: number | undefined): SessionRecord => {
  const { current } = record
  if (current?.ratchet.phase !== 'their-turn') throw new Error('movedOn: not a session of these')
  const { receiving } = current.ratchet
  const skipped = new Map(current.ratchet.skipped)
  const id = [...skipped.keys()][used ?? -1]
  if (id !== undefined) skipped.delete(id)
  const ratchet: Ratchet = { ...current.ratchet, skipped, receiving: receiving && { ...receiving, nextNumber: receiving.nextNumber + 1 } }
  return { ...record, current: { ...current, ratchet } }
}

export const messageRow = (contact: string, place: number, changes: Partial<Message> = {}): Message => ({
  contactId: contactIdOf(contact),
  place,
  messageId: contentIdOf(`${contact}/${place}`),
  direction: 'in',
  text: `message ${place}`,
  sentAtMs: ROWS_NOW_MS + place,
  arrivedAtMs: ROWS_NOW_MS + place,
  state: 'received',
  ...changes,
})

export const segmentRow = (contact: string, from: number, to: number): Segment => ({
  contactId: contactIdOf(contact),
  from,
  to,
  places: Array.from({ length: to - from }, (_, i) => from + i),
  atMs: Array.from({ length: to - from }, (_, i) => ROWS_NOW_MS + from + i),
  lines: `\nstation\t\u0100\u0101\n`,
})

export const seenRow = (name: string, keptUntilMs = ROWS_NOW_MS): Seen => ({
  hash: bytes(`${name}/hash`, 32),
  contentId: contentIdOf(name),
  keptUntilMs,
})

export const outboxRow = (contact: string, position: number): OutboxEntry => ({
  contactId: contactIdOf(contact),
  tag: PEER_TAG,
  position,
  contentId: contentIdOf(`${contact}/outbox/${position}`),
  isMessage: true,
  content: bytes(`${contact}/content/${position}`, 100),
  envelope: {
    id: contentIdOf(`${contact}/envelope/${position}`),
    bytes: bytes(`${contact}/envelope/${position}`, 4_096),
    firstContactAddress: undefined,
  },
  createdAtMs: ROWS_NOW_MS,
  onRelayAtMs: undefined,
})

export const bobsSessions = deviceKey(contactIdOf('bob'), PEER_TAG)

/** One row in every held table, as the change that puts it there. */
export const oneOfEach = (): readonly HeldChange[] => [
  { table: 'self', key: 'self', row: selfRow() },
  {
    table: 'settings',
    key: 'settings',
    row: {
      displayName: 'Zoë 🐈',
      theme: 'dark',
      relayOnly: true,
      iceServers: [{ urls: ['stun:stun.example'], username: undefined, credential: undefined }],
      notifications: 'on',
    },
  },
  { table: 'tries', key: 'tries', row: { count: 2, lastAtMs: ROWS_NOW_MS } },
  {
    table: 'hosting',
    key: 'hosting',
    row: {
      roomId: bytes('room', 16),
      ownerKey: bytes('owner', 32),
      code: '012345',
      linkOnly: false,
      createdAtMs: ROWS_NOW_MS,
      expiresAtMs: ROWS_NOW_MS + 300_000,
      again: contactIdOf('bob'),
    },
  },
  {
    table: 'signedPrekeys',
    key: '1',
    row: {
      id: 1,
      createdAtMs: ROWS_NOW_MS,
      x25519: x25519('signed'),
      lastResort: { encapsulationKey: bytes('last-resort', 1_568), seed: secret<'MlKemSeed'>('last-resort', 64) },
      sealing: { publicKey: bytes('sealing', 1_216), seed: secret<'XWingSeed'>('sealing', 32) },
    },
  },
  {
    table: 'statements',
    key: toHex(bytes('statement/hash', 32)),
    row: {
      bytes: bytes('statement', 9_000),
      signedPrekeyId: 1,
      batchFirstIds: [1],
      createdAtMs: ROWS_NOW_MS,
      expiresAtMs: ROWS_NOW_MS + 1,
    },
  },
  {
    table: 'oneTimeX25519',
    key: '7',
    row: { id: 7, createdAtMs: ROWS_NOW_MS, keyPair: x25519('one-time'), given: true, leftAtRelayMs: ROWS_NOW_MS },
  },
  {
    table: 'kemBatches',
    key: '1',
    row: {
      batch: {
        firstId: 1,
        expiresAtMs: ROWS_NOW_MS,
        seeds: Array.from({ length: 100 }, (_, i) => (i === 4 ? undefined : secret<'MlKemSeed'>(`batch/${i}`, 64))),
        leafHashes: Array.from({ length: 100 }, (_, i) => bytes(`leaf/${i}`, 32)),
      },
      createdAtMs: ROWS_NOW_MS,
      given: [1, 2],
    },
  },
  { table: 'contacts', key: contactIdOf('bob'), row: contactRow('bob', { draft: 'not yet' }) },
  {
    table: 'offers',
    key: contactIdOf('carol'),
    row: {
      contactId: contactIdOf('carol'),
      accountKey: bytes('carol/account', 1_984),
      deviceList: { version: 1, hash: bytes('carol/list', 32) },
      device: contactDevice('carol'),
      suggestedName: 'Carol',
      pairedAtMs: ROWS_NOW_MS,
      session: sessionRecord('carol', 2),
      signedDeviceList: bytes('carol/signed-list', 7_000),
      again: contactIdOf('bob'),
    },
  },
  { table: 'sessions', key: deviceKey(contactIdOf('bob'), PEER_TAG), row: sessionRecord('bob', 5) },
  { table: 'outbox', key: outboxKey(contentIdOf('bob/outbox/1'), PEER_TAG), row: outboxRow('bob', 1) },
  { table: 'indexed', key: contactIdOf('bob'), row: { from: 1, to: 257 } },
  { table: 'deviceLists', key: contactIdOf('bob'), row: { bytes: bytes('bob/signed-list', 7_000) } },
  {
    table: 'introductions',
    key: contentIdOf('introduction'),
    row: {
      introductionId: contentIdOf('introduction'),
      by: contactIdOf('bob'),
      contactId: contactIdOf('dave'),
      accountKey: bytes('dave/account', 1_984),
      deviceList: bytes('dave/signed-list', 7_000),
      name: 'Dave',
      arrivedAtMs: ROWS_NOW_MS,
      standing: 'open',
    },
  },
  { table: 'relay', key: 'relay', row: { storeId: contentIdOf('store'), relayKey: bytes('relay', 32) } },
  {
    table: 'published',
    key: 'published',
    row: {
      storeId: contentIdOf('store'),
      deviceListHash: toHex(bytes('published/list', 32)),
      statementHash: undefined,
      x25519UpTo: 92,
      kemUpTo: 92,
      x25519Left: [1, 2, 4],
      kemLeft: [],
      checkedAtMs: ROWS_NOW_MS,
    },
  },
  { table: 'seenStatements', key: bobsSessions, row: { listVersion: 1, expiresAtMs: ROWS_NOW_MS, x25519Ids: [3], kemIds: [7, 8] } },
  {
    table: 'misbehaviour',
    key: contentIdOf('misbehaviour'),
    row: { atMs: ROWS_NOW_MS, what: 'one-time-key-reused', contactId: undefined, count: 2 },
  },
  {
    table: 'registers',
    key: 'own-name',
    row: { list: 2, counter: 3, tag: PEER_TAG, setting: { type: 'own-name', name: 'Alice' } },
  },
  {
    table: 'handovers',
    key: String(PEER_TAG),
    row: { sinceMs: 0, left: [{ contactId: contactIdOf('bob'), before: 12 }], underWay: [contentIdOf('history')], done: 3, total: 15 },
  },
  { table: 'revocations', key: toHex(bytes('revoked/address', 32)), row: { listenKey: bytes('revoked/key', 32) } },
]
