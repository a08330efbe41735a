// Which device has the account's secret key, and how it moves (docs/protocols/devices.md, The main device): one asks, a person at the
// main device grants it, and the main device signs nothing from then on; it forgets the key once the other one has confirmed.
//
//   main --give--> giving --kept--> (not main)
//   (not main) --given, and the key is the account's--> main

import { asSecret, equal } from '../crypto/bytes.ts'
import { signingKeysOf } from '../protocol/identity/identity.ts'
import { accountSigner } from './account.ts'
import { changeDevice } from './contacts.ts'
import { ownContact, ownId } from './own-contact.ts'
import { ownListArrived } from './own-list.ts'
import { setRegister } from './registers.ts'
import { enqueueFor, notice } from './send.ts'
import { refuse, selfOf, type Turn } from './turn.ts'

/** Asks the main device, whichever it is: who is not does not heed it. */
export const askToBeMain = (turn: Turn): void => {
  if (selfOf(turn).account.seeds !== undefined) return
  for (const { device } of ownContact(turn)?.devices ?? []) enqueueFor(turn, ownId(turn), device.tag, notice(turn, { type: 'main-wanted' }))
}

/** A device of ours would like to be the main one: a person has to grant it here. */
export const mainWanted = (turn: Turn, tag: number): undefined => {
  if (accountSigner(turn) !== undefined) changeDevice(turn, ownId(turn), tag, { wantsMainSinceMs: turn.nowMs })
}

/** @returns whether it was granted: this is the main device, and the other one has asked */
export const giveMain = (turn: Turn, tag: number): boolean => {
  const account = accountSigner(turn)
  const device = ownContact(turn)?.devices.find((each) => each.device.tag === tag)
  if (account === undefined || device?.wantsMainSinceMs === undefined) return false
  const self = selfOf(turn)
  enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'main-given', seeds: account.seeds, deviceList: self.deviceList }))
  turn.put('self', 'self', { ...self, mainGivenTo: tag })
  changeDevice(turn, ownId(turn), tag, { wantsMainSinceMs: undefined })
  return true
}

export const mainGiven = (turn: Turn, tag: number, given: { readonly seeds: Uint8Array; readonly deviceList: Uint8Array }): undefined => {
  const keys = signingKeysOf(asSecret<'SigningSeeds'>(given.seeds))
  if (!equal(keys.publicKey, selfOf(turn).account.publicKey)) return refuse(turn, 'wrong-account-key')
  // Whoever signs the next list has to know this one.
  ownListArrived(turn, given.deviceList)
  turn.put('self', 'self', { ...selfOf(turn), account: keys })
  setRegister(turn, { type: 'main', device: selfOf(turn).tag })
  enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'main-kept' }))
}

export const mainKept = (turn: Turn, tag: number): undefined => {
  const { mainGivenTo, ...self } = selfOf(turn)
  if (mainGivenTo === tag) turn.put('self', 'self', { ...self, account: { publicKey: self.account.publicKey, seeds: undefined } })
}
