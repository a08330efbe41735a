// Relays that do not do what they should, a function each: some are only slow or lossy, the others lie. Each stands in front
// of the relay's store or between the relay and the wires of a world, and counts how often it did what it is named after.
// What people make of it is test/simulation/adversaries.test.ts.

import type { Appended, Store, StoredDeviceList, StoredStatement } from '../../server/store.ts'
import { concat, toHex } from '../../src/crypto/bytes.ts'
import type { Misbehaviour } from '../../src/messenger/api.ts'
import { decodeSignedList } from '../../src/protocol/identity/device-list.ts'
import { accountIdOf, countersign, knownAs, signDeviceList } from '../../src/protocol/identity/identity.ts'
import { assembleBundle, signStatement } from '../../src/protocol/prekeys/prekeys.ts'
import { readInitial } from '../../src/protocol/session/session.ts'
import { decodeEnvelope } from '../../src/wire/envelope.ts'
import type { RelayReply } from '../../src/wire/relay-frames.ts'
import { type PublishedDevice, publishedAccount } from './published.ts'
import { seededRandom } from './seeded-random.ts'
import type { Addressee, World } from './world.ts'

/** What stands between the people and the relay. */
export interface Adversary {
  readonly disguise?: (store: Store) => Store
  readonly says?: (reply: RelayReply, to: Addressee) => readonly RelayReply[]
  readonly lagMs?: () => number
  /** What it does from time to time by itself. */
  readonly strike?: () => void
}

export interface Tools {
  readonly world: World
  /** Whether it shall do it this time; notes that it did. */
  readonly now: (oneIn: number) => boolean
}

interface Kind {
  readonly make: (tools: Tools) => Adversary
  /** What may be said of it, and is said where it does it each time. Nothing of one that does not lie. */
  readonly seenAs: readonly Misbehaviour[]
  /** Whether what it swallows may be overtaken, once it was waited for. */
  readonly swallows: boolean
  /** Whether it leaves the mail alone. */
  readonly isAboutKeys: boolean
  /** Whether it needs people with several devices. */
  readonly isAboutDevices: boolean
}

type Envelope = Extract<RelayReply, { readonly type: 'envelope' }>

const SECOND_MS = 1_000
const LIST_OFFSETS = 3_000
const mallory = () => publishedAccount('mallory')

/** One changed bit, somewhere in what is signed. */
const altered = (bytes: Uint8Array, { chance }: World): Uint8Array => {
  const place = 8 + chance(Math.min(bytes.length - 8, LIST_OFFSETS))
  return bytes.with(place, (bytes[place] ?? 0) ^ (1 << chance(8)))
}

// ---- not well, but honest ---------------------------------------------------------------------------------------

const slow = ({ now, world }: Tools): Adversary => ({
  lagMs: () => world.chance(800) + (now(30) ? world.chance(20 * SECOND_MS) : 0),
})

/** Connections break, and its store does not always know what became of what it was asked. */
const lossy = ({ now, world }: Tools): Adversary => {
  /** Half of what is in doubt has happened. */
  const inDoubt = async <T>(doubt: T, act: () => Promise<T>): Promise<T> => {
    if (!now(8)) return act()
    if (world.chance(2) === 0) await act()
    return doubt
  }
  const refused = { ok: false, reason: 'in-doubt' } as const
  return {
    disguise: (store) => ({
      ...store,
      append: (...asked) => inDoubt<Appended>(refused, () => store.append(...asked)),
      acknowledge: (...asked) => inDoubt('in-doubt', () => store.acknowledge(...asked)),
      openMailboxes: (...asked) => inDoubt('in-doubt', () => store.openMailboxes(...asked)),
      closeMailboxes: (...asked) => inDoubt('in-doubt', () => store.closeMailboxes(...asked)),
      putDeviceList: (...asked) => inDoubt<Awaited<ReturnType<Store['putDeviceList']>>>(refused, () => store.putDeviceList(...asked)),
      putStatement: (...asked) => inDoubt<Awaited<ReturnType<Store['putStatement']>>>(refused, () => store.putStatement(...asked)),
      addOneTime: (...asked) => inDoubt<Awaited<ReturnType<Store['addOneTime']>>>(refused, () => store.addOneTime(...asked)),
      popOneTime: (...asked) => inDoubt<Awaited<ReturnType<Store['popOneTime']>>>(null, () => store.popOneTime(...asked)),
    }),
    strike: () => {
      if (now(2)) world.cutRelay(() => world.chance(2) === 0)
    },
  }
}

