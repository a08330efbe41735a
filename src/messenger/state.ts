// What one device keeps, table by table, and what a turn may change. Types only: how rows reach the disk is the store's
// business, what they mean is told in the file that writes them.

import type { Secret } from '../crypto/bytes.ts'
import type { PhraseEntropy } from '../protocol/backup/backup.ts'
import type { Device, SigningKeys, X25519KeyPair } from '../protocol/identity/identity.ts'
import type { TriesState } from '../protocol/pairing/pairing.ts'
import type { KemBatch, OneTimeX25519, SignedPrekeys } from '../protocol/prekeys/prekeys.ts'
import type { SessionRecord } from '../protocol/session/session.ts'
import type { ContactId, IntroductionId, LinkWish, MessageId, Misbehaviour, Settings } from './api.ts'
import type { Setting } from './setting.ts'

/** Who we are: one row, made at the first start and changed only by renewals. */
export interface Self {
  readonly account: AccountKeys
  readonly accountId: Uint8Array
  /** Our half of every safety number, 30 digits. */
  readonly fingerprint: string
  readonly device: SigningKeys
  readonly identity: X25519KeyPair
  readonly tag: number
  /** Signed; what we introduce ourselves with. */
  readonly deviceList: Uint8Array
  /** Where strangers who were introduced will write to: its address is in the statement. */
  readonly firstContactListenKey: Uint8Array
  /** Ids only grow: the next of each kind. */
  readonly nextSignedPrekeyId: number
  readonly nextOneTimeX25519Id: number
  readonly nextOneTimeKemId: number
  /** How the account's secret key moves; undefined while it stays where it is. */
  readonly mainMove?: MainMove | undefined
  /** The backed-up device whose place this one has taken, and the list from the backup, until a relay has been asked for a later one. */
  readonly restoredFrom?: { readonly tag: number; readonly deviceList: Uint8Array } | undefined
  /** When this device learnt that its account has taken it off the list: nothing is sent any more. */
  readonly removedAtMs?: number | undefined
  /** Where backups go by themselves; undefined: nowhere. */
  readonly backupFolder?: BackupFolder | undefined
}

/** A folder on this device that the person picked for backups; the browser's object for it is elsewhere (store/folder-handle.ts). */
export interface BackupFolder {
  /** 8 hexadecimal digits, drawn when it was picked: in the names of its files. */
  readonly id: string
  readonly name: string
  /** The twelve words of its files. */
  readonly entropy: PhraseEntropy
  readonly last: FolderBackup | undefined
}

/** The newest backup in a folder. */
export interface FolderBackup {
  readonly atMs: number
  /** 32 bytes: of what was in it, to tell whether anything has changed. */
  readonly digest: Uint8Array
  /** Which of the two files it is, and how long. */
  readonly slot: 0 | 1
  readonly bytes: number
}

/** How the account's secret key moves between devices of a person, as the one that has it or would like to have it knows (main-device.ts). */
export type MainMove =
  /** A person has asked for it here. */
  | { readonly phase: 'asked'; readonly atMs: number }
  /** A person has granted it here to another device, which was asked last then whether it is there; this one signs still. */
  | { readonly phase: 'offered'; readonly to: number; readonly grantedAtMs: number; readonly offerId: string; readonly askedAtMs: number }
  /** It was sent: this device signs nothing. */
  | { readonly phase: 'given'; readonly to: number }
  /** Somebody else has signed with it: this device signs nothing. */
  | { readonly phase: 'outdone' }

/** The account's keys, as far as this device has them. */
export interface AccountKeys {
  readonly publicKey: Uint8Array
  /** Only on the main device: it alone signs device lists. */
  readonly seeds: Secret<'SigningSeeds'> | undefined
}

