// What crosses between the window and the worker: plain values, copied, and never a secret (checked at the end of this
// file). Commands are what a person wants, reports what the window saw, events what became true, orders what the two
// pipes shall do. Nothing here has behaviour.

import type { NoSecret } from '../crypto/bytes.ts'
import type { LinkFrame } from '../wire/link-frames.ts'
import type { IceServer, RelayConfiguration, RelayReply, RelayRequest, RoomName } from '../wire/relay-frames.ts'

/** 64 lower-case hexadecimal digits: a contact's account id. */
export type ContactId = string
/** 32 lower-case hexadecimal digits. */
export type MessageId = string
/** 32 lower-case hexadecimal digits. */
export type IntroductionId = string
/** Names one direct line, ours to choose. */
export type LinkId = string

/** Bytes of UTF-8 that one message can hold, at the most. */
export const MAX_TEXT_LENGTH = 48_000
/** UTF-16 units of a query that are looked at. */
export const MAX_QUERY_LENGTH = 256
/** Bytes of UTF-8 in a name, at the most. */
export const MAX_NAME_LENGTH = 64
/** Devices of one person, at the most. */
export const MAX_OWN_DEVICES = 10

export interface Settings {
  /** Suggested to people one pairs with; may be empty. */
  readonly displayName: string
  readonly theme: 'system' | 'light' | 'dark'
  /** Never opens a direct line, so that contacts do not learn this device's network address. */
  readonly relayOnly: boolean
  /** Used beside those that the relay names. */
  readonly iceServers: readonly IceServer[]
  /** Whether this device tells of new messages while Parley is hidden; `unasked` until the person was asked. */
  readonly notifications: 'unasked' | 'on' | 'off'
  /** When a backup was made last; never, where it is absent. */
  readonly lastBackupAtMs?: number | undefined
}

// ---- from the screens -------------------------------------------------------------------------------------------

/** The code links a device of one's own: this is the main one and gives the new one so much of the history, or it is the new one. */
export type LinkWish =
  | { readonly role: 'main'; readonly history: 'none' | 'month' | 'all' }
  | { readonly role: 'new'; readonly deviceName: string }

/**
 * `again`: the contact whom the person means to pair with once more; should another account answer, the person is asked.
 * Whoever changes a command or an event raises `TABS_VERSION` (worker/tab-frames.ts): an older page may be open beside this.
 */
