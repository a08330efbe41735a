// A mark outside the database that there once was something in it, so that a database which the browser deleted is
// noticed. It says nothing else.

import type { Event } from '../../messenger/api.ts'

const KEY = 'parley.has-data'

export const isMarkerPresent = (): boolean => localStorage.getItem(KEY) !== null

/** Sets the mark with the first contact, and takes it away when the person wipes the device. */
export const followMarker = (event: Event): void => {
  if (event.type === 'contact-changed' || (event.type === 'opened' && event.contacts.length > 0)) localStorage.setItem(KEY, '1')
  if (event.type === 'wiped') localStorage.removeItem(KEY)
}