/** A statement that we signed; kept as long as somebody may start a session under it (by its hash, hexadecimal). */
export interface KeptStatement {
  readonly bytes: Uint8Array
  readonly signedPrekeyId: number
  /** First ids of the batches that it names. */
  readonly batchFirstIds: readonly number[]
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface KeptOneTimeX25519 extends OneTimeX25519 {
  /** Given out in an introduction, or offered to a relay: never given to anybody else. */
  readonly given: boolean
  /** When a relay was last known to have it to give away, if that is so late that its private half must be kept for longer. */
  readonly leftAtRelayMs?: number
}

export interface KeptKemBatch {
  readonly batch: KemBatch
  readonly createdAtMs: number
  /** Ids that were given out, or offered to a relay. */
  readonly given: readonly number[]
}

/** One device of a contact, and the two addresses between it and ours. */
export interface ContactDevice {
  readonly device: Device
  /** Where we deposit for it, 32 bytes; undefined until it has told us one, after an introduction. */
  readonly theirAddress: Uint8Array | undefined
  /** Where a first message is deposited, sealed to this key, while it has not told us an address of ours. */
  readonly firstContact: { readonly address: Uint8Array; readonly sealingKey: Uint8Array } | undefined
  /** It came in a message of that device, and in no pairing. */
  readonly isToldAddress?: true
  /** What we show to the relay to hear from it, 32 bytes. */
  readonly ourListenKey: Uint8Array
  /** The address that belongs to it, 32 bytes. */
  readonly ourAddress: Uint8Array
  /** Undefined while nothing had to be mended. */
  readonly healing?: Healing | undefined
  /** The newest version of our own list that it was told in a message. */
  readonly toldListVersion?: number | undefined
  /** Of an own device: when it asked to be the main one. */
  readonly wantsMainSinceMs?: number | undefined
  /** Of an own device that was listed here and has not been heard since. */
  readonly isUnfinished?: boolean | undefined
  /** Of an own device: when it was heard last, to the hour. */
  readonly heardAtMs?: number
}

/** When broken sessions with a device were noticed and renewed: what bounds how often (docs/protocols/session-healing.md). */
export interface Healing {
  /** When we asked, within the last hour before the newest. */
  readonly askedAtMs: readonly number[]
  /** When a session that had been answered was last replaced by a new one. */
  readonly renewedAtMs?: number | undefined
  /** When we last sent something to find out whether they can open it. */
  readonly probedAtMs?: number | undefined
  /** When we last began anew as our sessions were lost. */
  readonly begunAnewAtMs?: number | undefined
  /** And they have not answered since. */
  readonly isUnanswered?: boolean | undefined
}

/** The secure connection was renewed, or the devices became others, before the message of this place. */
export interface Renewal {
  readonly place: number
  readonly atMs: number
}

export interface Contact {
  readonly contactId: ContactId
  /** Our other devices: a contact to everything that carries envelopes, and to no person (own-devices.ts). */
  readonly kind?: 'own' | undefined
  readonly accountKey: Uint8Array
  readonly deviceList: { readonly version: number; readonly hash: Uint8Array }
  readonly devices: readonly ContactDevice[]
  readonly name: string
  readonly origin: Origin
  /** When they came to know each other, by `origin`. */
  readonly pairedAtMs: number
  readonly safetyNumber: string
  /** Another account that claims to be this person; nothing is sent until the person decides. */
  readonly identityChange: IdentityChange | undefined
  /** The contact that took the place of this one: nothing is sent any more. */
  readonly replacedBy: ContactId | undefined
  readonly unread: number
  readonly readUpTo: number
  readonly draft: string
  readonly newest: { readonly place: number; readonly text: string; readonly atMs: number; readonly direction: 'in' | 'out' } | undefined
  /** Place of the next message of this conversation. */
  readonly nextPlace: number
  /** Places after `readUpTo` that were read on another device of ours. */
  readonly readAhead?: readonly number[] | undefined
  /** Up to which place our other devices were told what is read; undefined: as `readUpTo`. */
  readonly readToldUpTo?: number | undefined
  /** Messages that were read on another device of ours before they came here. */
  readonly readElsewhere?: readonly MessageId[] | undefined
  /** Messages of ours that have not come here yet, and what became of them. */
  readonly settledElsewhere?: readonly { readonly messageId: MessageId; readonly isDelivered: boolean }[] | undefined
  /** Oldest first; undefined before the first. */
  readonly renewals?: readonly Renewal[] | undefined
  /** Before which messages the contact's devices became others, oldest first; undefined before the first. */
  readonly deviceChanges?: readonly Renewal[] | undefined
}

export type Origin =
  | { readonly how: 'code' }
  | { readonly how: 'introduced'; readonly introductionId: IntroductionId; readonly by: ContactId; readonly byName: string }

export interface IdentityChange {
  /** The account that the person paired with, or that wrote. */
  readonly contactId: ContactId
  /** Of who wrote under the introduction of somebody else; undefined where the person paired with it. */
  readonly wrote: { readonly accountKey: Uint8Array; readonly deviceList: Uint8Array } | undefined
  readonly atMs: number
}

/** A contact's device list as its account signed it: for introductions. */
export interface KeptDeviceList {
  readonly bytes: Uint8Array
}

/** Somebody whom a contact told us of. */
export interface ReceivedIntroduction {
  readonly introductionId: IntroductionId
  readonly by: ContactId
  /** Of whom: account id and key. */
  readonly contactId: ContactId
  readonly accountKey: Uint8Array
  /** Signed; as the introducer had it. */
  readonly deviceList: Uint8Array
  readonly name: string
  readonly arrivedAtMs: number
  readonly standing: 'open' | 'accepted' | 'refused'
}

/** A mailbox of ours that nobody shall deposit in any more, until the relay has said that it is closed. */
export interface Revocation {
  readonly listenKey: Uint8Array
}

/** The relay as we have met it. */
export interface KnownRelay {
  /** Hexadecimal. */
  readonly storeId: string
  readonly relayKey: Uint8Array
}

/** What the relay has said to keep of our prekeys. */
export interface Published {
  /** Hexadecimal: of another store nothing is published. */
  readonly storeId: string
  /** SHA-256, hexadecimal; undefined before the first. */
  readonly deviceListHash: string | undefined
  readonly statementHash: string | undefined
  /** Ids up to these are not offered to it (any more): it took them, or another relay store did before it. */
  readonly x25519UpTo: number
  readonly kemUpTo: number
  /** Ids that were left there when we looked last: they only become fewer, but for what we add. */
  readonly x25519Left: readonly number[]
  readonly kemLeft: readonly number[]
  readonly checkedAtMs: number
}

export interface MisbehaviourRow {
  readonly atMs: number
  readonly what: Misbehaviour
  readonly contactId: ContactId | undefined
  readonly count: number
}

/** What was seen of somebody's published prekeys, so that a relay cannot serve what is older. */
export interface SeenStatement {
  /** Of the device list that came with it. */
  readonly listVersion: number
  readonly expiresAtMs: number
  /** One-time ids that were served to us, newest last. */
  readonly x25519Ids: readonly number[]
  readonly kemIds: readonly number[]
}

/**
 * A pairing whose other side has not been heard yet: kept before the answer leaves, shown to nobody. The first ratchet
 * message that it opens makes it a contact.
 */
export interface Offer {
  readonly contactId: ContactId
  readonly accountKey: Uint8Array
  readonly deviceList: Contact['deviceList']
  readonly device: ContactDevice
  readonly suggestedName: string
  readonly pairedAtMs: number
  readonly session: SessionRecord
  /** As signed. */
  readonly signedDeviceList: Uint8Array
  /** Whom the person meant to pair with once more. */
  readonly again: ContactId | undefined
}

export interface Message {
  readonly contactId: ContactId
  readonly place: number
  readonly messageId: MessageId
  readonly direction: 'in' | 'out'
  readonly text: string
  readonly sentAtMs: number
  readonly arrivedAtMs: number
  readonly state: 'waiting' | 'delivered' | 'failed' | 'received'
}

/** An envelope for one device that is durable here and that no receipt of that device has answered yet. */
export interface OutboxEntry {
  readonly contactId: ContactId
  readonly tag: number
  /** Order in which entries were made, over all contacts. */
  readonly position: number
  /** What a receipt names, 32 hexadecimal digits. For messages: the message id. */
  readonly contentId: string
  readonly isMessage: boolean
  /** It asks whether the current session is broken, in one of its own: moot once another session is current. */
  readonly isAsk?: true
  /** What was encrypted, so that it can be encrypted afresh in a new session. */
  readonly content: Uint8Array
  /** As it leaves: the same bytes each time. Undefined while no session can encrypt it. */
  readonly envelope: SealedEnvelope | undefined
  readonly createdAtMs: number
  /** When the relay said last that it keeps it. */
  readonly onRelayAtMs: number | undefined
}

export interface SealedEnvelope {
  /** Hexadecimal. */
  readonly id: string
  readonly bytes: Uint8Array
  /** Where it is deposited if not at the device's address: a first-contact address, by the relay only. */
  readonly firstContactAddress: Uint8Array | undefined
}

/** The code that this device shows: survives a reload until it is spent or expired; the row goes before anything leaves that spends it. */
export interface Hosting {
  readonly roomId: Uint8Array
  /** Shown to the relay to take the room back. */
  readonly ownerKey: Uint8Array
  /** Six digits. */
  readonly code: string
  readonly linkOnly: boolean
  readonly createdAtMs: number
  readonly expiresAtMs: number
  /** Whom the person means to pair with once more. */
  readonly again?: ContactId | undefined
  /** It links a device. */
  readonly link?: LinkWish | undefined
}

/** What arrived: an envelope's id with the hash of its bytes, or a content's id. */
export interface Seen {
  readonly hash: Uint8Array
  /** What to answer a repeat with: the content's id. */
  readonly contentId: string
  readonly keptUntilMs: number
}

/** A stretch of a conversation as a search needs it (segment.ts); made from its messages, and made again where it is lost. */
export interface Segment {
  readonly contactId: ContactId
  /** It covers the places from this one. */
  readonly from: number
  /** And below this one. */
  readonly to: number
  /** Of its messages, ascending, and when each came. */
  readonly places: readonly number[]
  readonly atMs: readonly number[]
  /** Sorted: the words, each with the positions of the messages that it stands in. */
  readonly lines: string
}

/** How far a conversation is in segments. */
export interface Indexed {
  /** All places from this one, which is the first there is, */
  readonly from: number
  /** and below this one are covered: whoever puts messages there has to let go of its segments. */
  readonly to: number
}

/** How far the history has been handed to a new device of ours. */
export interface Handover {
  /** Where this is the new device: who hands it over. */
  readonly from?: number
  /** Of messages since then. */
  readonly sinceMs: number
  /** Conversations that are left, the one under way first, and before which place. */
  readonly left: readonly { readonly contactId: ContactId; readonly before: number }[]
  /** Contents that were not confirmed when one was added last. */
  readonly underWay: readonly string[]
  readonly done: number
  readonly total: number
}

/** What one device of ours has set for all of them, and when by their common counting: the later of two stays (docs/protocols/devices.md). */
export interface Register {
  /** Version of our device list when it was set: with each, the counting begins anew. */
  readonly list: number
  readonly counter: number
  /** Of the device that set it. */
  readonly tag: number
  readonly setting: Setting
  /** Set here in this turn: the others are told at its end. */
  readonly isNews?: true
}

/** Tables that are in memory whole while Parley runs, by the name of a row's key. */
export interface HeldTables {
  /** One row, `self`. */
  self: Self
  /** One row, `settings`. */
  settings: Settings
  /** One row, `tries`: failed guesses at our codes. */
  tries: TriesState
  /** One row, `hosting`. */
  hosting: Hosting
  /** By id. */
  signedPrekeys: SignedPrekeys
  /** By hash, hexadecimal. */
  statements: KeptStatement
  /** By id. */
  oneTimeX25519: KeptOneTimeX25519
  /** By first id. */
  kemBatches: KeptKemBatch
  /** By contact id. */
  contacts: Contact
  /** By our address in it, hexadecimal: a person may have been answered more than once. */
  offers: Offer
  /** By {@link deviceKey}. */
  sessions: SessionRecord
  /** By {@link outboxKey}. */
  outbox: OutboxEntry
  /** By contact id. */
  deviceLists: KeptDeviceList
  /** By introduction id. */
  introductions: ReceivedIntroduction
  /** One row, `relay`. */
  relay: KnownRelay
  /** One row, `published`. */
  published: Published
  /** By {@link deviceKey}. */
  seenStatements: SeenStatement
  /** By a random id. */
  misbehaviour: MisbehaviourRow
  /** By address, hexadecimal. */
  revocations: Revocation
  /** By contact id; none: nothing of the conversation is in segments. */
  indexed: Indexed
  /** By `nameOf` their setting (registers.ts); none while this is the only device. */
  registers: Register
  /** By tag of the own device that it is sent to; `here` for what comes to this one. */
  handovers: Handover
}

export type Held = { readonly [Table in keyof HeldTables]: ReadonlyMap<string, HeldTables[Table]> }

/** The key of the row of `handovers` that tells how far this device has been handed the history itself. */
export const HERE = 'here'

/** Names one device of one contact in keys of rows. */
export const deviceKey = (contactId: ContactId, tag: number): string => `${contactId}/${tag}`

/** A content goes to each device by an envelope of its own. */
export const outboxKey = (contentId: string, tag: number): string => `${contentId}/${tag}`

/** A row put or (undefined) deleted. */
export type HeldChange = {
  [Table in keyof HeldTables]: { readonly table: Table; readonly key: string; readonly row: HeldTables[Table] | undefined }
}[keyof HeldTables]

/** All that one turn changes: saved in one transaction or not at all. */
export interface Changes {
  readonly held: readonly HeldChange[]
  readonly messages: readonly Message[]
  /** Conversations whose messages go, and their segments with them. */
  readonly forgottenConversations: readonly ContactId[]
  readonly segments: readonly Segment[]
  /** Conversations whose segments go. */
  readonly forgottenSegments: readonly ContactId[]
  /** By {@link seenEnvelope} or {@link seenContent}. */
  readonly seen: readonly { readonly key: string; readonly row: Seen }[]
  /** Rows of `seen` that were kept until before this time go. */
  readonly forgetSeenBeforeMs: number | undefined
}

export const noChanges: Changes = {
  held: [],
  messages: [],
  forgottenConversations: [],
  segments: [],
  forgottenSegments: [],
  seen: [],
  forgetSeenBeforeMs: undefined,
}

export const seenEnvelope = (contactId: ContactId, envelopeId: string): string => `envelope/${contactId}/${envelopeId}`
export const seenContent = (contactId: ContactId, contentId: string): string => `content/${contactId}/${contentId}`

/** A row that is not in memory and that a turn asks for. */
export type Lookup =
  | { readonly type: 'seen'; readonly key: string }
  | { readonly type: 'message'; readonly contactId: ContactId; readonly messageId: MessageId }
  /** The `count` messages before a place (undefined: the newest), oldest first. */
  | { readonly type: 'messages-before'; readonly contactId: ContactId; readonly before: number | undefined; readonly count: number }
  /** The first `count` messages from a place on, oldest first. */
  | { readonly type: 'messages-from'; readonly contactId: ContactId; readonly from: number; readonly count: number }
  | { readonly type: 'messages-at'; readonly contactId: ContactId; readonly places: readonly number[] }
  /** All of a conversation, by place. */
  | { readonly type: 'segments'; readonly contactId: ContactId }

export type Found =
  | { readonly type: 'seen'; readonly row: Seen | undefined }
  | { readonly type: 'message'; readonly row: Message | undefined }
  | { readonly type: 'messages-before'; readonly rows: readonly Message[] }
  /** `to`: all below it was looked at; undefined where that is the whole conversation. */
  | { readonly type: 'messages-from'; readonly rows: readonly Message[]; readonly to: number | undefined }
  /** Those that are there, by place. */
  | { readonly type: 'messages-at'; readonly rows: readonly Message[] }
  | { readonly type: 'segments'; readonly rows: readonly Segment[] }
