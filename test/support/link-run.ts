// Two devices of one person for tests of linking: the machines with an account on one side and fresh keys on the other.

import { ascii, join } from '../../src/crypto/bytes.ts'
import { hmacSha256 } from '../../src/crypto/hash.ts'
import type { Random } from '../../src/crypto/random.ts'
import {
  accountIdOf,
  countersign,
  DEVICE_LIST_LIFE_MS,
  type Device,
  generateIdentityKey,
  generateSigningKeys,
  randomDeviceTag,
  readDeviceList,
  type SigningKeys,
  signDeviceList,
} from '../../src/protocol/identity/identity.ts'
import {
  type Ceremony,
  CODE_LIFE_MS,
  DONE,
  type GuestEffect,
  type GuestInput,
  type GuestState,
  guestCeremony,
  type HostEffect,
  type HostInput,
  type HostState,
  hostCeremony,
  kindOf,
  linking,
  NEWCOMER,
  type SaidWord,
  stepGuest,
  stepHost,
  writeAccount,
  writeEntry,
  writeListed,
} from '../../src/protocol/pairing/pairing.ts'
import { assembleBundle, generateSignedPrekeys, signStatement } from '../../src/protocol/prekeys/prekeys.ts'
import { CODE, ROOM_ID, secretOf } from './pairing.ts'
import { PEOPLE_NOW_MS, type Person, person } from './people.ts'
import { seededRandom } from './seeded-random.ts'

export type LinkInput = HostInput | GuestInput
export type LinkEffect = HostEffect<SaidWord> | GuestEffect<SaidWord>

/** One device in a linking, whoever shows the code. */
export interface LinkSide {
  state: HostState<SaidWord> | GuestState<SaidWord>
  readonly effects: LinkEffect[]
  readonly heard: SaidWord[]
  nowMs: number
  /** Takes an input and answers what was heard at once. @returns everything that left */
  readonly take: (input: LinkInput) => readonly LinkEffect[]
}

interface LinkOptions {
  readonly shows: boolean
  readonly code?: string
  readonly random?: Random
  readonly directPossible?: boolean
  /** Says something else than an honest device would; undefined: nothing. */
  readonly says?: (said: SaidWord, honest: Uint8Array | undefined) => Uint8Array | undefined
  /** What a guest says first, instead of its own. */
  readonly first?: Uint8Array
  /** Another than one's own. */
  readonly ceremony?: Ceremony<SaidWord>
}

const sideOf = (
  name: string,
  ceremony: Ceremony<SaidWord>,
  first: Uint8Array,
  answer: (said: SaidWord) => Uint8Array | undefined,
  options: LinkOptions,
): LinkSide => {
  const { code = CODE, directPossible = false, random = seededRandom(`link ${name}`), shows } = options
  const secret = secretOf(code)
  const nowMs = PEOPLE_NOW_MS
  const run = { ceremony: options.ceremony ?? ceremony, secret, roomId: ROOM_ID }
  const step = (input: LinkInput) =>
    // A side has the machine of its place, and is given the inputs of that machine.
    shows
      ? stepHost(side.state as HostState<SaidWord>, input as HostInput, { nowMs: side.nowMs, random })
      : stepGuest(side.state as GuestState<SaidWord>, input as GuestInput, { nowMs: side.nowMs, random })
  const side: LinkSide = {
    state: shows
      ? hostCeremony({ ...run, expiresAtMs: nowMs + CODE_LIFE_MS })
      : guestCeremony({ ...run, contents: options.first ?? first, directPossible, nowMs }),
    effects: [],
    heard: [],
    nowMs,
    take: (input) => {
      const { effects, state } = step(input)
      side.state = state
      side.effects.push(...effects)
      const answers = effects.flatMap((effect) => {
        if (effect.type !== 'heard') return []
        side.heard.push(effect.said)
        const honest = answer(effect.said)
        const contents = options.says === undefined ? honest : options.says(effect.said, honest)
        return contents === undefined ? [] : side.take({ type: 'say', contents })
      })
      return [...effects, ...answers]
    },
  }
  return side
}

