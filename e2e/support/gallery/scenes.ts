// Views as a worker would tell them, one list of events a scene.

import type {
  BackupFolderView,
  ContactView,
  Event,
  FoundMessage,
  IntroductionView,
  LinkWish,
  LockedView,
  MessageView,
  Misbehaviour,
  MisbehaviourView,
  OwnDeviceView,
  PairingView,
} from '../../../src/messenger/api.ts'

export interface Scene {
  readonly path: string
  readonly events: readonly Event[]
  /** Told once the screen stands: it would be taken for left over from earlier. */
  readonly late?: readonly Event[]
  /** Whether a message came while nobody could see it. */
  readonly missed?: boolean
  /** Whether a new version is ready. */
  readonly newVersion?: boolean
  /** What stands on the button that is pressed in the end. */
  readonly press?: string
  /** Told once it was. */
  readonly pressed?: readonly Event[]
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
  origin: { how: 'code' },
  devices: 1,
  mailboxFull: false,
  stopped: undefined,
  renewals: [],
  deviceChanges: [],
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
  isRemoved: false,
}

const settings = { displayName: 'Alice', theme: 'system' as const, relayOnly: false, iceServers: [], notifications: 'off' as const }

const withLock: Event = { type: 'lock-changed', lock: { isSet: true, hasPasskey: false, autoLockMinutes: 15 } }
const locked = (lock: Partial<LockedView>): Event => ({
  type: 'locked',
  lock: {
    phase: 'locked',
    failures: 0,
    waitUntilMs: undefined,
    refusal: undefined,
    passkey: { credentialId: new Uint8Array(20), salt: new Uint8Array(32) },
    ...lock,
  },
})

const device = (tag: number, name: string, rest: Partial<OwnDeviceView> = {}): OwnDeviceView => ({
  tag,
  name,
  addedAtMs: now - 50 * day,
  heardAtMs: now - 3 * hour,
  isThis: false,
  isMain: false,
  wantsToBeMain: false,
  becomesMain: undefined,
  isUnused: false,
  isUnfinished: false,
  handover: undefined,
  listEndsAtMs: undefined,
  ...rest,
})

/** As another one sees them, which is called Phone. */
const onPhone = (rest: Partial<OwnDeviceView>): Event =>
  opened(contacts, {
    ownDevices: [device(1, 'Desk', { isMain: true, addedAtMs: now - 400 * day }), device(2, 'Phone', { isThis: true, ...rest })],
  })

/** As the main device sees them. */
const ownDevices: readonly OwnDeviceView[] = [
  device(1, '', { isThis: true, isMain: true, heardAtMs: undefined, addedAtMs: now - 400 * day }),
  device(2, 'Telefon', { wantsToBeMain: true }),
  device(3, 'The old laptop with the broken key in the kitchen, beside the radio', { heardAtMs: now - 120 * day, isUnused: true }),
  device(4, 'Work', { heardAtMs: undefined, addedAtMs: now - minute, handover: { done: 1_200, total: 10_431 } }),
]

