// What the screens show: one immutable value, and the pure functions that take it through the events from the worker.
// Nothing here draws, asks for anything or knows the time.

import type {
  BackupFolderView,
  ConnectionView,
  ContactId,
  ContactView,
  Event,
  IntroductionView,
  LockCommand,
  LockedView,
  LockView,
  MessageView,
  MisbehaviourView,
  Obstruction,
  OwnDeviceView,
  PairingView,
  Settings,
  TransferView,
  Trouble,
} from '../messenger/api.ts'
import { conversationOf, type MessageNews, withLoaded, withNews } from './loaded-messages.ts'

/** A text that the worker did not take. */
export interface RefusedText {
  readonly reason: 'too-long' | 'empty' | 'stopped'
  readonly excessBytes: number
}

/** What is loaded of one conversation, without gaps: its newest end, or a stretch of it that was gone to. */
export interface Conversation {
  /** By place, oldest first. */
  readonly messages: readonly MessageView[]
  readonly reachedStart: boolean
  readonly reachedEnd: boolean
  /** How often what is loaded was given up for another stretch. */
  readonly stretch: number
  readonly refused: RefusedText | undefined
  /** Texts that were not sent because they could not be kept, oldest first, all of them since Parley was opened. */
  readonly unkept: readonly string[]
}

/** What was found, page by page. */
export type FoundMessages = Omit<Extract<Event, { readonly type: 'messages-found' }>, 'type' | 'after'>

export type LockAnswers = Readonly<
  Partial<Record<LockCommand['type'], Pick<Extract<Event, { readonly type: 'lock-answered' }>, 'refusal'>>>
>

export interface OpenView {
  readonly phase: 'open'
  readonly settings: Settings
  /** The most recent first. */
  readonly contacts: readonly ContactView[]
  readonly introductions: readonly IntroductionView[]
  readonly unconfirmed: number
  readonly pairing: PairingView | undefined
  readonly connection: ConnectionView
  /** Newest first. */
  readonly misbehaviour: readonly MisbehaviourView[]
  readonly ownDevices: readonly OwnDeviceView[]
  /** While many messages are being fetched. */
  readonly catchingUp: { readonly done: number; readonly total: number } | undefined
  /** Who were told of each other last: to be confirmed once. */
  readonly introduced: readonly [ContactId, ContactId] | undefined
  readonly conversations: ReadonlyMap<ContactId, Conversation>
  /** What was sought last, as far as it was answered. */
  readonly found: FoundMessages | undefined
  /** The newest message that arrived while Parley was open: to be announced once. */
  readonly arrived: MessageView | undefined
  /** Whether a message has come while the page was out of sight. */
  readonly missed: boolean
  /** Whether another tab has the profile and sleeps. */
  readonly ownerSilent: boolean
  /** A backup, a restoration or an export, until the person has read how it ended. */
  readonly transfer: TransferView | undefined
  /** Where backups go by themselves. */
  readonly backupFolder: BackupFolderView | undefined
  /** Twelve words that were made for a backup: nobody has written them down yet. */
  readonly recoveryPhrase: string | undefined
  readonly lock: LockView
  /** What became of each thing that was wanted of the lock here, when it was wanted last. */
  readonly lockAnswers: LockAnswers
  readonly troubles: readonly Trouble[]
}

//  starting --could-not-open--> shut --wiped--> wiped
//  starting --opened--> open <--opened / opened-elsewhere--> elsewhere
//  starting, open --locked--> locked --opened--> open       open, locked --moving--> moving --opened--> open
//                       open --leaving--> leaving --wiped--> wiped
export type View =
  | { readonly phase: 'starting'; readonly troubles: readonly Trouble[] }
  | OpenView
  | { readonly phase: 'elsewhere'; readonly troubles: readonly Trouble[] }
  | { readonly phase: 'locked'; readonly lock: LockedView; readonly troubles: readonly Trouble[] }
  | {
      readonly phase: 'moving'
      readonly lockIsSet: boolean
      readonly done: number
      readonly total: number
      readonly troubles: readonly Trouble[]
    }
  | { readonly phase: 'shut'; readonly why: Obstruction; readonly troubles: readonly Trouble[] }
  | { readonly phase: 'leaving' | 'wiped'; readonly troubles: readonly Trouble[] }