/** The account's words of the person of this name. */
export const wordsOf = (who: Person) => {
  const known = readDeviceList(who.deviceList, { accountKey: who.account.publicKey, nowMs: PEOPLE_NOW_MS, known: undefined })
  if (!known.ok) throw new Error(`linking: ${known.reason}`)
  return {
    list: known.list,
    account: { accountKey: who.account.publicKey, name: 'Zoë', listVersion: known.list.version, listHash: known.hash },
    /** Version 2, with one device more. */
    listed: (
      device: Device,
      countersignature: Uint8Array,
      change: { readonly version?: number; readonly devices?: readonly Device[] } = {},
    ) => {
      const countersignatures = [countersign(who.device, who.deviceKeys, who.accountId, seededRandom('again')), countersignature]
      const deviceList = signDeviceList({
        account: who.account,
        list: {
          version: change.version ?? 2,
          previousHash: known.hash,
          expiresAtMs: PEOPLE_NOW_MS + DEVICE_LIST_LIFE_MS,
          devices: change.devices ?? [who.device, device],
        },
        countersignatures: change.devices === undefined ? countersignatures : countersignatures.slice(0, change.devices.length),
        random: seededRandom('list'),
      })
      return { bundle: who.bundle('last-resort').served, address: hmacSha256(ascii('address'), who.accountId), deviceList }
    },
  }
}

/** The device that has the account's key. */
export const mainSide = (name: string, options: LinkOptions): LinkSide => {
  const words = wordsOf(person(name))
  const { account, list } = words
  const ceremony = linking(kindOf('main', options.shows), { role: 'main', account: { accountKey: account.accountKey, list } })
  const answer = (said: SaidWord): Uint8Array | undefined => {
    if (said.type === 'newcomer') return writeAccount(account)
    return said.type === 'entry' ? writeListed(words.listed(said.word.device, said.word.countersignature)) : undefined
  }
  return sideOf(`main ${name}`, ceremony, writeAccount(account), answer, options)
}

export interface NewDevice {
  readonly device: Device
  readonly deviceKeys: SigningKeys
  /** Its word for an account. @param nowMs by its own clock */
  readonly entryFor: (accountKey: Uint8Array, nowMs?: number) => Parameters<typeof writeEntry>[0]
}

const newDevices = new Map<string, NewDevice>()

/** A device without an account, always the same under a name. */
export const newDevice = (name: string): NewDevice => {
  const known = newDevices.get(name) ?? makeNewDevice(name)
  newDevices.set(name, known)
  return known
}

const makeNewDevice = (name: string): NewDevice => {
  const random = seededRandom(`new device ${name}`)
  const deviceKeys = generateSigningKeys(random)
  const identity = generateIdentityKey(random)
  const signed = generateSignedPrekeys(1, PEOPLE_NOW_MS, random)
  const device: Device = {
    tag: randomDeviceTag(random),
    deviceKey: deviceKeys.publicKey,
    identityKey: identity.publicKey,
    createdAtMs: PEOPLE_NOW_MS,
    name,
  }
  const entryFor = (accountKey: Uint8Array, nowMs = PEOPLE_NOW_MS) => {
    const accountId = accountIdOf(accountKey)
    const statement = signStatement({
      accountId,
      tag: device.tag,
      device: deviceKeys,
      identityKey: identity.publicKey,
      signed,
      firstContactAddress: new Uint8Array(32).fill(5),
      batches: [],
      nowMs,
      random: seededRandom('statement'),
    })
    return {
      device,
      countersignature: countersign(device, deviceKeys, accountId, seededRandom('word')),
      bundle: assembleBundle({ statement, oneTimeX25519: undefined, oneTimeKem: undefined }),
      address: hmacSha256(ascii('address'), join(accountId, ascii(name))),
    }
  }
  return { device, deviceKeys, entryFor }
}

/** A browser in which nobody is. */
export const newSide = (name: string, options: LinkOptions): LinkSide => {
  const ceremony = linking(kindOf('new', options.shows), { role: 'new' })
  const answer = (said: SaidWord): Uint8Array | undefined => {
    if (said.type === 'account') return writeEntry(newDevice(name).entryFor(said.word.accountKey))
    return said.type === 'listed' ? DONE : undefined
  }
  return sideOf(`new ${name}`, ceremony, NEWCOMER, answer, options)
}
