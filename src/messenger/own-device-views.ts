// What a person sees of their own devices.

import { rereadDeviceList } from '../protocol/identity/identity.ts'
import type { OwnDeviceView } from './api.ts'
import { ownContact } from './own-contact.ts'
import { HERE } from './state.ts'
import type { Turn } from './turn.ts'

/** An own device that was not heard for so long is proposed for removal, milliseconds. */
const UNUSED_MS = 90 * 86_400_000

/** In the order of the list. */
export const ownDeviceViews = (turn: Turn): readonly OwnDeviceView[] => {
  const self = turn.get('self', 'self')
  if (self === undefined) return []
  const { account, deviceList, mainGivenTo, tag: ours } = self
  const main = turn.get('registers', 'main')?.setting
  const mainTag = account.seeds !== undefined ? ours : main?.type === 'main' ? main.device : undefined
  const { devices, expiresAtMs } = rereadDeviceList(deviceList)
  return devices.map(({ createdAtMs, name, tag }) => {
    const { heardAtMs, wantsMainSinceMs } = ownContact(turn)?.devices.find(({ device }) => device.tag === tag) ?? {}
    const isUnused = tag !== ours && (heardAtMs ?? createdAtMs) + UNUSED_MS <= turn.nowMs
    const under = turn.get('handovers', tag === ours ? HERE : String(tag))
    const handover = under && { done: under.done, total: under.total }
    return {
      tag,
      name,
      addedAtMs: createdAtMs,
      heardAtMs,
      isThis: tag === ours,
      isMain: tag === mainTag,
      isBecomingMain: tag === mainGivenTo,
      wantsToBeMain: wantsMainSinceMs !== undefined,
      isUnused,
      handover,
      listEndsAtMs: tag === ours && mainTag !== ours ? expiresAtMs : undefined,
    }
  })
}