export type Command =
  /** Goes on with a code that is still good, else makes one. */
  | { readonly type: 'show-code'; readonly again?: ContactId | undefined; readonly link?: LinkWish | undefined }
  /** Throws the shown code away and makes another. `afterWarning`: the person has read that ten tries failed. */
  | { readonly type: 'renew-code'; readonly afterWarning: boolean; readonly link?: LinkWish | undefined }
  | {
      readonly type: 'enter-code'
      readonly room: RoomName
      readonly code: string
      readonly again?: ContactId | undefined
      readonly link?: LinkWish | undefined
    }
  | { readonly type: 'cancel-pairing' }
  | { readonly type: 'send-message'; readonly contactId: ContactId; readonly text: string }
  | { readonly type: 'resend-message'; readonly contactId: ContactId; readonly messageId: MessageId }
  | { readonly type: 'save-draft'; readonly contactId: ContactId; readonly text: string }
  /** Which conversation is on the screen, if any: a direct line is sought for it. */
  | { readonly type: 'open-conversation'; readonly contactId: ContactId | undefined }
  /** The `count` messages before this place, or the newest. Answered by `messages-loaded`. */
  | { readonly type: 'load-messages'; readonly contactId: ContactId; readonly before: number | undefined; readonly count: number }
  /** The first `count` messages from a place on. `isJump`: they take the place of what is shown. Answered by `messages-loaded-from`. */
  | {
      readonly type: 'load-messages-from'
      readonly contactId: ContactId
      readonly from: number
      readonly count: number
      readonly isJump: boolean
    }
  /**
   * The `count` newest messages after `after` in which each word of the query begins a word, in one conversation or in all.
   * Answered by `messages-found`. An empty query finds nothing and makes the next one quick.
   */
  | {
      readonly type: 'search-messages'
      readonly contactId: ContactId | undefined
      readonly query: string
      readonly after: FoundAt | undefined
      readonly count: number
    }
  | { readonly type: 'mark-read'; readonly contactId: ContactId; readonly upTo: number }
  | { readonly type: 'rename-contact'; readonly contactId: ContactId; readonly name: string }
  | { readonly type: 'remove-contact'; readonly contactId: ContactId }
  /** Takes one of our own devices off the list; only the main one can. */
  | { readonly type: 'remove-own-device'; readonly tag: number }
  /** Asks the main device to let this one be it; where the account's secret key is here and lies idle, this one is. */
  | { readonly type: 'ask-to-be-main' }
  /** Lets a device that has asked be the main one. */
  | { readonly type: 'give-main'; readonly tag: number }
  /** Calls that off, while it has not answered. */
  | { readonly type: 'keep-main' }
  /** Tells two contacts of each other. */
  | { readonly type: 'introduce-contacts'; readonly contactIds: readonly [ContactId, ContactId] }
  /** Makes a contact of somebody who was introduced. */
  | { readonly type: 'accept-introduction'; readonly introductionId: IntroductionId }
  /** Nothing of this account will be shown until one pairs with it by a code. */
  | { readonly type: 'refuse-introduction'; readonly introductionId: IntroductionId }
  /** What the person says to a contact whose identity has changed: go on with the new one, or stay with the old one. */
  | { readonly type: 'decide-identity'; readonly contactId: ContactId; readonly accept: boolean }
  | { readonly type: 'clear-misbehaviour' }
  | { readonly type: 'change-settings'; readonly settings: Partial<Settings> }
  | TransferCommand
  | FolderCommand
  /** Deletes what was said with a contact. */
  | { readonly type: 'clear-conversation'; readonly contactId: ContactId }
  /** Takes this device off the relay, as far as it can be reached, and deletes everything here. */
  | { readonly type: 'wipe-device' }

/** A file that the person has picked: the browser's own object, into which only the worker looks. */
export interface PickedFile {
  readonly name: string
}

/** A folder that the person has picked, of the browser's own, too: the window only asks whether it may be written into. */
export interface PickedFolder {
  readonly name: string
}

/** What opens a backup: twelve words, or a passphrase that the person has chosen. */
export interface BackupSecretText {
  readonly kind: 'words' | 'passphrase'
  readonly text: string
}

/** What a page that was exported says, in the language of the screens. */
export interface ExportWords {
  readonly language: string
  readonly title: string
  readonly you: string
  readonly unnamed: string
  /** `{time}` stands for when it was made. */
  readonly madeAt: string
  readonly failed: string
}

/** Whole files, to and fro; one at a time. Their progress is told by `transfer-changed`. */
export type TransferCommand =
  /** Answered by `recovery-phrase-made`. */
  | { readonly type: 'make-recovery-phrase' }
  /** `to`: undefined where the browser lets nobody pick; the file is then handed out under a name. */
  | { readonly type: 'back-up'; readonly secret: BackupSecretText; readonly to: PickedFile | undefined }
  /** Makes this profile, in which nobody is, the one of a backup. `secret`: words or passphrase, whichever the file asks for. */
  | { readonly type: 'restore-backup'; readonly secret: string; readonly from: PickedFile }
  /** A page that can be read without Parley, of one conversation or all of them. */
  | {
      readonly type: 'export-messages'
      readonly contactId: ContactId | undefined
      readonly words: ExportWords
      readonly to: PickedFile | undefined
    }
  | { readonly type: 'cancel-transfer' }