// ---- keys -------------------------------------------------------------------------------------------------------

/** Shows somebody else's account, or a list that the account did not sign, and bundles to go with it. */
const swapsIdentityKeys = ({ now, world }: Tools): Adversary => ({
  says: (reply) => {
    if (reply.type === 'bundle' && now(2)) {
      const [device] = mallory().devices
      return device ? [{ ...reply, bundle: assembleBundle({ statement: device.statement({ nowMs: world.nowMs(), tag: reply.tag }) }) }] : []
    }
    if (reply.type !== 'device-list' || !now(2)) return [reply]
    const theirs = { accountKey: mallory().account.publicKey, deviceList: mallory().deviceList() }
    const swapped = [theirs, { deviceList: theirs.deviceList }, { deviceList: altered(reply.deviceList, world) }][world.chance(3)]
    return [{ ...reply, ...swapped }]
  },
})

/** Shows a statement that the device did not sign: somebody else's keys, or its own but for a bit. */
const swapsSignedPrekeys = ({ now, world }: Tools): Adversary => {
  const seen: Uint8Array[] = []
  return {
    says: (reply) => {
      if (reply.type !== 'bundle') return [reply]
      const others = seen.filter((bundle) => toHex(bundle.subarray(0, 100)) !== toHex(reply.bundle.subarray(0, 100)))
      seen.push(reply.bundle)
      if (!now(2)) return [reply]
      const other = others[world.chance(Math.max(1, others.length))]
      return [{ ...reply, bundle: other && world.chance(2) === 0 ? other : altered(reply.bundle, world) }]
    },
  }
}

/** One-time X25519 keys are signed by nobody: another one makes a session that nobody can open, and nothing worse. */
const swapsOneTimeKeys = ({ now, world }: Tools): Adversary => ({
  disguise: (store) => ({
    ...store,
    popOneTime: async (name, kind, ranges) => {
      const popped = await store.popOneTime(name, kind, ranges)
      if (popped === null || kind !== 'x25519' || !now(2)) return popped
      const key = mallory().devices[0]?.oneTimeX25519[world.chance(100)]?.keyPair.publicKey
      return key ? { ...popped, key } : popped
    },
  }),
})

/** Gives the same key away again. */
const replaysOneTimeKeys = ({ now }: Tools): Adversary => {
  const given = new Map<string, NonNullable<Awaited<ReturnType<Store['popOneTime']>>>>()
  return {
    disguise: (store) => ({
      ...store,
      popOneTime: async (name, kind, ranges) => {
        const before = given.get(`${name}/${kind}`)
        if (before !== undefined && now(2)) return before
        const popped = await store.popOneTime(name, kind, ranges)
        if (popped !== null) given.set(`${name}/${kind}`, popped)
        return popped
      },
    }),
  }
}