const opened = (people: readonly ContactView[], rest: Partial<Extract<Event, { type: 'opened' }>> = {}): Event => ({
  type: 'opened',
  settings,
  contacts: people,
  unconfirmed: 0,
  pairing: undefined,
  connection,
  introductions: [],
  misbehaviour: [],
  ownDevices: [],
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
  message('out', 'I am on my way', 6 * minute, 'on-relay'),
  message('out', 'See you at eight then', 2 * minute, 'waiting'),
]

const loaded = (messages: readonly MessageView[], reachedStart = true): Event => ({
  type: 'messages-loaded',
  contactId: annaId,
  before: undefined,
  messages,
  reachedStart,
})

const many: readonly MessageView[] = Array.from({ length: 200 }, (_, index) =>
  message(index % 5 < 2 ? 'out' : 'in', `Message number ${index + 1}. ${'More words. '.repeat(index % 7)}`, 6 * day - index * 40 * minute),
)

const shown = { number: '27', code: '482913', roomId: '0123456789abcdef0123456789abcdef', expiresAtMs: now + 4.6 * minute }
const host = (pairing: PairingView): Scene => ({ path: '/show', events: [opened([])], late: [{ type: 'pairing-changed', pairing }] })
const guest = (pairing: PairingView): Scene => ({ path: '/enter', events: [opened([])], late: [{ type: 'pairing-changed', pairing }] })
const failed = (side: 'host' | 'guest', reason: Extract<PairingView, { phase: 'failed' }>['reason'], retryAtMs?: number): PairingView => ({
  side,
  phase: 'failed',
  reason,
  retryAtMs,
})
const linking = (role: LinkWish['role'], press: string, pairing: PairingView): Scene => ({
  path: `/link/${role}`,
  events: [opened(role === 'main' ? contacts : [])],
  press,
  pressed: [{ type: 'pairing-changed', pairing: { ...pairing, link: role } }],
})
const shows = (role: LinkWish['role'], pairing: PairingView): Scene => linking(role, 'Show the code here', pairing)
const types = (role: LinkWish['role'], pairing: PairingView): Scene => linking(role, 'Type the code here', pairing)
const introduction = (name: string, byName: string, agoMs: number): IntroductionView => ({
  introductionId: name.padEnd(32, '0').slice(0, 32),
  name,
  byName,
  arrivedAtMs: now - agoMs,
})

export const dora = introduction('Dora', 'Anna', hour)
const introductions = [dora, introduction('Bartholomew Featherstonehaugh', 'Mum 🌻', 2 * day), introduction('نورا', '', 3 * day)]

const wrong = (id: string, what: Misbehaviour, agoMs: number, count = 1, contactId?: string): MisbehaviourView => ({
  id,
  what,
  atMs: now - agoMs,
  count,
  contactId,
})

const misbehaviour: readonly MisbehaviourView[] = [
  wrong('1', 'wrong-keys', hour, 3, annaId),
  wrong('2', 'older-than-seen', 5 * hour, 1, 'b2'.repeat(32)),
  wrong('3', 'one-time-key-reused', day, 1, 'c3'.repeat(32)),
  wrong('4', 'key-came-back', 2 * day),
  wrong('5', 'key-changed', 3 * day),
  wrong('6', 'older-statement', 4 * day, 12),
  wrong('7', 'relay-key-changed', 5 * day),
  wrong('8', 'not-authentic', 6 * day, 2),
]

/** Enough people that one has to search among them. */
const crowd = ['Ada', 'Boris', 'Chloë', 'Dmitri', 'Edith'].map((name, index) => contact(`${index}9`.repeat(32), name))

const snippet = (text: string) =>
  text.split(/(place\w*)/i).flatMap((piece) => (piece === '' ? [] : [{ text: piece, isFound: /^place/i.test(piece) }]))
const found = (direction: 'in' | 'out', text: string, agoMs: number, contactId = annaId): FoundMessage => ({
  contactId,
  messageId: `${agoMs}`.padStart(32, '0'),
  place: 1,
  direction,
  sentAtMs: now - agoMs,
  snippet: snippet(text),
})
const foundNothing: Extract<Event, { type: 'messages-found' }> = {
  type: 'messages-found',
  contactId: annaId,
  query: 'place',
  after: undefined,
  messages: [],
  total: 0,
  next: undefined,
  behind: 0,
}
const foundByAnna: typeof foundNothing = {
  ...foundNothing,
  messages: [
    found('in', 'Are you still at the old place?', 3 * hour),
    found('out', 'In the usual place, or the places where we used to go when it rained and nobody else would come along with us', 2 * day),
    found('in', `…${'it was the best of times, '.repeat(4)}and a placeholder for the worst of them…`, 20 * day, 'b2'.repeat(32)),
    found('in', 'هذا place ممتاز', 300 * day),
  ],
  total: 31,
  next: { contactId: annaId, place: 1, atMs: now },
}

const introduced: ContactView = { ...anna, name: 'Dora', line: 'relay', origin: { how: 'introduced', byName: 'Anna' }, devices: 2 }
const changed: ContactView = { ...anna, stopped: 'identity-changed', draft: 'What I wanted to ask you', line: 'relay' }
const replaced: ContactView = { ...anna, stopped: 'replaced', line: 'relay' }
const backedUp = opened(contacts, { settings: { ...settings, lastBackupAtMs: now - 5 * hour } })
const inFolder = (rest: Partial<BackupFolderView> = {}): Event => ({
  type: 'backup-folder-changed',
  backupFolder: { name: 'Backups', folder: { name: 'Backups' }, isWriting: false, lastAtMs: now - 5 * hour, failure: undefined, ...rest },
})
const nobody = { ...settings, displayName: '' }

const phrase = 'legal winner thank year wave sausage worth useful legal winner thank yellow'

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
  'conversation-renewed': {
    path: chat,
    events: [
      opened([{ ...anna, renewals: [-2, 1].map((of) => ({ place: (conversation.at(-1)?.place ?? 0) + of, atMs: now })) }]),
      loaded(conversation),
    ],
  },
  'conversation-moved': {
    path: chat,
    events: [
      opened([{ ...anna, deviceChanges: [-2, 1].map((of) => ({ place: (conversation.at(-1)?.place ?? 0) + of, atMs: now })) }]),
      loaded(conversation),
    ],
  },
  'conversation-removed': {
    path: chat,
    events: [
      opened([{ ...anna, stopped: 'device-removed', line: 'offline' }], { connection: { ...connection, isRemoved: true } }),
      loaded(conversation),
    ],
  },
  'back-up': { path: '/back-up', events: [opened(contacts)] },
  'back-up-words': {
    path: '/back-up',
    events: [opened(contacts), { type: 'recovery-phrase-made', phrase }],
    press: 'Twelve words',
  },
  devices: { path: '/devices', events: [opened(contacts, { ownDevices })] },
  'devices-alone': { path: '/devices', events: [opened(contacts, { ownDevices: ownDevices.slice(0, 1) })] },
  'devices-linked': { path: '/devices', events: [onPhone({ wantsToBeMain: true })] },
  'devices-list-ends': { path: '/devices', events: [onPhone({ listEndsAtMs: now + 12 * day })] },
  'devices-list-ended': { path: '/devices', events: [onPhone({ listEndsAtMs: now - day })] },
  'devices-arriving': { path: '/devices', events: [onPhone({ addedAtMs: now - minute, handover: { done: 1_200, total: 10_431 } })] },
  'devices-giving': {
    path: '/devices',
    events: [
      opened(contacts, {
        ownDevices: ownDevices
          .slice(0, 2)
          .map((each) => ({ ...each, wantsToBeMain: false, becomesMain: each.isThis ? undefined : ('given' as const) })),
      }),
    ],
    press: 'Remove',
  },
  'devices-full': {
    path: '/devices',
    events: [
      opened(contacts, {
        ownDevices: Array.from({ length: 10 }, (_, i) => device(i, `Tablet ${i}`, { isThis: i === 0, isMain: i === 0 })),
      }),
    ],
  },
  'devices-offered': {
    path: '/devices',
    events: [
      opened(contacts, {
        ownDevices: [
          ...ownDevices.slice(0, 1),
          device(2, 'Telefon', { becomesMain: 'offered' }),
          device(5, 'Tablet', { isUnfinished: true, heardAtMs: undefined, addedAtMs: now - hour }),
        ],
      }),
    ],
  },
  'devices-given': {
    path: '/devices',
    events: [opened(contacts, { ownDevices: [...ownDevices.slice(0, 1), device(2, 'Telefon', { becomesMain: 'given' })] })],
    press: 'Remove',
  },
  'devices-removing': { path: '/devices', events: [opened(contacts, { ownDevices: ownDevices.slice(0, 2) })], press: 'Remove' },
  'link-main': { path: '/link/main', events: [opened(contacts, { ownDevices: ownDevices.slice(0, 1) })] },
  'link-cannot-list': { path: '/link/main', events: [onPhone({})] },
  'link-new': { path: '/link/new', events: [opened([])] },
  'link-somebody-here': { path: '/link/new', events: [opened(contacts)] },
  'link-show': shows('main', { side: 'host', phase: 'waiting', shown }),
  'link-show-new': shows('new', { side: 'host', phase: 'waiting', shown }),
  'link-show-only-link': shows('main', { side: 'host', phase: 'waiting', shown: { ...shown, number: undefined } }),
  'link-show-checking': shows('main', { side: 'host', phase: 'checking', shown }),
  'link-show-failed': shows('main', failed('host', 'codes-differ')),
  'link-show-refused': shows('new', failed('host', 'somebody-here')),
  'link-show-ten-tries': shows('main', failed('host', 'too-many-failures')),
  'link-type': { path: '/link/new', events: [opened([])], press: 'Type the code here' },
  'link-type-checking': types('new', { side: 'guest', phase: 'checking' }),
  'link-type-failed': types('new', failed('guest', 'codes-differ')),
  'link-type-refused': types('main', failed('guest', 'cannot-list')),
  'link-type-pairing': types('new', failed('guest', 'code-for-pairing')),
  'link-by-link': { path: `/link/new/${shown.roomId}`, events: [opened([])], press: 'Type the code here' },
  'link-done': types('new', { side: 'guest', phase: 'linked' }),
  'back-up-linked': { path: '/back-up', events: [onPhone({})] },
  'settings-linked': { path: '/settings', events: [onPhone({ listEndsAtMs: now + 12 * day })] },
  'home-list-ends': { path: '/', events: [onPhone({ listEndsAtMs: now + 12 * day })] },
  'back-up-passphrase': { path: '/back-up', events: [opened(contacts)], press: 'A passphrase of my own' },
  restore: { path: '/restore', events: [opened([])] },
  'restore-running': {
    path: '/restore',
    events: [opened([])],
    late: [{ type: 'transfer-changed', transfer: { phase: 'running', kind: 'restore', done: 37, total: 100 } }],
  },
  'restore-failed': {
    path: '/restore',
    events: [opened([])],
    late: [{ type: 'transfer-changed', transfer: { phase: 'failed', kind: 'restore', why: 'altered' } }],
  },
  'restore-done': {
    path: '/restore',
    events: [opened(contacts)],
    late: [{ type: 'transfer-changed', transfer: { phase: 'done', kind: 'restore', bytes: 1_234_567, atMs: now, handedOut: undefined } }],
  },
  'restore-not-empty': { path: '/restore', events: [opened(contacts)] },
  'conversation-gone': { path: `/c/${'99'.repeat(32)}`, events: [opened(contacts)] },
  'conversation-own-name': {
    path: chat,
    events: [opened([{ ...anna, newest: undefined }], { pairing: ready(true), settings: nobody }), loaded([])],
  },
  'conversation-mailbox-full': { path: chat, events: [opened([{ ...anna, line: 'relay', mailboxFull: true }]), loaded(conversation)] },
  'conversation-introduced': { path: chat, events: [opened([introduced]), loaded(conversation.slice(-3))] },
  'conversation-introduced-first': { path: chat, events: [opened([{ ...introduced, newest: undefined }]), loaded([])] },
  'conversation-identity-changed': { path: chat, events: [opened([changed, ...contacts.slice(1)]), loaded(conversation)] },
  'conversation-replaced': { path: chat, events: [opened([replaced, ...contacts.slice(1)]), loaded(conversation)] },
  'show-again': {
    path: `/show/${annaId}`,
    events: [opened(contacts)],
    late: [{ type: 'pairing-changed', pairing: { side: 'host', phase: 'waiting', shown } }],
  },
  'enter-again': { path: `/enter/${annaId}`, events: [opened(contacts)] },
  'home-introductions': { path: '/', events: [opened(contacts, { introductions })] },
  'home-refusing': { path: '/', events: [opened(contacts, { introductions })], press: 'Refuse' },
  'home-catching-up': {
    path: '/',
    events: [opened(contacts)],
    late: [{ type: 'catching-up-changed', progress: { done: 1_280, total: 5_000 } }],
  },
  'home-identity-changed': { path: '/', events: [opened([changed, ...contacts.slice(1)])] },
  'home-missed': {
    path: '/',
    events: [opened(contacts, { settings: { ...settings, notifications: 'unasked' } })],
    missed: true,
  },
  'home-new-version': { path: '/', events: [opened(contacts)], newVersion: true },
  'show-new-version': {
    path: '/show',
    events: [opened(contacts)],
    late: [{ type: 'pairing-changed', pairing: { side: 'host', phase: 'waiting', shown } }],
    newVersion: true,
  },
  details: { path: `${chat}/details`, events: [opened(contacts)] },
  'details-introduced': { path: `${chat}/details`, events: [opened([introduced, ...contacts.slice(1)])] },
  'details-identity-changed': { path: `${chat}/details`, events: [opened([changed, ...contacts.slice(1)])] },
  'details-replaced': { path: `${chat}/details`, events: [opened([replaced, ...contacts.slice(1)])] },
  'details-confirmed': {
    path: `${chat}/details`,
    events: [opened(contacts)],
    late: [{ type: 'contacts-introduced', contactIds: [annaId, 'b2'.repeat(32)] }],
  },
  'details-introduce': { path: `${chat}/details`, events: [opened(contacts)], press: 'Introduce to...' },
  'details-introduce-many': { path: `${chat}/details`, events: [opened([...contacts, ...crowd])], press: 'Introduce to...' },
  search: { path: '/search', events: [opened(contacts), { ...foundByAnna, contactId: undefined, next: undefined }] },
  'search-conversation': { path: `${chat}/search`, events: [opened(contacts), { ...foundByAnna, behind: 42_000 }] },
  'search-empty': { path: `${chat}/search`, events: [opened(contacts)] },
  'search-nothing': { path: '/search', events: [opened(contacts), { ...foundNothing, contactId: undefined }] },
  'conversation-at': {
    path: `${chat}/at/5`,
    events: [opened([{ ...anna, unread: 2 }, ...contacts.slice(1)])],
    late: [
      {
        type: 'messages-loaded-from',
        contactId: annaId,
        from: 1,
        isJump: true,
        messages: conversation.slice(0, 9).map((each, i) => ({ ...each, place: i + 1 })),
        reachedStart: true,
        reachedEnd: false,
      },
    ],
  },
  'settings-misbehaviour': { path: '/settings', events: [opened(contacts, { misbehaviour })] },
  settings: {
    path: '/settings',
    events: [
      opened(contacts, {
        settings: { ...settings, iceServers: [{ urls: ['turns:turn.example.org:443'], username: 'me', credential: 'secret' }] },
      }),
    ],
  },
  'settings-folder': { path: '/settings', events: [backedUp, inFolder()] },
  'settings-folder-forbidden': {
    path: '/settings',
    events: [backedUp, inFolder({ failure: { atMs: now - hour, why: 'not-permitted' } })],
  },
  'settings-folder-gone': {
    path: '/settings',
    events: [backedUp, inFolder({ folder: undefined, failure: { atMs: now - hour, why: 'folder-gone' } })],
  },
  'settings-folder-writing': { path: '/settings', events: [backedUp, inFolder({ isWriting: true })] },
  'settings-locked': { path: '/settings', events: [opened(contacts), withLock] },
  'settings-set-lock': { path: '/settings', events: [opened(contacts)], press: 'Set a lock' },
  'settings-change-passphrase': { path: '/settings', events: [opened(contacts), withLock], press: 'Change passphrase' },
  'settings-remove-lock': { path: '/settings', events: [opened(contacts), withLock], press: 'Remove the lock' },
  'home-locked': { path: '/', events: [opened(contacts), withLock] },
  locked: { path: '/', events: [locked({})] },
  'locked-wrong': { path: '/', events: [locked({ failures: 1, refusal: 'wrong' })] },
  'locked-wait': { path: '/', events: [locked({ failures: 5, refusal: 'wrong', waitUntilMs: now + hour / 4 })] },
  'locked-forgotten': { path: '/', events: [locked({})], press: 'Forgot the passphrase?' },
  'locked-unfinished': { path: '/', events: [locked({ phase: 'unfinished', passkey: undefined })] },
  moving: { path: '/', events: [{ type: 'moving', lockIsSet: true, done: 1_280, total: 5_000 }] },
  shut: { path: '/', events: [{ type: 'could-not-open', why: 'record-damaged' }] },
  'other-tab': { path: '/', events: [{ type: 'opened-elsewhere' }] },
  leaving: { path: '/', events: [{ type: 'leaving' }] },
  'other-tab-sleeps': {
    path: '/',
    events: [opened(contacts), { type: 'trouble', trouble: 'taken-over' }, { type: 'owner-silence-changed', silent: true }],
  },
  wiped: { path: '/', events: [{ type: 'wiped' }] },
  troubles: {
    path: '/',
    events: [
      opened(contacts),
      ...(['storage-evicted', 'settings-evicted', 'record-damaged'] as const).map((trouble): Event => ({ type: 'trouble', trouble })),
    ],
  },
  insecure: { path: '/', events: [] },
  unsupported: { path: '/', events: [] },
}
