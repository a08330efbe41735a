// What a person sees of their own devices.

import { rereadDeviceList } from '../protocol/identity/identity.ts'
import type { OwnDeviceView } from './api.ts'
import { becomesMain, isMainWantedBy } from './main-move.ts'
import { ownContact } from './own-contact.ts'
import { HERE } from './state.ts'
import type { Turn } from './turn.ts'

/** An own device that was not heard for so long is proposed for removal, milliseconds. */
const UNUSED_MS = 90 * 86_400_000

/** In the order of the list. */
export const ownDeviceViews = (turn: Turn): readonly OwnDeviceView[] => {
  const self = turn.get('self', 'self')
  if (self === undefined) return []
  const { account, deviceList, mainMove, tag: ours } = self
  const main = turn.get('registers', 'main')?.setting
  const isMainHere = account.seeds !== undefined && mainMove?.phase !== 'outdone'
  const mainTag = isMainHere ? ours : main?.type === 'main' && main.device !== ours ? main.device : undefined
  const own = ownContact(turn)
  const { devices, expiresAtMs } = rereadDeviceList(deviceList)
  return devices.map(({ createdAtMs, name, tag }) => {
    const { heardAtMs, isUnfinished } = own?.devices.find(({ device }) => device.tag === tag) ?? {}
    // Nothing could be heard here before there was anybody to hear it.
    const silentSinceMs = heardAtMs ?? Math.max(createdAtMs, own?.pairedAtMs ?? 0)
    const under = turn.get('handovers', tag === ours ? HERE : String(tag))
    const handover = under && { done: under.done, total: under.total }
    return {
      tag,
      name,
      addedAtMs: createdAtMs,
      heardAtMs,
      isThis: tag === ours,
      isMain: tag === mainTag,
      wantsToBeMain: isMainWantedBy(turn, tag),
      becomesMain: becomesMain(turn, tag),
      isUnused: tag !== ours && silentSinceMs + UNUSED_MS <= turn.nowMs,
      isUnfinished: isUnfinished === true && !isBeingLinked(turn),
      handover,
      listEndsAtMs: tag === ours && mainTag !== ours ? expiresAtMs : undefined,
    }
  })
}

/** While the two talk, the one that was listed may still hear of it. */
export const isBeingLinked = (turn: Turn): boolean => turn.live.pairing?.linking?.isListed === true
