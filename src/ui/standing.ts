// What a person can do with their devices on this one, from what is known of them all. Nothing here is shown or sent.

import { type LinkWish, MAX_OWN_DEVICES, type OwnDeviceView } from '../messenger/api.ts'
import type { OpenView } from './view.ts'

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

/** Why nothing is linked on this device: said before anybody has read a code aloud. */
export const whyNotLinked = (
  { contacts, introductions, ownDevices, unconfirmed }: OpenView,
  role: LinkWish['role'],
): 'already' | 'cannot-list' | 'somebody-here' | undefined => {
  if (role === 'main') return standingOf(ownDevices) !== 'main' || isFull(ownDevices) ? 'cannot-list' : undefined
  if (ownDevices.length > 1) return 'already'
  return contacts.length + introductions.length + unconfirmed > 0 ? 'somebody-here' : undefined
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