/** Backups to a folder, again and again. What becomes of them is told by `backup-folder-changed`. */
export type FolderCommand =
  /** In the place of any other. `phrase`: twelve words, which will open what is written there. */
  | { readonly type: 'choose-backup-folder'; readonly folder: PickedFolder; readonly phrase: string }
  /** Now, whether or not anything has changed: the person may have let us write there again. */
  | { readonly type: 'write-to-backup-folder' }
  /** What is in it stays. */
  | { readonly type: 'leave-backup-folder' }

// ---- the lock: of the profile as a whole, so the messenger never hears of it --------------------------------------

/** Letters that a new passphrase has at the least. */
export const MIN_PASSPHRASE_LENGTH = 8

/** What opens a lock. `output`: 32 bytes that an authenticator said of the lock's salt. */
export type LockProof =
  | { readonly type: 'passphrase'; readonly passphrase: string }
  | { readonly type: 'passkey'; readonly output: Uint8Array }

/** Named for {@link TABS_VERSION} as commands are. */
export type LockCommand =
  | { readonly type: 'unlock'; readonly proof: LockProof }
  /** Gives up a lock that was never set whole. */
  | { readonly type: 'abandon-lock' }
  | { readonly type: 'set-lock'; readonly passphrase: string }
  | { readonly type: 'change-passphrase'; readonly proof: LockProof; readonly passphrase: string }
  | { readonly type: 'remove-lock'; readonly proof: LockProof }
  | { readonly type: 'lock-now' }
  /** After so many minutes without anybody acting in any window; undefined: never. */
  | { readonly type: 'set-auto-lock'; readonly minutes: number | undefined }
  | {
      readonly type: 'add-passkey'
      readonly proof: LockProof
      readonly credentialId: Uint8Array
      readonly salt: Uint8Array
      readonly output: Uint8Array
    }
  | { readonly type: 'remove-passkey' }

/** `too-short`: the new one. `wait`: after too many wrong ones. `failed`: the disk. */
export type LockRefusal = 'too-short' | 'wait' | 'wrong' | 'no-memory' | 'failed'

/** What a locked Parley shows. */
export interface LockedView {
  /** `unfinished`: Parley was closed while the lock was being set. */
  readonly phase: 'locked' | 'unfinished'
  /** Wrong proofs in a row. */
  readonly failures: number
  /** When the next try is taken. */
  readonly waitUntilMs: number | undefined
  /** Why the last try failed. */
  readonly refusal: LockRefusal | undefined
  readonly passkey: { readonly credentialId: Uint8Array; readonly salt: Uint8Array } | undefined
}

/** What Settings show of the lock. */
export interface LockView {
  readonly isSet: boolean
  readonly hasPasskey: boolean
  readonly autoLockMinutes: number | undefined
}

// ---- from the window and its pipes ------------------------------------------------------------------------------

/** What the relay connections are for; they are never shared, so that the relay cannot join what they show. */
export type RelayConnection = 'room' | 'listen' | 'deposit' | 'publish'

export type LinkEnd = 'goodbye' | 'silent' | 'failed' | 'peer-unavailable' | 'closed-here' | 'misbehaved'

/** How a direct line was found; kinds only, no addresses. */
export interface LinkPath {
  readonly ours: string
  readonly theirs: string
  readonly openedInMs: number
}

