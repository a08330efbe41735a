// Chromium keeps all databases of an origin in one LevelDB, and as it starts it goes on with the log that it finds. Where the
// process before died in the middle of a write, that log ends with a torn record. Once that is the end, and passed over; behind
// what is written next it is damage, for which Chromium deletes everything when it starts the time after. The deletion of any
// database makes it begin another log and forget this one. Elsewhere it does no harm.

import { deleteDB, openDB } from 'idb'

const NAME = 'parley-fresh-log'

/** To be called whenever the browser may have been started anew, before much is written. */
export const beginFreshLog = async (): Promise<void> => {
  const database = await openDB(NAME, 1)
  database.close()
  await deleteDB(NAME)
}
