// What one device knows only while it runs: connections, lines, what was tried when. Lost at every reload, and nothing
// that a peer relies on is in it.

import type { Secret } from '../crypto/bytes.ts'
import type { GuestState, HostState } from '../protocol/pairing/pairing.ts'
import type { RelayConfiguration, RoomName } from '../wire/relay-frames.ts'
import type { ConnectionView, ContactId, ContactView, LinkId, LinkPath, PairingView, RelayConnection } from './api.ts'
import type { Hosting } from './state.ts'

/** What both sides of a direct line must show that they know: 32 bytes from inside the ratchet. */
export type MeetingToken = Secret<'MeetingToken'>

/** A direct line, from the first frame on it. Only an open one carries envelopes. */
export type Link =
  | { readonly phase: 'dialling'; readonly contactId: ContactId; readonly token: MeetingToken }
  | {
      readonly phase: 'proving'
      readonly contactId: ContactId
      readonly dialled: boolean
      readonly token: MeetingToken
      readonly fingerprints: Uint8Array
      readonly path: LinkPath
    }
  | { readonly phase: 'open'; readonly contactId: ContactId; readonly path: LinkPath }
  | { readonly phase: 'pairing' }

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
}

/** A pairing in progress. Scalars and keys of the machines live here and are never stored. */
export type PairingRun =
  | (PairingLines & {
      readonly side: 'host'
      readonly hosting: Hosting
      /** As the relay said, while it knows our room. */
      readonly number: string | undefined
      readonly inRoom: boolean
      readonly machine: HostState
      /** Whom we answered. */
      readonly contactId: ContactId | undefined
      readonly offerKey: string | undefined
    })
  | (PairingLines & {
      readonly side: 'guest'
      readonly room: RoomName
      readonly code: string
      /** Undefined until the relay has let us into the room. */
      readonly running: { readonly machine: GuestState; readonly roomId: Uint8Array; readonly listenKey: Uint8Array } | undefined
      /** Where the host can be dialled, once it said so. */
      readonly theirPeerId: string | undefined
    })

/** Our invitation to one contact to meet directly, and what came of it. */
export interface Meeting {
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

/** How envelopes travel to one contact right now. */
export interface Route {
  /** The direct line in use, or the relay. */
  readonly via: LinkId | 'relay'
  /** Content ids that left on it, in order; `taken` once the other end of the hop said so. */
  readonly inFlight: ReadonlyMap<string, 'left' | 'taken'>
  /** When everything unanswered leaves once more. */
  readonly againAtMs: number
  /** Rounds without any answer. */
  readonly rounds: number
}

/** A contact's invitation, as it came. */
export interface Invitation {
  readonly peerId: string
  readonly token: MeetingToken
}

export interface Live {
  readonly window: { readonly visible: boolean; readonly online: boolean }
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
  readonly routes: ReadonlyMap<ContactId, Route>
  /** Contacts of whom the relay said that nobody listens, until we hear otherwise; the time is when we ask again unbidden. */
  readonly absent: ReadonlyMap<ContactId, number>
  readonly receiptsDue: ReadonlyMap<
    ContactId,
    { readonly contentIds: readonly string[]; readonly dueAtMs: number; readonly onlyRepeats: boolean }
  >
  /** The last receipt for each contact, as it left: a repeat of what it names is answered with the same bytes. */
  readonly lastReceipts: ReadonlyMap<
    ContactId,
    { readonly contentIds: readonly string[]; readonly envelope: Uint8Array; readonly sealedAtMs: number }
  >
  readonly openConversation: ContactId | undefined
  readonly nextRequestId: number
  /** Deposits that the relay has not answered. */
  readonly deposits: ReadonlyMap<number, Deposit>
  /** Envelopes that would overtake others, by contact and id, and since when they are refused, in case what is missing is still on its way. */
  readonly heldBack: ReadonlyMap<string, number>
  /** The last presence for a contact that nobody was there to hear: its next invitation is the same one. */
  readonly unheard: ReadonlyMap<ContactId, Pick<Meeting, 'peerId' | 'token' | 'envelope'>>
  readonly refusals: Readonly<Record<string, number>>
  /** When keys are renewed and old rows go; the first time at once. */
  readonly upkeepAtMs: number
  /** The views that the window was told last. */
  readonly toldContacts: ReadonlyMap<ContactId, ContactView>
  readonly toldConnection: ConnectionView | undefined
}

export type Deposit =
  | { readonly kind: 'outbox'; readonly contactId: ContactId; readonly contentId: string }
  | { readonly kind: 'presence' | 'receipt'; readonly contactId: ContactId }

export const asleep: Live = {
  window: { visible: true, online: true },
  directLinesPossible: true,
  storage: undefined,
  relay: { room: 'off', listen: 'off', deposit: 'off' },
  configuration: undefined,
  pairing: undefined,
  pairingView: undefined,
  links: new Map(),
  meetings: new Map(),
  declined: new Map(),
  meetAgain: new Map(),
  routes: new Map(),
  absent: new Map(),
  receiptsDue: new Map(),
  lastReceipts: new Map(),
  openConversation: undefined,
  nextRequestId: 1,
  deposits: new Map(),
  heldBack: new Map(),
  unheard: new Map(),
  refusals: {},
  upkeepAtMs: 0,
  toldContacts: new Map(),
  toldConnection: undefined,
}
