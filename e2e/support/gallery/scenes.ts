// Views as a worker would tell them, one list of events a scene.

import type { ContactView, Event, MessageView, PairingView } from '../../../src/messenger/api.ts'

export interface Scene {
  readonly path: string
  readonly events: readonly Event[]
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const now = Date.now()

export const annaId = 'a1'.repeat(32)
const safetyNumber = '054728391046285193740265819374650192837465019283746501928374'

const contact = (contactId: string, name: string, rest: Partial<ContactView> = {}): ContactView => ({
  contactId,
  name,
  pairedAtMs: now - 40 * day,
  safetyNumber,
  unread: 0,
  line: 'relay',
  draft: '',
  newest: undefined,
  waiting: 0,
  ...rest,
})

const said = (text: string, agoMs: number, direction: 'in' | 'out' = 'in') => ({ text, atMs: now - agoMs, direction })

const anna = contact(annaId, 'Anna', { line: 'direct', newest: said('See you at eight then', 2 * minute, 'out') })

const contacts: readonly ContactView[] = [
  anna,
  contact('b2'.repeat(32), 'Bartholomew Featherstonehaugh-Cholmondeley', {
    unread: 3,
    newest: said('The minutes of the meeting are in the usual place, please read them before Thursday', hour),
  }),
  contact('c3'.repeat(32), 'نورا', { line: 'offline', newest: said('مرحبا، كيف حالك اليوم؟', 26 * hour) }),
  contact('d4'.repeat(32), '', { line: 'offline', draft: 'I wanted to ask you', newest: said('ok', 3 * day) }),
  contact('e5'.repeat(32), '田中さん', { unread: 128, newest: said('明日の予定', 9 * day) }),
  contact('f6'.repeat(32), 'Mum 🌻', { pairedAtMs: now - 12 * day }),
]

const connection = {
  relay: 'connected' as const,
  directLinesPossible: true,
  relayOnly: false,
  storage: { persistent: false, usedBytes: 4_213_000, quotaBytes: 2_147_000_000 },
  paths: [{ ours: 'host', theirs: 'srflx', openedInMs: 184.2 }],
  refusals: { 'bad-mac': 1, duplicate: 4 },
}

const settings = { displayName: 'Alice', theme: 'system' as const, relayOnly: false, iceServers: [] }

const opened = (people: readonly ContactView[], rest: Partial<Extract<Event, { type: 'opened' }>> = {}): Event => ({
  type: 'opened',
  settings,
  contacts: people,
  unconfirmed: 0,
  pairing: undefined,
  connection,
  ...rest,
})

let place = 0
const message = (direction: 'in' | 'out', text: string, agoMs: number, state?: MessageView['state']): MessageView => {
  place += 1
  return {
    contactId: annaId,
    messageId: place.toString(16).padStart(32, '0'),
    place,
    direction,
    text,
    sentAtMs: now - agoMs,
    arrivedAtMs: now - agoMs,
    state: state ?? (direction === 'in' ? 'received' : 'delivered'),
  }
}

const conversation: readonly MessageView[] = [
  message('in', 'Are you still at the old place?', 3 * day),
  message('out', 'Yes, until the end of the month', 3 * day - minute),
  message('out', 'then we move to the river', 3 * day - 2 * minute),
  message('in', 'Lovely. Send me the map when you can:\nhttps://www.openstreetmap.org/#map=16/52.5200/13.4050', day + 2 * hour),
  message('in', 'or write to anna@example.org if this here is too small', day + 2 * hour - minute),
  message('out', 'It is not. Nobody reads along here, and that is worth a lot to me.', day),
  message('out', 'שלום, זה טקסט מימין לשמאל', day - minute),
  message('in', 'A long one: ' + 'it was the best of times, it was the worst of times, '.repeat(5), 50 * minute),
  message('in', '🌻', 30 * minute),
  message('out', 'Dinner tomorrow?', 20 * minute),
  message('out', 'I could not send this one', 12 * minute, 'failed'),
  message('out', 'See you at eight then', 2 * minute, 'waiting'),
]

const loaded = (messages: readonly MessageView[], reachedStart = true): Event => ({
  type: 'messages-loaded',
  contactId: annaId,
  messages,
  reachedStart,
})

const many: readonly MessageView[] = Array.from({ length: 200 }, (_, index) =>
  message(index % 5 < 2 ? 'out' : 'in', `Message number ${index + 1}. ${'More words. '.repeat(index % 7)}`, 6 * day - index * 40 * minute),
)

const shown = { number: '27', code: '482913', roomId: '0123456789abcdef0123456789abcdef', expiresAtMs: now + 4.6 * minute }
const host = (pairing: PairingView): Scene => ({ path: '/show', events: [opened([]), { type: 'pairing-changed', pairing }] })
const guest = (pairing: PairingView): Scene => ({ path: '/enter', events: [opened([]), { type: 'pairing-changed', pairing }] })
const failed = (side: 'host' | 'guest', reason: Extract<PairingView, { phase: 'failed' }>['reason'], retryAtMs?: number): PairingView => ({
  side,
  phase: 'failed',
  reason,
  retryAtMs,
})
const chat = `/c/${annaId}`
const ready = (direct: boolean): PairingView => ({ side: 'host', phase: 'ready', contactId: annaId, direct })

export const scenes: Readonly<Record<string, Scene>> = {
  starting: { path: '/', events: [] },
  'home-empty': { path: '/', events: [opened([])] },
  home: { path: '/', events: [opened(contacts, { unconfirmed: 1 })] },
  'show-reaching': host({ side: 'host', phase: 'reaching-relay' }),
  'show-waiting': host({ side: 'host', phase: 'waiting', shown }),
  'show-joined': host({ side: 'host', phase: 'joined', shown }),
  'show-checking': host({ side: 'host', phase: 'checking', shown }),
  'show-opening': host({ side: 'host', phase: 'opening-line', shown: { ...shown, number: '4071' } }),
  'show-link-only': host({ side: 'host', phase: 'waiting', shown: { ...shown, number: undefined } }),
  'show-unconfirmed': host({ side: 'host', phase: 'unconfirmed' }),
  'show-failed': host(failed('host', 'codes-differ')),
  'show-too-many': host(failed('host', 'too-many-failures', now + 9.5 * minute)),
  'show-ten-tries': host(failed('host', 'too-many-failures')),
  enter: { path: '/enter', events: [opened([])] },
  'enter-link': { path: `/enter/${shown.roomId}`, events: [opened([])] },
  'enter-checking': guest({ side: 'guest', phase: 'checking' }),
  'enter-failed': guest(failed('guest', 'nobody-there')),
  conversation: { path: chat, events: [opened(contacts), loaded(conversation)] },
  'conversation-unread': {
    path: chat,
    events: [opened([{ ...anna, unread: 12 }, ...contacts.slice(1)]), loaded(many, false)],
  },
  'conversation-first': { path: chat, events: [opened([{ ...anna, newest: undefined }], { pairing: ready(false) }), loaded([])] },
  'conversation-keep': { path: chat, events: [opened([{ ...anna, name: '', newest: undefined }], { pairing: ready(true) }), loaded([])] },
  'conversation-short': { path: chat, events: [opened([anna]), loaded(conversation.slice(-3))] },
  'conversation-gone': { path: `/c/${'99'.repeat(32)}`, events: [opened(contacts)] },
  details: { path: `${chat}/details`, events: [opened(contacts)] },
  settings: {
    path: '/settings',
    events: [
      opened(contacts, {
        settings: { ...settings, iceServers: [{ urls: ['turns:turn.example.org:443'], username: 'me', credential: 'secret' }] },
      }),
    ],
  },
  shut: { path: '/', events: [{ type: 'could-not-open', why: 'record-damaged' }] },
  'other-tab': { path: '/', events: [{ type: 'opened-elsewhere' }] },
  wiped: { path: '/', events: [{ type: 'wiped' }] },
  troubles: {
    path: '/',
    events: [opened(contacts), { type: 'trouble', trouble: 'storage-evicted' }, { type: 'trouble', trouble: 'record-damaged' }],
  },
  insecure: { path: '/', events: [] },
  unsupported: { path: '/', events: [] },
}