export const initialView: View = { phase: 'starting', troubles: [] }

/**
 * What somebody sees who has nothing here yet: the home screen, usable before the worker has opened. What is asked for
 * waits there for it.
 */
export const newcomersView: OpenView = {
  phase: 'open',
  settings: { displayName: '', theme: 'system', relayOnly: false, iceServers: [], notifications: 'unasked' },
  contacts: [],
  introductions: [],
  unconfirmed: 0,
  pairing: undefined,
  connection: { relay: 'idle', directLinesPossible: true, relayOnly: false, storage: undefined, paths: [], refusals: {}, isRemoved: false },
  misbehaviour: [],
  ownDevices: [],
  catchingUp: undefined,
  introduced: undefined,
  conversations: new Map(),
  found: undefined,
  arrived: undefined,
  missed: false,
  ownerSilent: false,
  transfer: undefined,
  backupFolder: undefined,
  recoveryPhrase: undefined,
  lock: { isSet: false, hasPasskey: false, autoLockMinutes: undefined },
  lockAnswers: {},
  troubles: [],
}

const lastActivityMs = ({ newest, pairedAtMs }: ContactView): number => newest?.atMs ?? pairedAtMs

const sorted = (contacts: Iterable<ContactView>): readonly ContactView[] =>
  [...contacts].sort((a, b) => lastActivityMs(b) - lastActivityMs(a) || (a.contactId < b.contactId ? -1 : 1))

const withContacts = (view: OpenView, changed: readonly ContactView[]): OpenView => {
  const contactById = new Map([...view.contacts, ...changed].map((contact) => [contact.contactId, contact]))
  return { ...view, contacts: sorted(contactById.values()) }
}

const withoutContact = (view: OpenView, contactId: ContactId): OpenView => {
  const conversations = new Map(view.conversations)
  conversations.delete(contactId)
  return { ...view, contacts: view.contacts.filter((contact) => contact.contactId !== contactId), conversations }
}

const nothingLoaded: Conversation = {
  messages: [],
  reachedStart: false,
  reachedEnd: true,
  stretch: 0,
  refused: undefined,
  unkept: [],
}

const withConversation = (view: OpenView, contactId: ContactId, change: Partial<Conversation>): OpenView => {
  const before = view.conversations.get(contactId) ?? nothingLoaded
  return { ...view, conversations: new Map(view.conversations).set(contactId, { ...before, ...change }) }
}

/** Other messages than those that are loaded. */
const withStretch = (
  view: OpenView,
  contactId: ContactId,
  { messages, reachedEnd, reachedStart }: Pick<Conversation, 'messages' | 'reachedStart' | 'reachedEnd'>,
): OpenView => {
  const { stretch } = view.conversations.get(contactId) ?? nothingLoaded
  return withConversation(view, contactId, { messages, reachedStart, reachedEnd, stretch: stretch + 1 })
}

const withoutFound = (view: OpenView, contactId: ContactId): OpenView =>
  view.found === undefined || (view.found.contactId !== undefined && view.found.contactId !== contactId)
    ? view
    : { ...view, found: undefined }

const isSamePlace = (a: FoundMessages['next'], b: FoundMessages['next']): boolean => a?.contactId === b?.contactId && a?.place === b?.place

const isNew = (direction: MessageView['direction']) => (news: MessageNews) =>
  news.type === 'message-changed' && news.isNew && news.message.direction === direction

const withMessages = (view: OpenView, news: readonly MessageNews[]): OpenView => {
  let next = view
  for (const contactId of new Set(news.map(conversationOf))) {
    const conversation = view.conversations.get(contactId)
    if (!conversation) continue
    const ofOne = news.filter((one) => conversationOf(one) === contactId)
    const messages = withNews(conversation.messages, ofOne, conversation.reachedEnd)
    if (messages === conversation.messages) continue
    const refused = ofOne.some(isNew('out')) ? undefined : conversation.refused
    next = withConversation(next, contactId, { messages, refused })
  }
  const arrived = news.findLast(isNew('in'))
  return arrived?.type === 'message-changed' ? { ...next, arrived: arrived.message } : next
}

