// What the windows of this profile show, several of them where Parley is open in several tabs. One of them has the pipes; of
// the others only this is known. Who they are and when they go is the worker's to know.

import type { ContactId } from './api.ts'
import type { Live, WindowState } from './live.ts'

type Shown = Pick<Live, 'window' | 'openConversation' | 'otherWindows'>

const windowsOf = ({ openConversation, otherWindows, window }: Shown): readonly WindowState[] => [
  { visible: window.visible, openConversation },
  ...otherWindows.values(),
]

/** Whether somebody may be looking at Parley. */
export const isAnyVisible = (shown: Shown): boolean => windowsOf(shown).some(({ visible }) => visible)

/** Whether a message of this contact is seen as it comes. */
export const isOnScreen = (shown: Shown, contactId: ContactId): boolean =>
  windowsOf(shown).some(({ openConversation, visible }) => visible && openConversation === contactId)

/** The conversations that are open in any window, seen or not. */
export const openConversations = (shown: Shown): readonly ContactId[] =>
  windowsOf(shown).flatMap(({ openConversation }) => openConversation ?? [])
