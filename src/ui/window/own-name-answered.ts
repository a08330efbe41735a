// A mark that the person has been asked how they are called and has answered, or not wanted to. It says nothing else.

import type { Event } from '../../messenger/api.ts'

const KEY = 'parley.asked-for-name'

export const hasAnsweredName = (): boolean => localStorage.getItem(KEY) !== null
export const rememberNameAnswered = (): void => localStorage.setItem(KEY, '1')

/** Takes the mark away when the person wipes the device. */
export const followNameAnswered = (event: Event): void => {
  if (event.type === 'wiped') localStorage.removeItem(KEY)
}
