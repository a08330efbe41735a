// Which device has the account's secret key, and how it moves (docs/protocols/devices.md, The main device): one asks, a person at the
// main device grants it, and the key leaves once the one that asked has answered, so never to a device that is gone. No two lists
// of the account may have one number: at no time two devices sign, and who has to sign beside a key that may be elsewhere leaps ahead.
//
//   main --granted to one that has asked--> offered --it answers within ten minutes--> given --it has kept it--> (not main)
//     ^-----called off, or seven days----------'                                         '--it is removed--> main, a leap ahead
//   main, offered, given --a later list that others signed (own-list.ts)--> outdone --one says that it is the main device--> (not main)
//                                                                              '--a person wants it here--> main, a leap ahead
//   (not main) --a person asks--> asked --the key, with the list that is known here--> main

import { asSecret, equal, fromHex, toHex } from '../crypto/bytes.ts'
import { renewDeviceList, signingKeysOf } from '../protocol/identity/identity.ts'
import { accountSigner } from './account.ts'
import { changeDevice } from './contacts.ts'
import { OFFER_ID_LENGTH } from './content.ts'
import { becomesMain, isMainWantedBy, isSince, WISH_LIFE_MS } from './main-move.ts'
import { ownContact, ownId } from './own-contact.ts'
import { ownListArrived, takeOwnList, tellOwnList } from './own-list.ts'
import { publishAtOnce } from './publish.ts'
import { setRegister } from './registers.ts'
import { isRemoved } from './routes.ts'
import { enqueueFor, notice } from './send.ts'
import type { Setting } from './setting.ts'
import type { MainMove } from './state.ts'
import { refuse, selfOf, type Turn } from './turn.ts'

/** Who answers later may be gone since, and is asked once more. */
const ANSWER_WITHIN_MS = 600_000

const moved = (turn: Turn, mainMove: MainMove | undefined): void => turn.put('self', 'self', { ...selfOf(turn), mainMove })

// ---- who would like to be it ------------------------------------------------------------------------------------

/** Asks the main device, whichever it is: who is not does not heed it. */
export const askToBeMain = (turn: Turn): void => {
  if (selfOf(turn).account.seeds !== undefined) return signAgain(turn)
  moved(turn, { phase: 'asked', atMs: turn.nowMs })
  for (const { device } of ownContact(turn)?.devices ?? []) enqueueFor(turn, ownId(turn), device.tag, notice(turn, { type: 'main-wanted' }))
}

/** The main device asks whether we are there. What was wished long ago may be forgotten here, as it is there. */
export const mainOffered = (turn: Turn, tag: number, offerId: Uint8Array): undefined => {
  const { account, mainMove } = selfOf(turn)
  const isWanted = account.seeds === undefined && mainMove?.phase === 'asked' && isSince(turn, mainMove.atMs, 2 * WISH_LIFE_MS)
  if (!isWanted) return refuse(turn, 'main-not-wanted')
  enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'main-accepted', offerId }))
}

export const mainGiven = (turn: Turn, tag: number, given: { readonly seeds: Uint8Array; readonly deviceList: Uint8Array }): undefined => {
  const { account, mainMove } = selfOf(turn)
  const keys = signingKeysOf(asSecret<'SigningSeeds'>(given.seeds))
  if (!equal(keys.publicKey, account.publicKey)) return refuse(turn, 'wrong-account-key')
  if (account.seeds !== undefined || mainMove?.phase !== 'asked') return refuse(turn, 'main-not-wanted')
  // Whoever signs the next list has to know this one; and if there is another, then somebody else has signed it.
  ownListArrived(turn, given.deviceList)
  if (isRemoved(turn) || !equal(selfOf(turn).deviceList, given.deviceList)) return refuse(turn, 'other-device-list')
  turn.put('self', 'self', { ...selfOf(turn), account: keys, mainMove: undefined })
  setRegister(turn, { type: 'main', device: selfOf(turn).tag })
  enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'main-kept' }))
}

// ---- the main device --------------------------------------------------------------------------------------------

