// A restored device knows the list of its backup only. Before it publishes the one that it has made of that, it asks the relay for the
// one that there was (docs/protocols/devices.md, The main device): a device that was removed since is not brought back, and one that was
// linked since stays. A relay that hides a removal is not found out here; the person sees who is on the list.

import { knownAs, readDeviceList, rebaseDeviceList } from '../protocol/identity/identity.ts'
import { accountSigner } from './account.ts'
import { ownContact, ownId } from './own-contact.ts'
import { takeOwnList } from './own-list.ts'
import { tellEverything } from './own-sync.ts'
import { enqueueFor, notice } from './send.ts'
import { selfOf, type Turn } from './turn.ts'

/** Whether this device was restored and has yet to ask. */
export const isFormerListSought = (turn: Turn): boolean => selfOf(turn).restoredFrom !== undefined

/** The relay shows the list that it has. */
export const formerListArrived = (turn: Turn, latest: Uint8Array): void => {
  const { deviceList: current, restoredFrom, tag } = selfOf(turn)
  const account = accountSigner(turn)
  if (account === undefined || restoredFrom === undefined) return
  const { nowMs, random } = turn
  const known = knownAs(restoredFrom.deviceList)
  const read = readDeviceList(latest, { accountKey: account.publicKey, nowMs, known })
  if (!read.ok || read.list.version === known.version || read.list.version >= knownAs(current).version) return
  const before = new Set((ownContact(turn)?.devices ?? []).map(({ device }) => device.tag))
  takeOwnList(turn, rebaseDeviceList({ account, current, latest, tag, formerTag: restoredFrom.tag, nowMs, random }))
  for (const { device } of ownContact(turn)?.devices ?? []) {
    if (before.has(device.tag)) continue
    enqueueFor(turn, ownId(turn), device.tag, notice(turn, { type: 'hello' }))
    tellEverything(turn, device.tag)
  }
}

/** It has shown all that it has. */
export const formerListSought = (turn: Turn): void => {
  if (isFormerListSought(turn)) turn.put('self', 'self', { ...selfOf(turn), restoredFrom: undefined })
}
