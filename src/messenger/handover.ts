// What a new device of a person is given by the main one (docs/protocols/devices.md, Handing over): everything that the devices agree
// on at once.

import { tellEverything } from './own-sync.ts'
import type { Turn } from './turn.ts'

/**
 * For the device of this tag, which was added in this turn or an earlier one.
 *
 * @param historySinceMs messages from then on are handed over; undefined: none
 */
export const sendEverything = (turn: Turn, tag: number, historySinceMs: number | undefined): void => {
  tellEverything(turn, tag)
}
