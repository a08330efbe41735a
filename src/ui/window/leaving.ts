// The page goes: warns while messages wait that nobody else has, and tells the pipes when it is certain.

import type { View } from '../view.ts'

const hasUnsent = (view: View): boolean => view.phase === 'open' && view.contacts.some(({ waiting }) => waiting > 0)

let isReloading = false

/** Asks nothing: what waits is kept, and waits on afterwards. */
export const reload = (): void => {
  isReloading = true
  location.reload()
}

export const watchLeaving = (view: () => View, gone: () => void): void => {
  addEventListener('beforeunload', (event) => {
    // Browsers ask in their own words.
    if (!isReloading && hasUnsent(view())) event.preventDefault()
  })
  addEventListener('pagehide', gone)
}
