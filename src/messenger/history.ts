// Pages of a conversation, as the screens ask for them.

import type { Command, MessageView } from './api.ts'
import { isOnRelay } from './routes.ts'
import type { Message } from './state.ts'
import type { Pending, Turn } from './turn.ts'

export const loadMessages = (turn: Turn, { contactId, before, count }: Extract<Command, { type: 'load-messages' }>): Pending => ({
  // One more than asked for tells whether the conversation goes on.
  needs: [{ type: 'messages-before', contactId, before, count: count + 1 }],
  resume: ([found]) => {
    const rows = found?.type === 'messages-before' ? found.rows : []
    const messages = rows.slice(-count).map((row) => messageView(turn, row))
    turn.tell({ type: 'messages-loaded', contactId, before, messages, reachedStart: rows.length <= count })
    return undefined
  },
})

export const loadMessagesFrom = (
  turn: Turn,
  { contactId, count, from, isJump }: Extract<Command, { type: 'load-messages-from' }>,
): Pending => ({
  needs: [
    { type: 'messages-from', contactId, from, count: count + 1 },
    { type: 'messages-before', contactId, before: from, count: 1 },
  ],
  resume: ([found, earlier]) => {
    const rows = found?.type === 'messages-from' ? found.rows : []
    const messages = rows.slice(0, count).map((row) => messageView(turn, row))
    const reachedStart = earlier?.type === 'messages-before' && earlier.rows.length === 0
    turn.tell({ type: 'messages-loaded-from', contactId, from, isJump, messages, reachedStart, reachedEnd: rows.length <= count })
    return undefined
  },
})

const messageView = (turn: Turn, row: Message): MessageView =>
  row.state === 'waiting' && isOnRelay(turn, row.contactId, row.messageId) ? { ...row, state: 'on-relay' } : row