export type Report =
  | { readonly type: 'window-changed'; readonly visible: boolean; readonly online: boolean }
  /** The page came back after a sleep: from the background, the back/forward cache or a jump of the clock. */
  | { readonly type: 'window-woke' }
  | { readonly type: 'storage-measured'; readonly persistent: boolean; readonly usedBytes: number; readonly quotaBytes: number }
  /** Whether this browser can open direct lines at all. */
  | { readonly type: 'direct-lines-possible'; readonly possible: boolean }
  | { readonly type: 'relay-opened'; readonly connection: RelayConnection; readonly configuration: RelayConfiguration }
  | { readonly type: 'relay-received'; readonly connection: RelayConnection; readonly reply: RelayReply }
  | { readonly type: 'relay-closed'; readonly connection: RelayConnection }
  /** The signalling service knows us by this id now: the other side may dial it. */
  | { readonly type: 'peer-ready'; readonly peerId: string }
  /** The id is not, or no longer, known there. Open lines live on. */
  | { readonly type: 'peer-lost'; readonly peerId: string }
  | {
      readonly type: 'link-opened'
      readonly linkId: LinkId
      /** Our own id under which it was dialled or answered. */
      readonly peerId: string
      readonly dialled: boolean
      /** SHA-256 of each side's DTLS certificate, 32 bytes. */
      readonly ourFingerprint: Uint8Array
      readonly theirFingerprint: Uint8Array
      readonly path: LinkPath
    }
  | { readonly type: 'link-received'; readonly linkId: LinkId; readonly frame: LinkFrame }
  /** What was handed over has left: more may follow. */
  | { readonly type: 'link-drained'; readonly linkId: LinkId }
  | { readonly type: 'link-closed'; readonly linkId: LinkId; readonly why: LinkEnd }

// ---- to the pipes -----------------------------------------------------------------------------------------------

export type Order =
  /** Keeps the connection open from now on: the pipe reconnects by itself and reports each opening. */
  | { readonly type: 'relay-connect'; readonly connection: RelayConnection }
  | { readonly type: 'relay-disconnect'; readonly connection: RelayConnection }
  /** Dropped where the connection is not open: what must survive is repeated when it opens. */
  | { readonly type: 'relay-send'; readonly connection: RelayConnection; readonly request: RelayRequest }
  /** Makes this id known to the signalling service, until `peer-close`. */
  | { readonly type: 'peer-open'; readonly peerId: string; readonly iceServers: readonly IceServer[]; readonly turnOnly: boolean }
  /** Forgets the id; lines opened under it stay. */
  | { readonly type: 'peer-close'; readonly peerId: string }
  | { readonly type: 'link-dial'; readonly linkId: LinkId; readonly peerId: string; readonly theirPeerId: string }
  | { readonly type: 'link-send'; readonly linkId: LinkId; readonly frame: LinkFrame }
  | { readonly type: 'link-close'; readonly linkId: LinkId }

// ---- to the screens ---------------------------------------------------------------------------------------------

export type PairingFailure =
  | 'codes-differ'
  | 'nobody-there'
  | 'room-busy'
  | 'too-many-failures'
  | 'own-code'
  | 'relay-unreachable'
  | 'other-side-left'
  | 'expired'
  | 'other-version'
  /** The code is good, for something else. */
  | 'code-for-pairing'
  | 'code-for-linking'
  /** Both devices have people in them already, or both are new. */
  | 'same-role'
  /** Somebody is in this browser already, so that it cannot become another person's second device. */
  | 'somebody-here'
  /** This is not the main device, or there are as many devices as there can be. */
  | 'cannot-list'

/** What the host shows while its code is good. */
export interface ShownCode {
  /** Two to four digits, or undefined where only the link may be used (too many tries). */
  readonly number: string | undefined
  readonly code: string
  /** 32 hexadecimal digits, for the link and the QR code. */
  readonly roomId: string
  readonly expiresAtMs: number
}

/** `link`: which device this is, where one's own are linked. */
export type PairingView = PairingPhase & { readonly link?: LinkWish['role'] | undefined }