/** A device of ours would like to be the main one: a person has to grant it here. */
export const mainWanted = (turn: Turn, tag: number): undefined => {
  if (accountSigner(turn) !== undefined) changeDevice(turn, ownId(turn), tag, { wantsMainSinceMs: turn.nowMs })
}

/** @returns whether it was granted: this is the main device, and the other one has asked */
export const giveMain = (turn: Turn, tag: number): boolean => {
  if (!isMainWantedBy(turn, tag)) return false
  changeDevice(turn, ownId(turn), tag, { wantsMainSinceMs: undefined })
  offer(turn, tag, turn.nowMs)
  return true
}

const offer = (turn: Turn, to: number, grantedAtMs: number): void => {
  const offerId = turn.random(OFFER_ID_LENGTH)
  moved(turn, { phase: 'offered', to, grantedAtMs, offerId: toHex(offerId), askedAtMs: turn.nowMs })
  enqueueFor(turn, ownId(turn), to, notice(turn, { type: 'main-offered', offerId }))
}

/** Calls off what was granted, as long as the key has not left. */
export const keepMain = (turn: Turn): void => {
  if (selfOf(turn).mainMove?.phase === 'offered') moved(turn, undefined)
}

/** It is there: the key leaves, and nothing is signed here any more. An answer to anything but the last question counts for nothing. */
export const mainAccepted = (turn: Turn, tag: number, offerId: Uint8Array): undefined => {
  const account = accountSigner(turn)
  const { deviceList, mainMove } = selfOf(turn)
  if (account === undefined || mainMove?.phase !== 'offered' || mainMove.to !== tag || !equal(fromHex(mainMove.offerId), offerId))
    return refuse(turn, 'main-not-offered')
  if (becomesMain(turn, tag) === undefined) {
    moved(turn, undefined)
    return
  }
  if (!isSince(turn, mainMove.askedAtMs, ANSWER_WITHIN_MS)) {
    offer(turn, tag, mainMove.grantedAtMs)
    return
  }
  enqueueFor(turn, ownId(turn), tag, notice(turn, { type: 'main-given', seeds: account.seeds, deviceList }))
  moved(turn, { phase: 'given', to: tag })
}

/** Another device says of itself that it has the key. Who signs here is not told so by a device that never got it from here. */
export const mainKept = (turn: Turn, tag: number): undefined => {
  const { account, mainMove } = selfOf(turn)
  if ((mainMove?.phase === 'given' && mainMove.to === tag) || mainMove?.phase === 'outdone')
    turn.put('self', 'self', { ...selfOf(turn), account: { publicKey: account.publicKey, seeds: undefined }, mainMove: undefined })
}

/** Which device is the main one was said by another: by that one itself, or by who does not know better. */
export const mainSaid = (turn: Turn, tag: number, setting: Setting): void => {
  if (setting.type !== 'main') return
  if (setting.device === tag) mainKept(turn, tag)
  if (accountSigner(turn) !== undefined) setRegister(turn, { type: 'main', device: selfOf(turn).tag })
}

/** A device is to be removed: what it was granted is called off, or taken back. @returns whether it may have signed lists since */
export const takeBackMain = (turn: Turn, tag: number): boolean => {
  const { mainMove } = selfOf(turn)
  if ((mainMove?.phase !== 'offered' && mainMove?.phase !== 'given') || mainMove.to !== tag) return false
  moved(turn, undefined)
  return mainMove.phase === 'given'
}

/** Somebody else has signed, and no device says that it is the main one: a person wants this one to be it. */
const signAgain = (turn: Turn): void => {
  if (selfOf(turn).mainMove?.phase !== 'outdone') return
  moved(turn, undefined)
  const account = accountSigner(turn)
  if (account === undefined) return
  const { deviceList: current } = selfOf(turn)
  takeOwnList(turn, renewDeviceList({ account, current, isLeap: true, nowMs: turn.nowMs, random: turn.random }))
  setRegister(turn, { type: 'main', device: selfOf(turn).tag })
  tellOwnList(turn)
  publishAtOnce(turn)
}