/** Goes on showing the first statement and the first list that it got, to everybody, for as long as they may be shown. */
const servesStaleBundles = ({ now, world }: Tools): Adversary => {
  const first = new Map<string, unknown>()
  const stale = <Kept extends { readonly expiresAtMs: number }>(name: string, kept: Kept | undefined): Kept | undefined => {
    // What is kept under a name is what was put there.
    const before = (first.get(name) ?? kept) as Kept | undefined
    if (before === undefined || before.expiresAtMs <= world.nowMs()) {
      first.delete(name)
      return kept
    }
    first.set(name, before)
    const isOlder = kept !== undefined && before.expiresAtMs < kept.expiresAtMs
    return isOlder && now(1) ? before : kept
  }
  return {
    disguise: (store) => ({
      ...store,
      getStatement: async (name) => stale(`statement/${name}`, await store.getStatement(name)),
      getDeviceList: async (accountId) => stale(`list/${accountId}`, await store.getDeviceList(accountId)),
      // It takes the newer ones all the same.
      putStatement: async (name, statement) => store.putStatement(name, statement, (await store.getStatement(name))?.createdAtMs ?? 0),
      putDeviceList: async (accountId, list) => store.putDeviceList(accountId, list, (await store.getDeviceList(accountId))?.version ?? 0),
    }),
  }
}

// ---- devices ----------------------------------------------------------------------------------------------------

/** Hides that devices were removed: shows the longest list that it ever got, and what it kept of every device on it. */
const hidesRemovals = ({ now, world }: Tools): Adversary => {
  const longest = new Map<string, StoredDeviceList>()
  const statements = new Map<string, StoredStatement>()
  return {
    disguise: (store) => ({
      ...store,
      getDeviceList: async (accountId) => {
        const kept = await store.getDeviceList(accountId)
        const before = longest.get(accountId)
        const isLonger = before !== undefined && kept !== undefined && before.deviceList.length > kept.deviceList.length
        return isLonger && before.expiresAtMs > world.nowMs() && now(1) ? before : kept
      },
      // It takes the newer ones all the same.
      putDeviceList: async (accountId, list) => {
        if (list.deviceList.length >= (longest.get(accountId)?.deviceList.length ?? 0)) longest.set(accountId, list)
        return store.putDeviceList(accountId, list, (await store.getDeviceList(accountId))?.version ?? 0)
      },
      getStatement: async (name) => {
        const kept = (await store.getStatement(name)) ?? statements.get(name)
        if (kept !== undefined) statements.set(name, kept)
        return kept
      },
      putStatement: async (name, statement) => store.putStatement(name, statement, (await store.getStatement(name))?.createdAtMs ?? 0),
    }),
  }
}

/**
 * Shows a device that the account has not listed, ready to be written to: on a list of the next number, or of the same one, with the
 * account's signature over something else or another's; or by its bundle alone. The device is real, and countersigned itself.
 */
const inventsDevices = ({ now, world }: Tools): Adversary => {
  const [invented] = mallory().devices
  return {
    says: (reply) => {
      if (invented === undefined || reply.type !== 'device-list' || !now(2)) return [reply]
      const statement = signStatement({
        accountId: accountIdOf(reply.accountKey),
        tag: invented.device.tag,
        device: invented.deviceKeys,
        identityKey: invented.identity.publicKey,
        signed: invented.signed,
        firstContactAddress: new Uint8Array(32).fill(world.chance(256)),
        batches: [],
        nowMs: world.nowMs(),
        random: seededRandom(`invented/${world.nowMs()}`),
      })
      const bundle = {
        type: 'bundle',
        requestId: reply.requestId,
        tag: invented.device.tag,
        bundle: assembleBundle({ statement }),
      } as const
      const deviceList = [reply.deviceList, withInvented(reply, invented, true, world), withInvented(reply, invented, false, world)][
        world.chance(3)
      ]
      return [{ ...reply, deviceList: deviceList ?? reply.deviceList }, bundle]
    },
  }
}

