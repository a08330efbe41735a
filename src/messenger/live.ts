// What one device knows only while it runs: connections, lines, what was tried when. Lost at every reload, and nothing
// that a peer relies on is in it.

import type { Secret } from '../crypto/bytes.ts'
import type { GuestState, HostState, SaidIntroduction, SaidWord } from '../protocol/pairing/pairing.ts'
import type { RelayConfiguration, RoomName } from '../wire/relay-frames.ts'
import type { ConnectionView, ContactId, ContactView, LinkId, LinkPath, LinkWish, PairingView, RelayConnection } from './api.ts'
import type { Candidate } from './candidate.ts'
import type { Unopened } from './content.ts'
import { notPublishing, type Publishing } from './publish-state.ts'
import type { Hosting, Segment } from './state.ts'

/** What both sides of a direct line must show that they know: 32 bytes from inside the ratchet. */
export type MeetingToken = Secret<'MeetingToken'>

/** A direct line, from the first frame on it. Only an open one carries envelopes. */
export type Link =
  | { readonly phase: 'dialling'; readonly contactId: ContactId; readonly tag: number; readonly token: MeetingToken }
  | {
      readonly phase: 'proving'
      readonly contactId: ContactId
      readonly tag: number
      readonly dialled: boolean
      readonly token: MeetingToken
      readonly fingerprints: Uint8Array
      readonly path: LinkPath
    }
  | { readonly phase: 'open'; readonly contactId: ContactId; readonly tag: number; readonly path: LinkPath }
  | { readonly phase: 'pairing' }

/** A linking in progress. The candidate's keys are nowhere else until it is on the list. */
export interface Linking {
  readonly wish: LinkWish
  readonly candidate: Candidate | undefined
  /** The list has the other device, or this one: nothing that fails from now on undoes it. */
  readonly isListed: boolean
  /** The device that was listed here. */
  readonly listedTag?: number
}

/** What both sides of a pairing in progress have: a place in a room, perhaps a direct line. */
interface PairingLines {
  /** Our id at the signalling service, for this pairing only; undefined where no direct line is tried. */
  readonly peerId: string | undefined
  readonly peerReady: boolean
  readonly link: { readonly linkId: LinkId; readonly path: LinkPath | undefined } | undefined
  /** The direct line of the guess, whose two ends are bound into the keys; undefined where it went through the room, or is still to go. */
  readonly boundLinkId: LinkId | undefined
  /** When the relay counts as out of reach; undefined while it is in reach. */
  readonly reachByMs: number | undefined
  /** Undefined where two people pair. */
  readonly linking: Linking | undefined
}

/** What the other side of a pairing or a linking says. */
export type Said = SaidIntroduction | SaidWord

/** A pairing in progress. Scalars and keys of the machines live here and are never stored. */
export type PairingRun =
  | (PairingLines & {
      readonly side: 'host'
      readonly hosting: Hosting
      /** As the relay said, while it knows our room. */
      readonly number: string | undefined
      readonly inRoom: boolean
      readonly machine: HostState<Said>
      /** Whom we answered. */
      readonly contactId: ContactId | undefined
      readonly offerKey: string | undefined
    })
  | (PairingLines & {
      readonly side: 'guest'
      readonly room: RoomName
      readonly code: string
      readonly again: ContactId | undefined
      /** Undefined until the relay has let us into the room. */
      readonly running: { readonly machine: GuestState<Said>; readonly roomId: Uint8Array; readonly listenKey: Uint8Array } | undefined
      /** Where the host can be dialled, once it said so. */
      readonly theirPeerId: string | undefined
    })

/** Our invitation to one contact to meet directly, and what came of it. */
export interface Meeting {
  /** The device of the contact that is invited. */
  readonly tag: number
  readonly peerId: string
  readonly token: MeetingToken
  /** Whether the signalling service knows `peerId`. */
  readonly ready: boolean
  /** The presence envelope: the same bytes each time it is deposited. */
  readonly envelope: Uint8Array | undefined
  readonly delivered: boolean
  readonly theirs: { readonly peerId: string; readonly token: MeetingToken } | undefined
  readonly linkId: LinkId | undefined
  /** When it is given up for a fresh one. */
  readonly endsAtMs: number
}

