// How far it is with the main device's moving, as the main device shows it. What moves it is main-device.ts.

import { accountSigner } from './account.ts'
import { ownContact } from './own-contact.ts'
import { selfOf, type Turn } from './turn.ts'

/** A wish waits so long for a person at the main device, and what was granted so long for both devices to be there at once. */
export const WISH_LIFE_MS = 7 * 86_400_000

export const isSince = (turn: Turn, atMs: number, lifeMs: number): boolean => atMs <= turn.nowMs && turn.nowMs < atMs + lifeMs

/** Whether it has asked, and a person can grant it here; of this device, whether it waits for that. */
export const isMainWantedBy = (turn: Turn, tag: number): boolean => {
  const { mainMove, tag: ours } = selfOf(turn)
  if (tag === ours) return mainMove?.phase === 'asked' && isSince(turn, mainMove.atMs, WISH_LIFE_MS)
  const since = ownContact(turn)?.devices.find(({ device }) => device.tag === tag)?.wantsMainSinceMs
  return since !== undefined && accountSigner(turn) !== undefined && isSince(turn, since, WISH_LIFE_MS)
}

/** What becomes of the key that a person has granted to this device. */
export const becomesMain = (turn: Turn, tag: number): 'offered' | 'given' | undefined => {
  const { mainMove } = selfOf(turn)
  if (mainMove?.phase === 'given' && mainMove.to === tag) return 'given'
  return mainMove?.phase === 'offered' && mainMove.to === tag && isSince(turn, mainMove.grantedAtMs, WISH_LIFE_MS) ? 'offered' : undefined
}