type PairingPhase =
  | { readonly side: 'host'; readonly phase: 'reaching-relay' }
  | { readonly side: 'host'; readonly phase: 'waiting' | 'joined' | 'checking' | 'opening-line'; readonly shown: ShownCode }
  /** Everything was sent, the other side has not answered yet. */
  | { readonly side: 'host'; readonly phase: 'unconfirmed' }
  | { readonly side: 'guest'; readonly phase: 'reaching-relay' | 'joined' | 'checking' | 'opening-line' }
  | { readonly side: 'host' | 'guest'; readonly phase: 'ready'; readonly contactId: ContactId; readonly direct: boolean }
  /** The new device is one of the person's devices. */
  | { readonly side: 'host' | 'guest'; readonly phase: 'linked' }
  | {
      readonly side: 'host' | 'guest'
      readonly phase: 'failed'
      readonly reason: PairingFailure
      /** With `too-many-failures`: when a spoken code is possible again; undefined where the person must confirm. */
      readonly retryAtMs: number | undefined
    }

/** One of the person's own devices. */
export interface OwnDeviceView {
  readonly tag: number
  /** As it called itself when it was linked; may be empty. */
  readonly name: string
  readonly addedAtMs: number
  /** When it was last heard here, to the hour; undefined for this one, and where it was not. */
  readonly heardAtMs: number | undefined
  readonly isThis: boolean
  readonly isMain: boolean
  /** It has asked to be the main device. */
  readonly wantsToBeMain: boolean
  /** A person has agreed here, and it has not answered yet (`offered`), or has not confirmed what it was sent (`given`). */
  readonly becomesMain: 'offered' | 'given' | undefined
  /** It was not heard for 90 days. */
  readonly isUnused: boolean
  /** It was listed here and has never been heard: its page may have gone before it knew. */
  readonly isUnfinished: boolean
  /** How far the history has been handed to it, while it is. */
  readonly handover: { readonly done: number; readonly total: number } | undefined
  /** Of this device, where another one is the main one: until when the list is good that only that one can renew. */
  readonly listEndsAtMs: number | undefined
}

export interface ContactView {
  readonly contactId: ContactId
  /** What the person calls the contact; the contact's own suggestion until changed; may be empty. */
  readonly name: string
  readonly pairedAtMs: number
  /** 60 digits. */
  readonly safetyNumber: string
  readonly unread: number
  /** How the next message would travel. */
  readonly line: 'direct' | 'relay' | 'offline'
  readonly draft: string
  readonly newest: { readonly text: string; readonly atMs: number; readonly direction: 'in' | 'out' } | undefined
  /** Messages that are only here: the relay does not keep them, and the other side has not confirmed them. */
  readonly waiting: number
  readonly origin: { readonly how: 'code' } | { readonly how: 'introduced'; readonly byName: string }
  /** To how many devices of the contact a message goes; 0 while that is not known yet. */
  readonly devices: number
  /** The relay keeps no more for this contact until it has fetched what is there. */
  readonly mailboxFull: boolean
  /** Nothing is sent until the person decides (`identity-changed`), or ever again. */
  readonly stopped: 'identity-changed' | 'replaced' | 'device-removed' | undefined
  /** Before which places of the conversation its secure connection was renewed, oldest first. */
  readonly renewals: readonly { readonly place: number; readonly atMs: number }[]
  /** Before which places the contact's devices became others, oldest first. */
  readonly deviceChanges: readonly { readonly place: number; readonly atMs: number }[]
}

/** Somebody whom a contact introduced and about whom the person has not decided. */
export interface IntroductionView {
  readonly introductionId: IntroductionId
  /** As the introducer calls them; may be empty. */
  readonly name: string
  readonly byName: string
  readonly arrivedAtMs: number
}

/** What a relay must not do and was seen doing. */
export type Misbehaviour =
  /** A one-time prekey was handed out twice. */
  | 'one-time-key-reused'
  /** More of our prekeys are there than we left there. */
  | 'key-came-back'
  /** A published key is another than ours. */
  | 'key-changed'
  /** Our newest statement or device list was taken, and an older one is there. */
  | 'older-statement'
  /** Somebody's statement or device list is older than one seen before. */
  | 'older-than-seen'
  /** Somebody's keys do not verify, or are another account's. */
  | 'wrong-keys'
  /** The relay's own key changed though its store did not. */
  | 'relay-key-changed'
  /** Two device lists of one number, ours or a contact's: only the account can have signed both, and who shows them may hide one. */
  | 'forked-list'
  /** Its answers do not bear its key. */
  | 'not-authentic'