/** The list that is shown, and one device more; all is right about it but the account's signature. */
const withInvented = (
  { accountKey, deviceList }: Extract<RelayReply, { readonly type: 'device-list' }>,
  { device, deviceKeys }: PublishedDevice,
  isNext: boolean,
  world: World,
): Uint8Array => {
  const random = seededRandom(`invented list/${world.nowMs()}`)
  const decoded = decodeSignedList(deviceList)
  if (!decoded.ok) throw new Error('adversaries: the relay keeps what is no list')
  const { body, signature } = decoded.value
  const accountId = accountIdOf(accountKey)
  const signed = signDeviceList({
    // Under the account's name, with a secret that is not the account's.
    account: { ...mallory().account, publicKey: accountKey },
    list: {
      version: body.version + (isNext ? 1 : 0),
      previousHash: isNext ? knownAs(deviceList).hash : body.previousHash,
      expiresAtMs: body.expiresAtMs,
      devices: [...body.entries.map((entry) => entry.device), device],
    },
    countersignatures: [
      ...body.entries.map(({ countersignature }) => countersignature),
      countersign(device, deviceKeys, accountId, random),
    ],
    random,
  })
  return world.chance(2) === 0 ? signed : concat(signed.subarray(0, signed.length - signature.length), signature)
}

// ---- envelopes --------------------------------------------------------------------------------------------------

/** Says that it keeps what it does not keep, and does not send what it keeps. */
const dropsEnvelopes = ({ now }: Tools): Adversary => ({
  disguise: (store) => ({
    ...store,
    append: async (...asked) => (now(4) ? { ok: true, position: 1, isRepeat: true } : store.append(...asked)),
  }),
  says: (reply) => (reply.type === 'envelope' && now(6) ? [] : [reply]),
})

/** Sends an envelope twice, and those of long ago once more. */
const doublesEnvelopes = ({ now, world }: Tools): Adversary => {
  const sentTo = new Map<string, Envelope[]>()
  return {
    says: (reply, { device }) => {
      if (reply.type !== 'envelope') return [reply]
      const sent = sentTo.get(device.name) ?? []
      sentTo.set(device.name, [...sent, reply])
      const again = now(3) ? [reply] : []
      const old = sent[world.chance(Math.max(1, sent.length))]
      return [reply, ...again, ...(old !== undefined && now(5) ? [old] : [])]
    },
  }
}

/** Keeps an envelope until others have left. */
const reordersEnvelopes = ({ now, world }: Tools): Adversary => {
  const keptFor = new Map<string, Envelope[]>()
  return {
    says: (reply, { connection, device }) => {
      if (connection !== 'listen') return [reply]
      const kept = keptFor.get(device.name) ?? []
      if (reply.type === 'envelope' && kept.length < 4 && now(2)) {
        keptFor.set(device.name, [reply, ...kept])
        return []
      }
      if (reply.type !== 'envelope' || world.chance(2) === 0) return [reply]
      keptFor.delete(device.name)
      return [reply, ...kept]
    },
  }
}

/** Delivers the first message of a session again and again. */
const deliversInitialTwice = ({ now, world }: Tools): Adversary => {
  const initial = new Map<string, Envelope[]>()
  return {
    says: (reply, { connection, device }) => {
      if (connection !== 'listen') return [reply]
      const known = initial.get(device.name) ?? []
      if (reply.type === 'envelope' && isInitial(reply.envelope)) {
        initial.set(device.name, [...known, reply])
        return now(2) ? [reply, reply] : [reply]
      }
      const again = known[world.chance(Math.max(1, known.length))]
      return again !== undefined && now(4) ? [again, reply] : [reply]
    },
  }
}

const isInitial = (envelope: Uint8Array): boolean => {
  const decoded = decodeEnvelope(envelope)
  return decoded.ok && (decoded.value.type === 'sealed' || readInitial(decoded.value.message) !== undefined)
}

/** Gives what is for one account to another, beside its own or in its place. */
const misdelivers = ({ now, world }: Tools): Adversary => {
  const seen: Envelope[] = []
  return {
    says: (reply) => {
      if (reply.type !== 'envelope') return [reply]
      seen.push(reply)
      const other = seen[world.chance(seen.length)]
      if (other === undefined || toHex(other.address) === toHex(reply.address) || !now(2)) return [reply]
      const wrong = { ...reply, envelope: other.envelope }
      return world.chance(2) === 0 ? [wrong] : [reply, wrong]
    },
  }
}

