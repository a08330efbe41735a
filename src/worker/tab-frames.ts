// What tabs of one profile say to each other (docs/decisions/0062-tabs-of-one-profile.md): one channel that all of them hear.
// Only commands, events and what a window shows travel on it, never a secret (checked at the end of this file). Pages of one
// origin are not strangers, but one of them may be older than this one: what is not understood is not taken.

import type { NoSecret } from '../crypto/bytes.ts'
import type { Command, Event, LockCommand, Report } from '../messenger/api.ts'
import type { WindowState } from '../messenger/live.ts'
import type { RowKeys } from '../store/at-rest.ts'

/** Raised with every change of these frames, of `Command` or of `Event`. */
export const TABS_VERSION = 4

/** 32 lower-case hexadecimal digits, made up by each tab when it starts. */
export type TabId = string

/** What any window can tell of the browser, for all of them. */
export type SharedReport = Extract<Report, { type: 'storage-measured' | 'window-woke' }>

/** To the tab that has the profile. Without `to`: whichever it is. */
export type FollowerFrame =
  /** Wants to be told everything, and then whatever changes. */
  | { readonly type: 'join'; readonly from: TabId; readonly window: WindowState }
  /** Is your window awake? */
  | { readonly type: 'ping'; readonly from: TabId }
  | { readonly type: 'window'; readonly from: TabId; readonly to: TabId; readonly window: WindowState }
  | { readonly type: 'report'; readonly from: TabId; readonly to: TabId; readonly report: SharedReport }
  | {
      readonly type: 'command'
      readonly from: TabId
      readonly to: TabId
      readonly commandId: string
      readonly command: Command | LockCommand
    }

/** From the tab that has the profile. */
export type OwnerFrame =
  /** It has opened it just now: all others join it. */
  | { readonly type: 'owner'; readonly from: TabId }
  | { readonly type: 'pong'; readonly from: TabId; readonly to: TabId }
  /** `to`: undefined for all that have joined. */
  | { readonly type: 'event'; readonly from: TabId; readonly to: TabId | undefined; readonly event: Event }
  /**
   * Of a profile with a lock: whoever comes to have it next opens it with these, if nobody has locked it meanwhile. Keys that
   * cannot be read out; the channel is heard by workers of this origin only, and nothing of it is written down.
   */
  | { readonly type: 'keys'; readonly from: TabId; readonly to: TabId; readonly keys: RowKeys; readonly unlockedAs: string }
  /** The turn of a command is over, for good or bad. */
  | { readonly type: 'done'; readonly from: TabId; readonly to: TabId; readonly commandId: string }

/** From any tab to all: somebody acts in its window. */
export interface ActiveFrame {
  readonly type: 'active'
  readonly from: TabId
}

export type TabFrame = FollowerFrame | OwnerFrame | ActiveFrame

/** `newer`: from a page that has to be loaded here too. `older` and `malformed` frames are nobody's fault here. */
type Read = { readonly ok: true; readonly frame: TabFrame } | { readonly ok: false; readonly reason: 'malformed' | 'older' | 'newer' }

const commandTypes: Readonly<Record<Command['type'], true>> = {
  'show-code': true,
  'renew-code': true,
  'enter-code': true,
  'cancel-pairing': true,
  'send-message': true,
  'resend-message': true,
  'save-draft': true,
  'open-conversation': true,
  'load-messages': true,
  'load-messages-from': true,
  'search-messages': true,
  'mark-read': true,
  'rename-contact': true,
  'remove-contact': true,
  'remove-own-device': true,
  'ask-to-be-main': true,
  'give-main': true,
  'keep-main': true,
  'introduce-contacts': true,
  'accept-introduction': true,
  'refuse-introduction': true,
  'decide-identity': true,
  'clear-misbehaviour': true,
  'change-settings': true,
  'clear-conversation': true,
  'make-recovery-phrase': true,
  'back-up': true,
  'restore-backup': true,
  'export-messages': true,
  'cancel-transfer': true,
  'choose-backup-folder': true,
  'write-to-backup-folder': true,
  'leave-backup-folder': true,
  'wipe-device': true,
}