export interface MisbehaviourView {
  readonly id: string
  readonly atMs: number
  readonly what: Misbehaviour
  /** The contact whose keys or mailbox it was about, if any. */
  readonly contactId: ContactId | undefined
  /** How often in a row. */
  readonly count: number
}

export interface MessageView {
  readonly contactId: ContactId
  readonly messageId: MessageId
  /** Place in the conversation: local arrival order, only grows. */
  readonly place: number
  readonly direction: 'in' | 'out'
  readonly text: string
  /** The sender's clock, clamped to not lie after `arrivedAtMs`. */
  readonly sentAtMs: number
  /** This device's clock. */
  readonly arrivedAtMs: number
  readonly state: MessageState
}

/** `waiting`: only here. `on-relay`: the relay keeps it. `delivered`: a device of the contact has confirmed it. */
export type MessageState = 'waiting' | 'on-relay' | 'delivered' | 'failed' | 'received'

/** Where a message stands among those that were found. */
export interface FoundAt {
  readonly contactId: ContactId
  readonly place: number
  readonly atMs: number
}

export interface FoundMessage {
  readonly contactId: ContactId
  readonly messageId: MessageId
  readonly place: number
  readonly direction: 'in' | 'out'
  readonly sentAtMs: number
  /** What it says around the first word that was sought. */
  readonly snippet: readonly { readonly text: string; readonly isFound: boolean }[]
}

export interface ConnectionView {
  /** `idle`: nothing to connect for, as there is no contact and no pairing. */
  readonly relay: 'idle' | 'connecting' | 'connected' | 'unreachable'
  readonly directLinesPossible: boolean
  readonly relayOnly: boolean
  readonly storage: { readonly persistent: boolean; readonly usedBytes: number; readonly quotaBytes: number } | undefined
  /** One entry a direct line: kinds of candidates and milliseconds, no addresses and no names. */
  readonly paths: readonly LinkPath[]
  /** How often a refusal of each reason was counted since Parley was opened. */
  readonly refusals: Readonly<Record<string, number>>
  /** Another device has taken the place of this one in its account: nothing is sent from here any more. */
  readonly isRemoved: boolean
}

export type TransferFailure =
  | 'not-a-backup'
  | 'newer-version'
  | 'truncated'
  | 'altered'
  | 'wrong-secret'
  /** The twelve words are not twelve, not of the list, or do not fit each other. */
  | 'not-twelve-words'
  | 'unknown-word'
  | 'mistyped'
  | 'passphrase-empty'
  /** The passphrase could not be stretched. */
  | 'no-memory'
  /** Somebody is in this profile already. */
  | 'not-empty'
  /** There is no account to back up, or it is on another device now. */
  | 'nothing-here'
  /** The account's secret key, without which a backup is none, is on the main device. */
  | 'not-main'
  /** The file could not be written, or read. */
  | 'file-failed'
  | 'storage-full'
  | 'storage-failed'
  | 'unexpected'

/** `not-permitted`: the browser wants the person to be asked again. `folder-gone`: or what we knew it by is. */
export type FolderFailure = TransferFailure | 'not-permitted' | 'folder-gone'

/** Where backups go by themselves. */
export interface BackupFolderView {
  readonly name: string
  /** To ask for leave to write with; undefined where the browser has lost it. */
  readonly folder: PickedFolder | undefined
  readonly isWriting: boolean
  readonly lastAtMs: number | undefined
  /** Since the last that was written, if something has gone wrong. */
  readonly failure: { readonly atMs: number; readonly why: FolderFailure } | undefined
}

export type TransferKind = 'backup' | 'restore' | 'export'