// ---- its memory -------------------------------------------------------------------------------------------------

/** Forgets everything and says so, or says that it is the same. */
const forgetsEverything = ({ now, world }: Tools): Adversary => ({
  strike: () => {
    if (now(3)) world.restartRelay(world.chance(2) === 0 ? true : 'as-the-same')
  },
})

const kind = (make: Kind['make'], said: Partial<Kind> = {}): Kind => ({
  make,
  seenAs: [],
  swallows: false,
  isAboutKeys: false,
  isAboutDevices: false,
  ...said,
})

const relaysByName = {
  'is honest': kind(() => ({}), { isAboutKeys: true }),
  'is slow': kind(slow),
  'is lossy': kind(lossy),
  'swaps identity keys': kind(swapsIdentityKeys, { seenAs: ['wrong-keys'], isAboutKeys: true }),
  // What it serves in the place of a bundle may be an older one of the same device, with its one-time keys.
  'swaps signed prekeys': kind(swapsSignedPrekeys, { seenAs: ['wrong-keys', 'one-time-key-reused', 'older-than-seen'], isAboutKeys: true }),
  'swaps one-time keys': kind(swapsOneTimeKeys, { isAboutKeys: true }),
  'replays one-time keys': kind(replaysOneTimeKeys, { seenAs: ['one-time-key-reused'], isAboutKeys: true }),
  'serves stale bundles': kind(servesStaleBundles, { seenAs: ['older-statement', 'older-than-seen'], isAboutKeys: true }),
  'hides removals': kind(hidesRemovals, { seenAs: ['older-statement', 'older-than-seen'], isAboutKeys: true, isAboutDevices: true }),
  'invents devices': kind(inventsDevices, { seenAs: ['wrong-keys'], isAboutKeys: true, isAboutDevices: true }),
  'drops envelopes': kind(dropsEnvelopes, { swallows: true }),
  'doubles envelopes': kind(doublesEnvelopes),
  'reorders envelopes': kind(reordersEnvelopes, { swallows: true }),
  'delivers initial messages twice': kind(deliversInitialTwice),
  'gives envelopes to others': kind(misdelivers, { swallows: true }),
  'forgets everything': kind(forgetsEverything, { swallows: true }),
}
export type RelayKind = keyof typeof relaysByName
export const relays: Readonly<Record<RelayKind, Kind>> = relaysByName

export interface Installed {
  /** How often it did what it is named after. */
  readonly attacks: () => number
  /** What it does from time to time by itself. */
  readonly strike: () => void
  /** From now on it is as it should be; what it holds in memory is gone, and so are its connections. */
  readonly reform: () => void
}

/**
 * Puts such a relay into a world in which nobody is yet.
 *
 * @param relentless it does it whenever it can, instead of now and then
 */
export const install = (world: World, kind: RelayKind, relentless: boolean): Installed => {
  let count = 0
  let isReformed = false
  const now = (oneIn: number): boolean => {
    if (isReformed || (!relentless && world.chance(oneIn) !== 0)) return false
    count += 1
    return true
  }
  const { disguise, lagMs, says, strike }: Adversary = relays[kind].make({ world, now })
  world.disguise = (store) => (disguise === undefined || isReformed ? store : disguise(store))
  world.says = (reply, to) => (says === undefined || isReformed ? [reply] : says(reply, to))
  world.lagMs = () => (lagMs === undefined || isReformed ? 0 : lagMs())
  world.restartRelay()
  return {
    attacks: () => count,
    strike: () => {
      if (!isReformed) strike?.()
    },
    reform: () => {
      isReformed = true
      world.restartRelay()
    },
  }
}