/** How envelopes travel to one device of a contact right now. */
export interface Route {
  /** The direct line in use, or the relay. */
  readonly via: LinkId | 'relay'
  /** Content ids that left on it, in order; `taken` once the other end of the line said so. */
  readonly inFlight: ReadonlyMap<string, 'left' | 'taken'>
  /** When everything unanswered leaves once more. */
  readonly againAtMs: number
  /** When the first of those that the relay keeps is offered once more. */
  readonly keptUntilMs: number
  /** Rounds without any answer. */
  readonly rounds: number
}

/** When what the relay keeps for a device is offered again, should it be unconfirmed still; and what was kept before when last time. */
export interface OfferAgain {
  /** Undefined: not before it is heard again. */
  readonly atMs: number | undefined
  readonly olderThanMs: number
  readonly rounds: number
}

/** A contact's invitation, as it came. */
export interface Invitation {
  readonly peerId: string
  readonly token: MeetingToken
}

/** What one window shows. */
export interface WindowState {
  readonly visible: boolean
  /** The conversation on its screen, if any. */
  readonly openConversation: ContactId | undefined
}

export interface Live {
  /** The window that has the pipes; `openConversation` is its too. */
  readonly window: { readonly visible: boolean; readonly online: boolean }
  /** Those of other tabs, by a name that each has made up. */
  readonly otherWindows: ReadonlyMap<string, WindowState>
  readonly directLinesPossible: boolean
  readonly storage: ConnectionView['storage']
  readonly relay: Readonly<Record<RelayConnection, 'off' | 'connecting' | 'open'>>
  readonly configuration: RelayConfiguration | undefined
  readonly pairing: PairingRun | undefined
  readonly pairingView: PairingView | undefined
  readonly links: ReadonlyMap<LinkId, Link>
  readonly meetings: ReadonlyMap<ContactId, Meeting>
  /** Invitations that came while no direct line was wanted, and when: good for a change of mind. */
  readonly declined: ReadonlyMap<ContactId, Invitation & { readonly atMs: number }>
  /** When to try again to meet, and how often it failed in a row. */
  readonly meetAgain: ReadonlyMap<ContactId, { readonly atMs: number; readonly failures: number }>
  /** By device, like all maps of strings that follow. */
  readonly routes: ReadonlyMap<string, Route>
  /** When what the relay keeps for a device is offered again, if it is still unconfirmed then, and from when on the last time was. */
  readonly offerAgain: ReadonlyMap<string, OfferAgain>
  readonly mailboxFull: ReadonlySet<ContactId>
  /** Contacts of whom the relay said that nobody listens, until we hear otherwise; the time is when we ask again unbidden. */
  readonly absent: ReadonlyMap<ContactId, number>
  readonly receiptsDue: ReadonlyMap<
    string,
    {
      readonly contactId: ContactId
      readonly tag: number
      readonly contentIds: readonly string[]
      readonly dueAtMs: number
      readonly onlyRepeats: boolean
    }
  >
  /** The last receipt for each device, as it left: a repeat of what it names is answered with the same bytes. */
  readonly lastReceipts: ReadonlyMap<
    string,
    { readonly contentIds: readonly string[]; readonly envelope: Uint8Array; readonly sealedAtMs: number }
  >
  readonly openConversation: ContactId | undefined
  readonly nextRequestId: number
  /** Deposits that the relay has not answered. */
  readonly deposits: ReadonlyMap<number, Deposit>
  /** Envelopes that would overtake others, by contact and id. */
  readonly heldBack: ReadonlyMap<string, HeldBack>
  readonly mail: Mail
  /** Contacts of whose account there is a later list than the one that is known here, and its version. */
  readonly behind: ReadonlyMap<ContactId, number>
  readonly fetching: Fetching
  /** Envelopes that came from a device and open in no session with it, newest first, while nobody has asked about them. */
  readonly unopened: ReadonlyMap<string, { readonly contactId: ContactId; readonly tag: number; readonly envelopes: readonly Unopened[] }>
  /** The last presence for a contact that nobody was there to hear: its next invitation is the same one. */
  readonly unheard: ReadonlyMap<ContactId, Pick<Meeting, 'tag' | 'peerId' | 'token' | 'envelope'>>
  readonly refusals: Readonly<Record<string, number>>
  readonly publishing: Publishing
  /** Whether the relay has said since the page was opened that this device is on its account's list. */
  readonly isListSeen: boolean
  /** Our list, hexadecimal hash, in the place of which the relay that had taken it keeps another one; whether a newer one, is being found out. */
  readonly replacedList: string | undefined
  /** Undefined while the device stays. */
  readonly leaving: Leaving | undefined
  /** What of the search index is in memory, and until when. */
  readonly searching: { readonly segmentsByContact: ReadonlyMap<ContactId, readonly Segment[]>; readonly untilMs: number }
  /** When keys are renewed and old rows go; the first time at once. */
  readonly upkeepAtMs: number
  /** The views that the window was told last. */
  readonly toldContacts: ReadonlyMap<ContactId, ContactView>
  readonly toldConnection: ConnectionView | undefined
  /** The rows of which the views of our own devices were made that were told last. */
  readonly toldOwnDevicesOf: readonly unknown[]
}