/** A backup, a restoration or an export, while it runs and how it ended. */
export type TransferView =
  | { readonly phase: 'running'; readonly kind: TransferKind; readonly done: number; readonly total: number }
  /** `handedOut`: under which name the window finds the file, where nobody picked one. */
  | {
      readonly phase: 'done'
      readonly kind: TransferKind
      readonly bytes: number
      readonly atMs: number
      readonly handedOut: string | undefined
    }
  | { readonly phase: 'failed'; readonly kind: TransferKind; readonly why: TransferFailure }

export type Trouble =
  | 'storage-full'
  | 'storage-failed'
  /** Another tab keeps the database from being brought up to date. */
  | 'storage-held-up'
  | 'storage-evicted'
  /** What the window keeps is gone, and the database is there. */
  | 'settings-evicted'
  | 'record-damaged'
  | 'unexpected'
  /** Another tab has taken the profile while this one slept; it goes on through that tab. */
  | 'taken-over'
  /** Another tab runs a newer Parley, which this one cannot talk to. */
  | 'outdated'

/** Why a profile stays shut. */
export type Obstruction = Exclude<Trouble, 'storage-evicted' | 'settings-evicted' | 'taken-over' | 'outdated'>

export type Event =
  /** Everything there is: comes first, and again when another tab has come to have the profile. */
  | {
      readonly type: 'opened'
      readonly settings: Settings
      readonly contacts: readonly ContactView[]
      /** Pairings whose other side has not answered yet. */
      readonly unconfirmed: number
      readonly pairing: PairingView | undefined
      readonly connection: ConnectionView
      readonly introductions: readonly IntroductionView[]
      /** Newest first. */
      readonly misbehaviour: readonly MisbehaviourView[]
      readonly ownDevices: readonly OwnDeviceView[]
    }
  /** The tab that has the profile cannot open it: nothing was changed. Only `wipe-device` is taken from now on. */
  | { readonly type: 'could-not-open'; readonly why: Obstruction }
  /** Another tab has the profile, and this one cannot go through it: it does not answer, or the browser lacks what that takes. */
  | { readonly type: 'opened-elsewhere' }
  /** Whether the tab that has the profile has stopped to answer: the person's next action takes the profile from it. */
  | { readonly type: 'owner-silence-changed'; readonly silent: boolean }
  | { readonly type: 'contact-changed'; readonly contact: ContactView }
  | { readonly type: 'contact-removed'; readonly contactId: ContactId }
  | { readonly type: 'conversation-cleared'; readonly contactId: ContactId }
  | { readonly type: 'unconfirmed-changed'; readonly unconfirmed: number }
  | {
      readonly type: 'messages-loaded'
      readonly contactId: ContactId
      /** As it was asked. */
      readonly before: number | undefined
      /** Oldest first. */
      readonly messages: readonly MessageView[]
      readonly reachedStart: boolean
    }
  | {
      readonly type: 'messages-loaded-from'
      readonly contactId: ContactId
      readonly from: number
      readonly isJump: boolean
      /** Oldest first. */
      readonly messages: readonly MessageView[]
      readonly reachedStart: boolean
      readonly reachedEnd: boolean
    }
  | {
      readonly type: 'messages-found'
      /** These three as they were asked. */
      readonly contactId: ContactId | undefined
      readonly query: string
      readonly after: FoundAt | undefined
      /** Newest first. */
      readonly messages: readonly FoundMessage[]
      /** Of all pages. */
      readonly total: number
      /** What to ask the next page with; undefined where there is none. */
      readonly next: FoundAt | undefined
      /** So many messages could not be looked through yet. */
      readonly behind: number
    }
  /** Sent, received, or a new state of one. */
  | { readonly type: 'message-changed'; readonly message: MessageView; readonly isNew: boolean }
  /** One has come while no window of Parley was seen. Told to the window that has the profile, after `message-changed`. */
  | { readonly type: 'message-missed'; readonly contactId: ContactId }
  /** Of one that is ours and not delivered yet. */
  | { readonly type: 'message-state-changed'; readonly contactId: ContactId; readonly messageId: MessageId; readonly state: MessageState }
  /** The text was not taken. */
  | {
      readonly type: 'message-refused'
      readonly contactId: ContactId
      readonly reason: 'too-long' | 'empty' | 'stopped'
      readonly excessBytes: number
    }
  /** The text could not be kept, so it is not sent: the person has it back. */
  | { readonly type: 'message-not-kept'; readonly contactId: ContactId; readonly text: string }
  | { readonly type: 'introductions-changed'; readonly introductions: readonly IntroductionView[] }
  /** Two contacts have been told of each other; nothing has to be waited for. */
  | { readonly type: 'contacts-introduced'; readonly contactIds: readonly [ContactId, ContactId] }
  | { readonly type: 'misbehaviour-changed'; readonly misbehaviour: readonly MisbehaviourView[] }
  /** Many envelopes are being fetched; undefined once that is over. */
  | { readonly type: 'catching-up-changed'; readonly progress: { readonly done: number; readonly total: number } | undefined }
  | { readonly type: 'own-devices-changed'; readonly ownDevices: readonly OwnDeviceView[] }
  | { readonly type: 'pairing-changed'; readonly pairing: PairingView | undefined }
  | { readonly type: 'connection-changed'; readonly connection: ConnectionView }
  | { readonly type: 'settings-changed'; readonly settings: Settings }
  /** Undefined once it was cancelled. */
  | { readonly type: 'transfer-changed'; readonly transfer: TransferView | undefined }
  /** Undefined once it was left. */
  | { readonly type: 'backup-folder-changed'; readonly backupFolder: BackupFolderView | undefined }
  /** Twelve words that nobody has used, and that are nowhere kept. */
  | { readonly type: 'recovery-phrase-made'; readonly phrase: string }
  | { readonly type: 'trouble'; readonly trouble: Trouble }
  /** Only the commands of the lock and `wipe-device` are taken. Told again with each try. */
  | { readonly type: 'locked'; readonly lock: LockedView }
  /** Everything is being encrypted anew; `opened` follows. */
  | { readonly type: 'moving'; readonly lockIsSet: boolean; readonly done: number; readonly total: number }
  | { readonly type: 'lock-changed'; readonly lock: LockView }
  /** What became of a command of the lock. */
  | { readonly type: 'lock-answered'; readonly command: LockCommand['type']; readonly refusal: LockRefusal | undefined }
  /** The window loads itself anew at once: nothing that was shown may stay in memory. */
  | { readonly type: 'locking' }
  /** Nothing is taken any more; `wiped` follows within seconds. */
  | { readonly type: 'leaving' }
  | { readonly type: 'wiped' }

/** From the window to the worker. `start` comes first: what only a window knows when it opens. */
export type ToWorker =
  | { readonly type: 'start'; readonly markerPresent: boolean }
  /** The person acts: takes the profile from a tab that has it and does not answer. */
  | { readonly type: 'take-over' }
  | { readonly type: 'command'; readonly command: Command | LockCommand }
  | { readonly type: 'report'; readonly report: Report }
  /** Somebody acts in this window: told now and then, not each time. */
  | { readonly type: 'person-acted' }
  /** The answer to `ping`. */
  | { readonly type: 'pong'; readonly asker: string }

/** From the worker to the window. */
export type ToWindow =
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'order'; readonly order: Order }
  /** Another tab asks whether this window is awake. */
  | { readonly type: 'ping'; readonly asker: string }
  /** So many of the messages that were sent in this window are kept, refused or given back. */
  | { readonly type: 'sends-settled'; readonly count: number }

type True<T extends true> = T
/** @public Does not compile once a secret can be put into anything that crosses (invariant 5). */
export type NothingSecretCrosses = True<[ToWorker | ToWindow] extends [NoSecret<ToWorker | ToWindow>] ? true : false>
