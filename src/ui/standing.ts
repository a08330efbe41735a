// What a person can do with their devices on this one, from what is known of them all. Nothing here is shown or sent.

import { MAX_OWN_DEVICES, type OwnDeviceView } from '../messenger/api.ts'

/**
 * `main`: devices are linked and removed here. `giving`: another device becomes the main one, and can only be removed. `linked`:
 * another one is the main device.
 */
export type Standing = 'main' | 'giving' | 'linked'

export const standingOf = (devices: readonly OwnDeviceView[]): Standing => {
  // Nobody is here yet: whoever is alone is their own main device.
  if (devices.length === 0) return 'main'
  if (!devices.some(({ isMain, isThis }) => isMain && isThis)) return 'linked'
  return devices.some(({ becomesMain }) => becomesMain === 'given') ? 'giving' : 'main'
}

export const isFull = (devices: readonly OwnDeviceView[]): boolean => devices.length >= MAX_OWN_DEVICES

export const mayRemove = (devices: readonly OwnDeviceView[], device: OwnDeviceView): boolean => {
  if (device.isThis) return false
  const standing = standingOf(devices)
  return standing === 'main' || (standing === 'giving' && device.becomesMain === 'given')
}

const SAID_BEFORE_MS = 30 * 86_400_000

/** Until when others believe what the main device has signed, once that is worth a word; undefined before. */
export const listEnd = (
  devices: readonly OwnDeviceView[],
  nowMs: number,
): { readonly atMs: number; readonly isOver: boolean } | undefined => {
  const atMs = devices.find(({ isThis }) => isThis)?.listEndsAtMs
  return atMs === undefined || atMs - nowMs > SAID_BEFORE_MS ? undefined : { atMs, isOver: atMs <= nowMs }
}
