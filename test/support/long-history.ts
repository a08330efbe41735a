// A conversation as it lies on a disk after years: more messages than anybody could say in a simulation, and no index of them.

import { type Changes, type Message, noChanges } from '../../src/messenger/state.ts'
import type { Device, World } from './world.ts'

/** In one commit. */
const BATCH = 500

/** Closes a device's page, puts messages behind those that are there, a minute apart up to now, and opens it. */
export const withHistory = async (world: World, device: Device, contactId: string, count: number): Promise<void> => {
  device.crash()
  const opened = await device.disk.open()
  const contact = opened.ok ? opened.store.held.contacts.get(contactId) : undefined
  if (!opened.ok || contact === undefined) throw new Error('long-history: nobody to have talked with')
  for (let done = 0; done < count; done += BATCH) {
    const length = Math.min(BATCH, count - done)
    const messages = Array.from({ length }, (_, i): Message => {
      const nth = done + i
      const isOurs = nth % 2 === 0
      const atMs = world.nowMs() - (count - nth) * 60_000
      return {
        contactId,
        place: contact.nextPlace + nth,
        messageId: nth.toString(16).padStart(32, '0'),
        direction: isOurs ? 'out' : 'in',
        text: `Message ${nth}: the minutes of the meeting are in the usual place, please read them before Thursday`,
        sentAtMs: atMs,
        arrivedAtMs: atMs,
        state: isOurs ? 'delivered' : 'received',
      }
    })
    const row = { ...contact, nextPlace: contact.nextPlace + done + length }
    const changes: Changes = { ...noChanges, messages, held: [{ table: 'contacts', key: contactId, row }] }
    await opened.store.commit(changes)
  }
  opened.store.close()
  await device.open()
}