type OpenEvent = Exclude<
  Event,
  { type: 'opened' | 'could-not-open' | 'opened-elsewhere' | 'locked' | 'moving' | 'locking' | 'leaving' | 'wiped' | 'trouble' }
>

const applyOpen = (view: OpenView, event: OpenEvent): OpenView => {
  switch (event.type) {
    case 'contact-changed':
      return withContacts(view, [event.contact])
    case 'contact-removed':
      return withoutFound(withoutContact(view, event.contactId), event.contactId)
    case 'conversation-cleared':
      return withoutFound(withConversation(view, event.contactId, { messages: [], reachedStart: true, reachedEnd: true }), event.contactId)
    case 'unconfirmed-changed':
      return { ...view, unconfirmed: event.unconfirmed }
    case 'messages-loaded': {
      const loaded = view.conversations.get(event.contactId)
      // The newest end, where another stretch was shown.
      if (event.before === undefined && loaded?.reachedEnd === false)
        return withStretch(view, event.contactId, { ...event, reachedEnd: true })
      // Asked for before everything was told anew: there would be a gap behind it.
      if (event.before !== undefined && !(loaded?.messages[0] && loaded.messages[0].place <= event.before)) return view
      return withConversation(view, event.contactId, {
        messages: withLoaded(loaded?.messages ?? [], event.messages),
        reachedStart: event.reachedStart || (loaded?.reachedStart ?? false),
      })
    }
    case 'messages-loaded-from': {
      if (event.isJump) return withStretch(view, event.contactId, event)
      const loaded = view.conversations.get(event.contactId)
      const last = loaded?.messages.at(-1)
      // Asked for before another stretch was gone to.
      if (loaded === undefined || last === undefined || last.place + 1 !== event.from) return view
      return withConversation(view, event.contactId, {
        messages: withLoaded(loaded.messages, event.messages),
        reachedEnd: event.reachedEnd,
      })
    }
    case 'messages-found': {
      const { after, behind, contactId, messages, next, query, total } = event
      const found = { behind, contactId, messages, next, query, total }
      if (after === undefined) return { ...view, found }
      const before = view.found
      const isNext = before?.contactId === found.contactId && before?.query === found.query && isSamePlace(before?.next, after)
      return isNext && before ? { ...view, found: { ...found, messages: [...before.messages, ...found.messages] } } : view
    }
    case 'message-changed':
    case 'message-state-changed':
      return withMessages(view, [event])
    case 'message-missed':
      return view
    case 'message-refused':
      return withConversation(view, event.contactId, { refused: { reason: event.reason, excessBytes: event.excessBytes } })
    case 'message-not-kept':
      return withConversation(view, event.contactId, { unkept: [...(view.conversations.get(event.contactId)?.unkept ?? []), event.text] })
    case 'introductions-changed':
      return { ...view, introductions: event.introductions }
    case 'contacts-introduced':
      return { ...view, introduced: event.contactIds }
    case 'misbehaviour-changed':
      return { ...view, misbehaviour: event.misbehaviour }
    case 'catching-up-changed':
      return { ...view, catchingUp: event.progress }
    case 'own-devices-changed':
      return { ...view, ownDevices: event.ownDevices }
    case 'pairing-changed':
      return { ...view, pairing: event.pairing }
    case 'connection-changed':
      return { ...view, connection: event.connection }
    case 'settings-changed':
      return { ...view, settings: event.settings }
    case 'lock-changed':
      return { ...view, lock: event.lock }
    case 'lock-answered':
      return { ...view, lockAnswers: { ...view.lockAnswers, [event.command]: { refusal: event.refusal } } }
    case 'owner-silence-changed':
      return { ...view, ownerSilent: event.silent }
    case 'transfer-changed':
      return { ...view, transfer: event.transfer, recoveryPhrase: event.transfer === undefined ? undefined : view.recoveryPhrase }
    case 'backup-folder-changed':
      return { ...view, backupFolder: event.backupFolder }
    case 'recovery-phrase-made':
      return { ...view, recoveryPhrase: event.phrase }
  }
}

