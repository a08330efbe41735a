// The messages of conversations, oldest first, a page in memory at a time, while the messenger goes on.

import type { ContactId } from '../messenger/api.ts'
import type { Contact, Message } from '../messenger/state.ts'
import type { Store } from '../store/store.ts'

/** So many messages are read together: 5 MB where each is as long as can be. */
const PAGE = 100

/** What a conversation had when it was begun to be read. A page that is gone by then is empty. */
export async function* readConversation(
  look: Store['look'],
  { contactId, nextPlace }: Pick<Contact, 'contactId' | 'nextPlace'>,
): AsyncGenerator<readonly Message[]> {
  for (let from = 1; from < nextPlace; from += PAGE) {
    const rows = await pageFrom(look, contactId, from, Math.min(from + PAGE, nextPlace))
    if (rows.length > 0) yield rows
  }
}

const pageFrom = async (look: Store['look'], contactId: ContactId, from: number, before: number): Promise<readonly Message[]> => {
  const [found] = await look([{ type: 'messages-before', contactId, before, count: before - from }])
  // Where places are empty, what stands before them comes too.
  return found?.type === 'messages-before' ? found.rows.filter(({ place }) => place >= from) : []
}