const lockCommandTypes: Readonly<Record<LockCommand['type'], true>> = {
  unlock: true,
  'abandon-lock': true,
  'set-lock': true,
  'change-passphrase': true,
  'remove-lock': true,
  'lock-now': true,
  'set-auto-lock': true,
  'add-passkey': true,
  'remove-passkey': true,
}

export const isLockCommand = (command: Command | LockCommand): command is LockCommand => Object.hasOwn(lockCommandTypes, command.type)

const eventTypes: Readonly<Record<Event['type'], true>> = {
  opened: true,
  'could-not-open': true,
  'opened-elsewhere': true,
  'owner-silence-changed': true,
  'contact-changed': true,
  'contact-removed': true,
  'conversation-cleared': true,
  'unconfirmed-changed': true,
  'messages-loaded': true,
  'messages-loaded-from': true,
  'messages-found': true,
  'message-changed': true,
  'message-missed': true,
  'message-state-changed': true,
  'message-refused': true,
  'message-not-kept': true,
  'introductions-changed': true,
  'contacts-introduced': true,
  'misbehaviour-changed': true,
  'catching-up-changed': true,
  'own-devices-changed': true,
  'pairing-changed': true,
  'connection-changed': true,
  'settings-changed': true,
  'transfer-changed': true,
  'backup-folder-changed': true,
  'recovery-phrase-made': true,
  trouble: true,
  locked: true,
  moving: true,
  'lock-changed': true,
  'lock-answered': true,
  locking: true,
  leaving: true,
  wiped: true,
}

const reportTypes: Readonly<Record<SharedReport['type'], true>> = { 'storage-measured': true, 'window-woke': true }

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const isId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
const isOneOf = (types: Fields, value: unknown): boolean =>
  isObject(value) && typeof value['type'] === 'string' && Object.hasOwn(types, value['type'])
const isWindow = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['visible'] === 'boolean' &&
  (value['openConversation'] === undefined || typeof value['openConversation'] === 'string')

/** What a frame of each type has beside `from`. */
const holds: Readonly<Record<TabFrame['type'], (frame: Fields) => boolean>> = {
  join: ({ window }) => isWindow(window),
  ping: () => true,
  window: ({ to, window }) => isId(to) && isWindow(window),
  report: ({ report, to }) => isId(to) && isOneOf(reportTypes, report),
  command: ({ command, commandId, to }) => isId(to) && isId(commandId) && isOneOf({ ...commandTypes, ...lockCommandTypes }, command),
  owner: () => true,
  pong: ({ to }) => isId(to),
  event: ({ event, to }) => (to === undefined || isId(to)) && isOneOf(eventTypes, event),
  keys: ({ keys, to, unlockedAs }) => isId(to) && isId(unlockedAs) && isObject(keys),
  done: ({ commandId, to }) => isId(to) && isId(commandId),
  active: () => true,
}

/** @returns what is posted on the channel */
export const writeTabFrame = (frame: TabFrame): unknown => ({ version: TABS_VERSION, ...frame })

/** Looks at a frame as far as one version of the page can differ from another: within one, the types hold. */
export const readTabFrame = (posted: unknown): Read => {
  if (!isObject(posted) || !Number.isInteger(posted['version'])) return { ok: false, reason: 'malformed' }
  const version = Number(posted['version'])
  if (version !== TABS_VERSION) return { ok: false, reason: version > TABS_VERSION ? 'newer' : 'older' }
  const { type } = posted
  if (typeof type !== 'string' || !Object.hasOwn(holds, type) || !isId(posted['from'])) return { ok: false, reason: 'malformed' }
  // `type` is one of them, and its frame was looked at.
  if (!holds[type as TabFrame['type']](posted)) return { ok: false, reason: 'malformed' }
  return { ok: true, frame: posted as unknown as TabFrame }
}

type True<T extends true> = T
/** @public Does not compile once a secret can be put into a frame (invariant 5). */
export type NothingSecretTravels = True<[TabFrame] extends [NoSecret<TabFrame>] ? true : false>
