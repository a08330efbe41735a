// The messages of one conversation, drawn only where they are seen. Stays at the newest while the reader is there, stays
// where the reader is otherwise, and fetches older ones as they come near.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { ContactView } from '../../messenger/api.ts'
import { DownIcon } from '../components/icons.tsx'
import { useNow } from '../components/use-now.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import type { Conversation } from '../view.ts'
import styles from './history.module.css'
import { Message } from './message.tsx'
import { positionOf, rememberPosition } from './reading-position.ts'
import { firstUnreadPlace, rowsOf } from './rows.ts'
import { NEAR_END, useEnd } from './use-end.ts'
import { useMarkRead } from './use-mark-read.ts'

/** Nearer to the start than this, in pixels, older messages are fetched. */
const NEAR_START = 600

interface HistoryProps {
  readonly contact: ContactView
  readonly loaded: Conversation
  /** Unread messages when the conversation was opened. */
  readonly unreadAtFirst: number
  readonly pageSize: number
}

export const History = ({ contact, loaded, unreadAtFirst, pageSize }: HistoryProps) => {
  const { common, conversation } = useSentences()
  const { send } = useParley()
  const nowMs = useNow(60_000)
  const { contactId } = contact
  const { messages, reachedStart } = loaded
  const [firstUnread] = useState(() => firstUnreadPlace(messages, unreadAtFirst))
  const { deviceChanges, renewals } = contact
  const rows = useMemo(() => rowsOf(messages, firstUnread, renewals, deviceChanges), [messages, firstUnread, renewals, deviceChanges])
  const [first, last] = [messages[0], messages.at(-1)]

  const list = useRef<VirtualizerHandle>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const end = useEnd(scroller)
  const [seenPlace, setSeenPlace] = useState(firstUnread === undefined ? (last?.place ?? 0) : firstUnread - 1)
  const requestedBefore = useRef<number>(undefined)
  const markRead = useMarkRead(contact)

  // Older messages have come in front: the distance to the end has to stay, not that to the start.
  const firstBefore = useRef(first?.messageId)
  const isPrepended = firstBefore.current !== first?.messageId
  useLayoutEffect(() => {
    firstBefore.current = first?.messageId
  }, [first?.messageId])

  const toEnd = (): void => list.current?.scrollToIndex(rows.length - 1, { align: 'end' })

  const look = (): void => {
    const shown = list.current
    if (!shown) return
    const isNearEnd = end.look(shown)
    const lastSeen = messages[isNearEnd ? messages.length - 1 : shown.findItemIndex(shown.scrollOffset + shown.viewportSize)]
    if (lastSeen) {
      markRead(lastSeen.place)
      setSeenPlace((place) => Math.max(place, lastSeen.place))
    }
    const topIndex = shown.findItemIndex(shown.scrollOffset)
    const top = messages[topIndex]
    rememberPosition(
      contactId,
      isNearEnd || !top ? undefined : { messageId: top.messageId, pixelsAbove: shown.scrollOffset - shown.getItemOffset(topIndex) },
    )
    if (shown.scrollOffset < NEAR_START && !reachedStart && first && requestedBefore.current !== first.place) {
      requestedBefore.current = first.place
      send({ type: 'load-messages', contactId, before: first.place, count: pageSize })
    }
  }
  const latestLook = useRef(look)
  const latestToEnd = useRef(toEnd)
  useLayoutEffect(() => {
    latestLook.current = look
    latestToEnd.current = toEnd
  })

  // After another size nothing may ever scroll again, and what was true of the old one would stay on the screen.
  const resized = (): void => {
    if (end.follows.current) toEnd()
    end.resized(() => {
      if (end.follows.current) latestToEnd.current()
      latestLook.current()
    })
  }

  // Where reading goes on: where it was left, else at the unread ones, else at the end.
  useLayoutEffect(() => {
    const left = positionOf(contactId)
    const leftIndex = left ? messages.findIndex(({ messageId }) => messageId === left.messageId) : -1
    const unreadIndex = rows.findIndex(({ startsUnread }) => startsUnread)
    if (left && leftIndex >= 0) list.current?.scrollToIndex(leftIndex, { align: 'start', offset: left.pixelsAbove })
    else if (unreadIndex > 0) list.current?.scrollToIndex(unreadIndex, { align: 'start', offset: -NEAR_END })
    else toEnd()
    end.follows.current = !(left && leftIndex >= 0) && unreadIndex <= 0
    const frame = requestAnimationFrame(() => latestLook.current())
    return () => cancelAnimationFrame(frame)
    // oxlint-disable-next-line react/exhaustive-deps -- once, as the conversation opens
  }, [])

  // A new message: one's own is always gone to, another's only from the end.
  const newest = useRef(last?.messageId)
  useLayoutEffect(() => {
    if (newest.current === last?.messageId) return
    newest.current = last?.messageId
    if (end.follows.current || last?.direction === 'out') toEnd()
    latestLook.current()
  })

  useEffect(() => {
    const onVisible = (): void => latestLook.current()
    document.addEventListener('visibilitychange', onVisible)
    return () => document.removeEventListener('visibilitychange', onVisible)
  }, [])

  const unseen = messages.filter(({ direction, place }) => direction === 'in' && place > seenPlace).length
  return (
    <div className={styles['history']}>
      <div
        ref={scroller}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- it holds the rows at one remove
        role="list"
        aria-label={conversation.messages}
        className={styles['scroll']}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <div className={styles['above']} />
        <Virtualizer ref={list} data={rows} shift={isPrepended} onScroll={() => latestLook.current()} onResize={resized}>
          {(row) => (
            <Message
              key={row.message.messageId}
              row={row}
              author={contact.name || common.unnamed}
              canResend={contact.stopped === undefined}
              nowMs={nowMs}
            />
          )}
        </Virtualizer>
      </div>
      {!end.isAtEnd && (
        <button type="button" className={styles['jump']} onClick={toEnd}>
          <DownIcon />
          {conversation.jumpToNewest(unseen)}
        </button>
      )}
    </div>
  )
}
