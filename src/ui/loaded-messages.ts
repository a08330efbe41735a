// What is loaded of a conversation and how news change it: by place, oldest first, without gaps. Pure.

import type { Event, MessageView } from '../messenger/api.ts'

/** One message that is new or has changed. */
export type MessageNews = Extract<Event, { readonly type: 'message-changed' | 'message-state-changed' }>

export const conversationOf = (news: MessageNews): string => (news.type === 'message-changed' ? news.message.contactId : news.contactId)

const sortedByPlace = (messageById: ReadonlyMap<string, MessageView>): readonly MessageView[] =>
  [...messageById.values()].sort((a, b) => a.place - b.place)

const byId = (messages: readonly MessageView[]): Map<string, MessageView> =>
  new Map(messages.map((message) => [message.messageId, message]))

/** `older` wins over what is there under the same id. */
export const withLoaded = (present: readonly MessageView[], older: readonly MessageView[]): readonly MessageView[] =>
  sortedByPlace(byId([...present, ...older]))

/**
 * The messages after all of `news`, in their order. What is not loaded is left out unless it is new: new ones stand at the
 * newest end, so that no gap comes about.
 *
 * @param reachedEnd whether the newest end is loaded
 */
export const withNews = (present: readonly MessageView[], news: readonly MessageNews[], reachedEnd: boolean): readonly MessageView[] => {
  const messageById = byId(present)
  let hasChanged = false
  for (const one of news) {
    const before = messageById.get(one.type === 'message-changed' ? one.message.messageId : one.messageId)
    const isNew = one.type === 'message-changed' && one.isNew && reachedEnd
    if (!before && !isNew) continue
    const after = one.type === 'message-changed' ? one.message : before && { ...before, state: one.state }
    if (after) messageById.set(after.messageId, after)
    hasChanged = true
  }
  return hasChanged ? sortedByPlace(messageById) : present
}
