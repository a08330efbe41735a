// The page goes: warns while messages wait that nobody else has, and while a wipe or a file is not over, which would then not
// have happened; and tells the pipes when it is certain.

import type { Parley } from '../parley.ts'

const isUnfinished = ({ isSending, view }: Pick<Parley, 'isSending' | 'view'>): boolean => {
  const shown = view()
  if (isSending() || shown.phase === 'leaving') return true
  return shown.phase === 'open' && (shown.transfer?.phase === 'running' || shown.contacts.some(({ waiting }) => waiting > 0))
}

let isReloading = false

/** Asks nothing: what waits is kept, and waits on afterwards. */
export const reload = (): void => {
  isReloading = true
  location.reload()
}

export const watchLeaving = (parley: Pick<Parley, 'isSending' | 'view'>, gone: () => void): void => {
  addEventListener('beforeunload', (event) => {
    // Browsers ask in their own words.
    if (!isReloading && isUnfinished(parley)) event.preventDefault()
  })
  addEventListener('pagehide', gone)
}
