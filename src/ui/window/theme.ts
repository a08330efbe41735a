// Light, dark, or as the system is. Remembered outside the database too, so that the page opens in the right one.

import type { Event, Settings } from '../../messenger/api.ts'

const KEY = 'parley.theme'

const show = (theme: string | null): void => {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme
  else delete document.documentElement.dataset['theme']
}

const remember = (theme: Settings['theme']): void => {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  show(theme)
}

export const showRememberedTheme = (): void => show(localStorage.getItem(KEY))

export const followTheme = (event: Event): void => {
  if (event.type === 'opened' || event.type === 'settings-changed') remember(event.settings.theme)
  if (event.type === 'wiped') localStorage.removeItem(KEY)
}
