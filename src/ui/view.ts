// What the screens show: one immutable value, and the pure function that takes it through each event from the worker.
// Nothing here draws, asks for anything or knows the time.

import type { ConnectionView, ContactId, ContactView, Event, MessageView, PairingView, Settings, Trouble } from '../messenger/api.ts'

/** A text that the worker did not take. */
export interface RefusedText {
  readonly reason: 'too-long' | 'empty'
  readonly excessBytes: number
}

/** What is loaded of one conversation: its newest end, without gaps. */
export interface Conversation {
  /** By place, oldest first. */
  readonly messages: readonly MessageView[]
  readonly reachedStart: boolean
  readonly refused: RefusedText | undefined
}

export interface OpenView {
  readonly phase: 'open'
  readonly settings: Settings
  /** The most recent first. */
  readonly contacts: readonly ContactView[]
  readonly unconfirmed: number
  readonly pairing: PairingView | undefined
  readonly connection: ConnectionView
  readonly conversations: ReadonlyMap<ContactId, Conversation>
  /** The newest message that arrived while Parley was open: to be announced once. */
  readonly arrived: MessageView | undefined
  readonly troubles: readonly Trouble[]
}

//  starting --could-not-open--> shut --wiped--> wiped
//  starting --opened--> open <--opened / opened-elsewhere--> elsewhere
//                       open --wiped--> wiped
export type View =
  | { readonly phase: 'starting'; readonly troubles: readonly Trouble[] }
  | OpenView
  | { readonly phase: 'elsewhere'; readonly troubles: readonly Trouble[] }
  | { readonly phase: 'shut'; readonly why: Exclude<Trouble, 'storage-evicted'>; readonly troubles: readonly Trouble[] }
  | { readonly phase: 'wiped'; readonly troubles: readonly Trouble[] }

export const initialView: View = { phase: 'starting', troubles: [] }

/**
 * What somebody sees who has nothing here yet: the home screen, usable before the worker has opened. What is asked for
 * waits there for it.
 */
export const newcomersView: OpenView = {
  phase: 'open',
  settings: { displayName: '', theme: 'system', relayOnly: false, iceServers: [] },
  contacts: [],
  unconfirmed: 0,
  pairing: undefined,
  connection: { relay: 'idle', directLinesPossible: true, relayOnly: false, storage: undefined, paths: [], refusals: {} },
  conversations: new Map(),
  arrived: undefined,
  troubles: [],
}

const lastActivityMs = ({ newest, pairedAtMs }: ContactView): number => newest?.atMs ?? pairedAtMs

const sorted = (contacts: readonly ContactView[]): readonly ContactView[] =>
  contacts.toSorted((a, b) => lastActivityMs(b) - lastActivityMs(a) || (a.contactId < b.contactId ? -1 : 1))

/** `changed` wins over what is there under the same id. */
const merged = (present: readonly MessageView[], changed: readonly MessageView[]): readonly MessageView[] => {
  const messageById = new Map([...present, ...changed].map((message) => [message.messageId, message]))
  return [...messageById.values()].sort((a, b) => a.place - b.place)
}

const withConversation = (view: OpenView, contactId: ContactId, change: Partial<Conversation>): OpenView => {
  const before = view.conversations.get(contactId) ?? { messages: [], reachedStart: false, refused: undefined }
  return { ...view, conversations: new Map(view.conversations).set(contactId, { ...before, ...change }) }
}

/** A message that is not loaded is left out, unless it stands at the newest end: what is loaded has no gaps. */
const withMessage = (view: OpenView, message: MessageView, isNew: boolean): OpenView => {
  const conversation = view.conversations.get(message.contactId)
  const isLoaded = conversation?.messages.some(({ messageId }) => messageId === message.messageId) ?? false
  const next =
    conversation && (isNew || isLoaded)
      ? withConversation(view, message.contactId, {
          messages: merged(conversation.messages, [message]),
          ...(isNew && message.direction === 'out' ? { refused: undefined } : {}),
        })
      : view
  return isNew && message.direction === 'in' ? { ...next, arrived: message } : next
}

const withoutContact = (view: OpenView, contactId: ContactId): OpenView => {
  const conversations = new Map(view.conversations)
  conversations.delete(contactId)
  return { ...view, contacts: view.contacts.filter((contact) => contact.contactId !== contactId), conversations }
}

type OpenEvent = Exclude<Event, { type: 'opened' | 'could-not-open' | 'opened-elsewhere' | 'wiped' | 'trouble' }>

const applyOpen = (view: OpenView, event: OpenEvent): OpenView => {
  switch (event.type) {
    case 'contact-changed': {
      const others = view.contacts.filter(({ contactId }) => contactId !== event.contact.contactId)
      return { ...view, contacts: sorted([...others, event.contact]) }
    }
    case 'contact-removed':
      return withoutContact(view, event.contactId)
    case 'unconfirmed-changed':
      return { ...view, unconfirmed: event.unconfirmed }
    case 'messages-loaded': {
      const before = view.conversations.get(event.contactId)
      return withConversation(view, event.contactId, {
        messages: merged(before?.messages ?? [], event.messages),
        reachedStart: event.reachedStart || (before?.reachedStart ?? false),
      })
    }
    case 'message-changed':
      return withMessage(view, event.message, event.isNew)
    case 'message-refused':
      return withConversation(view, event.contactId, { refused: { reason: event.reason, excessBytes: event.excessBytes } })
    case 'pairing-changed':
      return { ...view, pairing: event.pairing }
    case 'connection-changed':
      return { ...view, connection: event.connection }
    case 'settings-changed':
      return { ...view, settings: event.settings }
  }
}

/** The view after `event`. An event that belongs to an open profile changes nothing where none is open. */
export const apply = (view: View, event: Event): View => {
  switch (event.type) {
    case 'opened': {
      const { settings, contacts, unconfirmed, pairing, connection } = event
      const opened = { settings, contacts: sorted(contacts), unconfirmed, pairing, connection }
      return { phase: 'open', ...opened, conversations: new Map(), arrived: undefined, troubles: view.troubles }
    }
    case 'could-not-open':
      return { phase: 'shut', why: event.why, troubles: view.troubles }
    case 'opened-elsewhere':
      return { phase: 'elsewhere', troubles: view.troubles }
    case 'wiped':
      return { phase: 'wiped', troubles: [] }
    case 'trouble':
      return view.troubles.includes(event.trouble) ? view : { ...view, troubles: [...view.troubles, event.trouble] }
    default:
      return view.phase === 'open' ? applyOpen(view, event) : view
  }
}

/** The view once the person has read and closed a banner; it comes back if the trouble does. */
export const withoutTrouble = (view: View, trouble: Trouble): View => ({
  ...view,
  troubles: view.troubles.filter((present) => present !== trouble),
})