export type Deposit =
  | { readonly kind: 'outbox'; readonly contactId: ContactId; readonly tag: number; readonly contentId: string }
  | { readonly kind: 'presence'; readonly contactId: ContactId; readonly tag: number }
  | { readonly kind: 'receipt'; readonly contactId: ContactId; readonly tag: number; readonly contentIds: readonly string[] }

/** An envelope that waits for those before it. */
export interface HeldBack {
  /** Since when it is refused. */
  readonly sinceMs: number
  /** Whether what is missing may be skipped, as it is not to be had. */
  readonly granted: boolean
  /** Our address, hexadecimal, where it is in a mailbox; undefined where it came on a line. */
  readonly address: string | undefined
  readonly why: 'would-skip' | 'out-of-order'
}

/** Prekey bundles that are being asked for. */
export interface Fetching {
  /** Contacts that were asked for, by request id, and the tags on the device list that came with the answer, once we believe it. */
  readonly asked: ReadonlyMap<number, { readonly contactId: ContactId; readonly listed: readonly number[] | undefined }>
  readonly again: ReadonlyMap<ContactId, { readonly atMs: number; readonly failures: number }>
}

/** A device that leaves. */
export interface Leaving {
  readonly untilMs: number
  /** Requests to close mailboxes that are not answered; undefined before they are asked. */
  readonly closing: ReadonlySet<number> | undefined
}

/** What is being fetched from our mailboxes. */
export interface Mail {
  /** Positions that are kept here, by address (hexadecimal), and not acknowledged yet. */
  readonly toAcknowledge: ReadonlyMap<string, readonly number[]>
  readonly acknowledgeAtMs: number
  /** Addresses whose key is shown again, so that what was refused comes again. */
  readonly askAgain: ReadonlyMap<string, number>
  /** Addresses that the relay was asked to close, by request id. */
  readonly closing: ReadonlyMap<number, readonly string[]>
  /** When all keys are shown once more, as the relay refused them. */
  readonly listenAgainAtMs: number
  /** Shown while many are being fetched, until `quietAtMs` at the latest. */
  readonly progress: { readonly done: number; readonly total: number } | undefined
  readonly quietAtMs: number
  readonly told: { readonly done: number; readonly total: number } | undefined
}

export const noMail: Mail = {
  toAcknowledge: new Map(),
  acknowledgeAtMs: Number.POSITIVE_INFINITY,
  askAgain: new Map(),
  closing: new Map(),
  listenAgainAtMs: Number.POSITIVE_INFINITY,
  progress: undefined,
  quietAtMs: Number.POSITIVE_INFINITY,
  told: undefined,
}

export const asleep: Live = {
  window: { visible: true, online: true },
  otherWindows: new Map(),
  directLinesPossible: true,
  storage: undefined,
  relay: { room: 'off', listen: 'off', deposit: 'off', publish: 'off' },
  configuration: undefined,
  pairing: undefined,
  pairingView: undefined,
  links: new Map(),
  meetings: new Map(),
  declined: new Map(),
  meetAgain: new Map(),
  routes: new Map(),
  offerAgain: new Map(),
  mailboxFull: new Set(),
  absent: new Map(),
  receiptsDue: new Map(),
  lastReceipts: new Map(),
  openConversation: undefined,
  nextRequestId: 1,
  deposits: new Map(),
  heldBack: new Map(),
  mail: noMail,
  behind: new Map(),
  fetching: { asked: new Map(), again: new Map() },
  unopened: new Map(),
  unheard: new Map(),
  refusals: {},
  publishing: notPublishing,
  isListSeen: false,
  replacedList: undefined,
  leaving: undefined,
  searching: { segmentsByContact: new Map(), untilMs: Number.POSITIVE_INFINITY },
  upkeepAtMs: 0,
  toldContacts: new Map(),
  toldConnection: undefined,
  toldOwnDevicesOf: [],
}
