// Whom each device of a world takes for devices of others, and for whom it keeps and sends something, noted as it happens: a list is
// law for who knows it, no list is gone back behind, and nobody is on one whom the account has not put there.

import { expect } from 'vitest'
import { toHex } from '../../src/crypto/bytes.ts'
import type { Contact, Held } from '../../src/messenger/state.ts'
import { knownAs } from '../../src/protocol/identity/identity.ts'
import type { Device, WatchedTurn, World } from '../support/world.ts'

export interface Views {
  /** Everybody who was ever taken for a device of somebody is one, and every list that was believed is the account's. */
  readonly expectReal: () => void
}

const nameOf = (accountId: string, tag: number, deviceKey: Uint8Array): string => `${accountId}/${tag}/${toHex(deviceKey.subarray(0, 32))}`
const listOf = (contactId: string, { hash, version }: Contact['deviceList']): string => `${contactId}/${version}/${toHex(hash)}`

/** Watches every turn from now on; sees nothing of what was done to a disk whose page was closed before the page is opened. */
export const watchViews = (world: World): Views => {
  const real = new Set<string>()
  const signed = new Set<string>()
  const believed = new Map<string, string>()
  const ownerOf = new Map<string, number>()
  const versions = new Map<string, number>()
  const met = new Set<Device>()
  const seen = new Map<Device, unknown>()

  const noteSelf = (device: Device, held: Held): void => {
    const self = held.self.get('self')
    if (self === undefined || seen.get(device) === self) return
    seen.set(device, self)
    const accountId = toHex(self.accountId)
    real.add(nameOf(accountId, self.tag, self.device.publicKey))
    if (self.account.seeds !== undefined) signed.add(listOf(accountId, knownAs(self.deviceList)))
  }
  const noteContact = (device: Device, { contactId, deviceList, devices }: Contact): void => {
    const { version } = deviceList
    const key = `${device.name}/${contactId}`
    if (version < (versions.get(key) ?? 0)) throw new Error(`${device.name} went back behind a list that it knew`)
    versions.set(key, version)
    believed.set(listOf(contactId, deviceList), device.name)
    const ours = device.held.self.get('self')?.tag ?? 0
    for (const each of devices) {
      believed.set(nameOf(contactId, each.device.tag, each.device.deviceKey), device.name)
      ownerOf.set(toHex(each.ourAddress), ours)
    }
  }
  const tagsIn = (contacts: ReadonlyMap<string, Contact>): ReadonlySet<number> =>
    new Set([...contacts.values()].flatMap(({ devices }) => devices.map(({ device }) => device.tag)))

  world.onTurn = ({ device, held, transition }: WatchedTurn) => {
    noteSelf(device, held)
    const contacts = new Map(held.contacts)
    const outbox = new Map(held.outbox)
    for (const change of transition.changes.held) {
      if (change.table === 'contacts' && change.row === undefined) contacts.delete(change.key)
      else if (change.table === 'contacts' && change.row !== undefined) contacts.set(change.key, change.row)
      if (change.table === 'outbox' && change.row === undefined) outbox.delete(change.key)
      else if (change.table === 'outbox' && change.row !== undefined) outbox.set(change.key, change.row)
    }
    const isFirst = !met.has(device)
    met.add(device)
    for (const [contactId, contact] of contacts) if (isFirst || held.contacts.get(contactId) !== contact) noteContact(device, contact)
    for (const { contactId, tag } of outbox.values()) {
      if (contacts.get(contactId)?.devices.some((each) => each.device.tag === tag) !== true)
        throw new Error(`${device.name} keeps something for a device that is not listed`)
    }
    // Who is taken off in this turn gets a last word.
    const listed = [tagsIn(held.contacts), tagsIn(contacts)]
    for (const effect of transition.effects) {
      if (effect.type !== 'order' || effect.order.type !== 'relay-send' || effect.order.request.type !== 'deposit') continue
      const owner = ownerOf.get(toHex(effect.order.request.address))
      if (owner !== undefined && !listed.some((tags) => tags.has(owner)))
        throw new Error(`${device.name} sends something to a device that is not listed`)
    }
  }
  return {
    expectReal: () => {
      const others = [...believed].filter(([name]) => !real.has(name) && !signed.has(name))
      expect(others.map(([name, by]) => `${by} believes in ${name}`)).toEqual([])
    },
  }
}
