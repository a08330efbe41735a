// Whom an event concerns, where Parley is open in several tabs. What became true is told to every window; an answer to the
// one that asked; and the system's notifications are one window's business, or there would be one a tab.

import type { Event } from '../messenger/api.ts'

/** `owner`: the window that has the profile. `asker`: the one whose command it follows from; without one, the owner. */
export type Audience = 'all' | 'asker' | 'owner'

const exceptions: Readonly<Partial<Record<Event['type'], Audience>>> = {
  opened: 'asker',
  // A page of a conversation fits only what is loaded in the window that asked.
  'messages-loaded': 'asker',
  'message-refused': 'asker',
  'message-not-kept': 'asker',
  'contacts-introduced': 'asker',
  'recovery-phrase-made': 'asker',
  'message-missed': 'owner',
}

export const audienceOf = ({ type }: Event): Audience => exceptions[type] ?? 'all'