const opened = (event: Extract<Event, { type: 'opened' }>, before: View): OpenView => {
  const { settings, contacts, introductions, unconfirmed, pairing, connection, misbehaviour, ownDevices } = event
  // Of the tab that had the profile before, but read in this one.
  const { lockAnswers, recoveryPhrase } = before.phase === 'open' ? before : newcomersView
  return {
    ...newcomersView,
    settings,
    contacts: sorted(contacts),
    introductions,
    unconfirmed,
    pairing,
    connection,
    misbehaviour,
    ownDevices,
    lockAnswers,
    recoveryPhrase,
    troubles: before.troubles,
  }
}

/** The view after `event`. An event that belongs to an open profile changes nothing where none is open. */
export const apply = (view: View, event: Event): View => {
  switch (event.type) {
    case 'opened':
      return opened(event, view)
    case 'could-not-open':
      return { phase: 'shut', why: event.why, troubles: view.troubles }
    case 'opened-elsewhere':
      return { phase: 'elsewhere', troubles: view.troubles }
    case 'locked':
      return { phase: 'locked', lock: event.lock, troubles: view.troubles }
    case 'moving':
      return { phase: 'moving', lockIsSet: event.lockIsSet, done: event.done, total: event.total, troubles: view.troubles }
    case 'locking':
      return initialView
    case 'leaving':
    case 'wiped':
      return { phase: event.type, troubles: [] }
    case 'trouble':
      return view.troubles.includes(event.trouble) ? view : { ...view, troubles: [...view.troubles, event.trouble] }
    default:
      return view.phase === 'open' ? applyOpen(view, event) : view
  }
}

/** Events that change other parts of the view than contacts and messages do: they may be applied before those. */
const isApart: Readonly<Partial<Record<Event['type'], true>>> = {
  'unconfirmed-changed': true,
  'introductions-changed': true,
  'contacts-introduced': true,
  'misbehaviour-changed': true,
  'catching-up-changed': true,
  'own-devices-changed': true,
  'pairing-changed': true,
  'connection-changed': true,
  'settings-changed': true,
  'owner-silence-changed': true,
  'transfer-changed': true,
  'backup-folder-changed': true,
  'recovery-phrase-made': true,
  'lock-changed': true,
  'lock-answered': true,
  'message-missed': true,
  trouble: true,
}

/**
 * The view after all of `events`, the same as if {@link apply} had taken them one by one. Changes of contacts and messages
 * are gathered, so that hundreds at once cost little more than one.
 */
export const applyAll = (view: View, events: readonly Event[]): View => {
  let next = view
  const contactById = new Map<ContactId, ContactView>()
  const news: MessageNews[] = []
  const settle = (): void => {
    if (next.phase === 'open' && contactById.size > 0) next = withContacts(next, [...contactById.values()])
    if (next.phase === 'open' && news.length > 0) next = withMessages(next, news)
    contactById.clear()
    news.length = 0
  }
  for (const event of events) {
    if (event.type === 'contact-changed') contactById.set(event.contact.contactId, event.contact)
    else if (event.type === 'message-changed' || event.type === 'message-state-changed') news.push(event)
    else {
      if (!isApart[event.type]) settle()
      next = apply(next, event)
    }
  }
  settle()
  return next
}

/** The view once the person has read and closed a banner; it comes back if the trouble does. */
export const withoutTrouble = (view: View, trouble: Trouble): View => ({
  ...view,
  troubles: view.troubles.filter((present) => present !== trouble),
})

/** The view once a message has come that nobody could see. */
export const withMissed = (view: View): View => (view.phase === 'open' && !view.missed ? { ...view, missed: true } : view)

/** Between the first word of a pairing and its end: it would not survive the page. */
export const isPairing = (view: View): boolean =>
  view.phase === 'open' && view.pairing !== undefined && !['unconfirmed', 'ready', 'linked', 'failed'].includes(view.pairing.phase)
