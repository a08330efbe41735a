// How a device of one's own is linked, to the two screens of a pairing that it borrows.

import type { ReactNode } from 'react'
import type { LinkWish, PairingFailure } from '../../messenger/api.ts'

export interface Linking {
  readonly wish: LinkWish
  readonly title: string
  /** The path from which it was begun. */
  readonly backTo: string
  /** Back to what was asked before the code. */
  readonly onBack: () => void
  /** The screen in the end. */
  readonly done: ReactNode
}

/** No other code would help. */
export const isInVain = (reason: PairingFailure): boolean => reason === 'cannot-list' || reason === 'somebody-here'
