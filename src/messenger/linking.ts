// One person's devices find each other (docs/protocols/linking.md): what each says in the flights of a linking, and what follows
// from what it hears, in the turn in which it hears it. Rooms, lines and the machine are those of a pairing (pair-host.ts,
// pair-guest.ts); what a device is and becomes is own-devices.ts.

import { knownAs, MAX_DEVICES, rereadDeviceList } from '../protocol/identity/identity.ts'
import {
  type Ceremony,
  DONE,
  kindOf,
  linking,
  NEWCOMER,
  type SaidWord,
  writeAccount,
  writeEntry,
  writeListed,
} from '../protocol/pairing/pairing.ts'
import { accountSigner } from './account.ts'
import type { LinkWish, PairingFailure } from './api.ts'
import { sendEverything } from './handover.ts'
import type { Linking, Said } from './live.ts'
import { addOwnDevice, becomeOwnDevice, isSomebodyHere, prepareOwnDevice } from './own-devices.ts'
import { setRun } from './pairing-lines.ts'
import { isRemoved } from './routes.ts'
import { selfOf, type Turn } from './turn.ts'
import { settingsOf } from './views.ts'

const MONTH_MS = 30 * 86_400_000

/** Why this device cannot be linked, or link another; undefined where it can. */
export const whyNotLinked = (turn: Turn, { role }: LinkWish): PairingFailure | undefined => {
  if (role === 'new') return isSomebodyHere(turn) || isRemoved(turn) ? 'somebody-here' : undefined
  const isFull = rereadDeviceList(selfOf(turn).deviceList).devices.length >= MAX_DEVICES
  return isRemoved(turn) || accountSigner(turn) === undefined || isFull ? 'cannot-list' : undefined
}

export const beginLinking = (wish: LinkWish): Linking => ({ wish, candidate: undefined, isListed: false })

/** @param shows whether this device shows the code */
export const ceremonyOf = (turn: Turn, { role }: LinkWish, shows: boolean): Ceremony<SaidWord> => {
  const kind = kindOf(role, shows)
  if (role === 'new') return linking(kind, { role })
  const { account, deviceList } = selfOf(turn)
  return linking(kind, { role, account: { accountKey: account.publicKey, list: rereadDeviceList(deviceList) } })
}

/** What is sealed in the guess of the one who types. */
export const firstWord = (turn: Turn, { role }: LinkWish): Uint8Array => (role === 'new' ? NEWCOMER : accountWord(turn))

const accountWord = (turn: Turn): Uint8Array => {
  const { account, deviceList } = selfOf(turn)
  const { hash, version } = knownAs(deviceList)
  return writeAccount({ accountKey: account.publicKey, name: settingsOf(turn).displayName, listVersion: version, listHash: hash })
}

/**
 * Takes what the other device has said.
 *
 * @returns what to say, and how the linking stands; undefined where it ends here, and nothing was changed
 */
const answerTo = (
  turn: Turn,
  { candidate, isListed, wish }: Linking,
  said: SaidWord,
): { readonly contents: Uint8Array; readonly linking: Linking } | undefined => {
  switch (said.type) {
    case 'newcomer':
      return { contents: accountWord(turn), linking: { wish, candidate, isListed } }
    case 'account': {
      if (wish.role !== 'new' || whyNotLinked(turn, wish) !== undefined) return undefined
      const made = prepareOwnDevice(turn, said.word.accountKey, wish.deviceName)
      const { address, bundle, countersignature, entry } = made
      return { contents: writeEntry({ device: entry, countersignature, bundle, address }), linking: { wish, candidate: made, isListed } }
    }
    case 'entry': {
      if (wish.role !== 'main') return undefined
      const { device, ...rest } = said.word
      const added = addOwnDevice(turn, { entry: device, ...rest })
      if (!added.ok) return undefined
      turn.remove('tries', 'tries')
      sendEverything(turn, device.tag, sinceMs(wish, turn.nowMs))
      const { address, bundle, deviceList } = added
      return { contents: writeListed({ bundle, address, deviceList }), linking: { wish, candidate, isListed: true, listedTag: device.tag } }
    }
    case 'listed': {
      if (candidate === undefined) return undefined
      const { address, bundle, deviceList } = said.word
      if (!becomeOwnDevice(turn, candidate, { deviceList, name: said.account.name, bundle, address }).ok) return undefined
      return { contents: DONE, linking: { wish, candidate, isListed: true } }
    }
    case 'done':
      return undefined
  }
}

/** The other device has said a word. @returns what to answer; undefined where the linking ends here */
export const hear = (turn: Turn, said: Said): Uint8Array | undefined => {
  const run = turn.live.pairing
  const answer = run?.linking && 'type' in said ? answerTo(turn, run.linking, said) : undefined
  if (run === undefined || answer === undefined) return undefined
  setRun(turn, { ...run, linking: answer.linking })
  return answer.contents
}

const sinceMs = ({ history }: Extract<LinkWish, { role: 'main' }>, nowMs: number): number | undefined =>
  history === 'none' ? undefined : history === 'all' ? 0 : nowMs - MONTH_MS
