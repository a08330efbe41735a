import { describe, expect, test } from 'vitest'
import type { ContactView, Event, MessageView, OwnDeviceView } from '../messenger/api.ts'
import { apply, initialView, type OpenView, type View, withMissed, withoutTrouble } from './view.ts'

const anna = 'a'.repeat(64)
const bert = 'b'.repeat(64)

const contact = (contactId: string, rest: Partial<ContactView> = {}): ContactView => ({
  contactId,
  name: '',
  pairedAtMs: 1_000,
  safetyNumber: '0'.repeat(60),
  unread: 0,
  line: 'offline',
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

const message = (place: number, rest: Partial<MessageView> = {}): MessageView => ({
  contactId: anna,
  messageId: String(place).padStart(32, '0'),
  place,
  direction: 'in',
  text: `text ${place}`,
  sentAtMs: place,
  arrivedAtMs: place,
  state: 'received',
  ...rest,
})

const opened = (contacts: readonly ContactView[] = [], ownDevices: readonly OwnDeviceView[] = []): Event => ({
  type: 'opened',
  settings: { displayName: '', theme: 'system', relayOnly: false, iceServers: [], notifications: 'unasked' },
  contacts,
  unconfirmed: 0,
  pairing: undefined,
  connection: { relay: 'idle', directLinesPossible: true, relayOnly: false, storage: undefined, paths: [], refusals: {}, isRemoved: false },
  introductions: [],
  misbehaviour: [],
  ownDevices,
})

const after = (...events: readonly Event[]): View => events.reduce(apply, initialView)

const openAfter = (...events: readonly Event[]): OpenView => {
  const view = after(...events)
  if (view.phase !== 'open') throw new Error(`not open but ${view.phase}`)
  return view
}

const loaded = (messages: readonly MessageView[], reachedStart = false, before?: number): Event => ({
  type: 'messages-loaded',
  contactId: anna,
  before,
  messages,
  reachedStart,
})
const changed = (changedMessage: MessageView, isNew: boolean): Event => ({ type: 'message-changed', message: changedMessage, isNew })
const places = (view: OpenView): readonly number[] => view.conversations.get(anna)?.messages.map(({ place }) => place) ?? []

describe('which screen', () => {
  test('starts, opens, gives way to another tab and opens again', () => {
    expect(initialView.phase).toBe('starting')
    expect(after(opened()).phase).toBe('open')
    expect(after(opened(), { type: 'opened-elsewhere' }).phase).toBe('elsewhere')
    expect(after({ type: 'opened-elsewhere' }, opened()).phase).toBe('open')
    expect(after({ type: 'could-not-open', why: 'record-damaged' })).toMatchObject({ phase: 'shut', why: 'record-damaged' })
    expect(after({ type: 'could-not-open', why: 'record-damaged' }, { type: 'wiped' }).phase).toBe('wiped')
    expect(after(opened(), { type: 'leaving' })).toEqual({ phase: 'leaving', troubles: [] })
    expect(after(opened(), { type: 'wiped' })).toEqual({ phase: 'wiped', troubles: [] })
  })

  test('an event for an open profile changes nothing where none is open', () => {
    for (const view of [initialView, after({ type: 'opened-elsewhere' }), after(opened(), { type: 'wiped' })]) {
      expect(apply(view, { type: 'contact-changed', contact: contact(anna) })).toBe(view)
      expect(apply(view, changed(message(1), true))).toBe(view)
    }
  })

  test('opening again forgets what was loaded before: another tab may have changed it', () => {
    const view = openAfter(opened([contact(anna)]), loaded([message(1)]), { type: 'opened-elsewhere' }, opened([contact(anna)]))
    expect(view.conversations.size).toBe(0)
  })
})

test('opening again forgets a file that another tab wrote, and keeps words that are being written down', () => {
  const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
  const shown = after(
    opened(),
    { type: 'recovery-phrase-made', phrase: words },
    { type: 'transfer-changed', transfer: { phase: 'running', kind: 'export', done: 1, total: 2 } },
  )
  expect(apply(shown, opened())).toMatchObject({ transfer: undefined, recoveryPhrase: words })
})

test('a conversation that is cleared is empty and goes on', () => {
  const view = openAfter(opened([contact(anna)]), loaded([message(1)]), { type: 'conversation-cleared', contactId: anna })
  expect(view.conversations.get(anna)).toMatchObject({ messages: [], reachedStart: true })
  const next = apply(view, changed(message(2), true))
  expect(next.phase === 'open' && places(next)).toEqual([2])
})

describe('another stretch of a conversation', () => {
  const from = (place: number, messages: readonly MessageView[], isJump: boolean, reachedEnd = false): Event => ({
    type: 'messages-loaded-from',
    contactId: anna,
    from: place,
    isJump,
    messages,
    reachedStart: false,
    reachedEnd,
  })
  const jumped = [opened([contact(anna)]), loaded([message(98), message(99)]), from(4, [message(4), message(5)], true)]

  test('takes the place of what was loaded, and goes on at its end', () => {
    const view = openAfter(...jumped)
    expect(places(view)).toEqual([4, 5])
    expect(view.conversations.get(anna)).toMatchObject({ reachedStart: false, reachedEnd: false, stretch: 1 })
    expect(places(openAfter(...jumped, from(6, [message(6)], false)))).toEqual([4, 5, 6])
    expect(openAfter(...jumped, from(6, [message(6)], false, true)).conversations.get(anna)?.reachedEnd).toBe(true)
  })

  test('has no gaps: what does not follow on it, and what is new, is left out', () => {
    expect(places(openAfter(...jumped, from(8, [message(8)], false)))).toEqual([4, 5])
    expect(places(openAfter(...jumped, changed(message(100), true)))).toEqual([4, 5])
    expect(places(openAfter(...jumped, from(6, [], false, true), changed(message(6), true)))).toEqual([4, 5, 6])
    expect(places(openAfter(opened([contact(anna)]), from(6, [message(6)], false)))).toEqual([])
  })

  test('gives way to the newest end as a whole', () => {
    const view = openAfter(...jumped, loaded([message(98), message(99)]))
    expect(places(view)).toEqual([98, 99])
    expect(view.conversations.get(anna)).toMatchObject({ reachedEnd: true, stretch: 2 })
  })
})

describe('what was found', () => {
  const next = { contactId: anna, place: 5, atMs: 5_000 }
  const found = (placesFound: readonly number[], rest: Partial<Extract<Event, { type: 'messages-found' }>> = {}): Event => ({
    type: 'messages-found',
    contactId: anna,
    query: 'station',
    after: undefined,
    messages: placesFound.map((place) => ({
      contactId: anna,
      messageId: `${place}`,
      place,
      direction: 'in',
      sentAtMs: place,
      snippet: [{ text: 'station', isFound: true }],
    })),
    total: 4,
    next,
    behind: 0,
    ...rest,
  })
  const placesFound = (...events: readonly Event[]) =>
    openAfter(opened([contact(anna)]), ...events).found?.messages.map(({ place }) => place)

  test('is the last answer, and pages that follow on it', () => {
    expect(placesFound(found([7, 5]))).toEqual([7, 5])
    expect(placesFound(found([7, 5]), found([3, 2], { after: next, next: undefined }))).toEqual([7, 5, 3, 2])
    expect(placesFound(found([7, 5]), found([9], { query: 'other' }))).toEqual([9])
  })

  test('takes no page of another query, another conversation or another place', () => {
    for (const other of [{ query: 'stat' }, { contactId: undefined }, { after: { ...next, place: 6 } }])
      expect(placesFound(found([7, 5]), found([3], { after: next, ...other }))).toEqual([7, 5])
  })

  test('is forgotten with its conversation', () => {
    expect(placesFound(found([7]), { type: 'conversation-cleared', contactId: anna })).toBeUndefined()
    expect(placesFound(found([7], { contactId: undefined }), { type: 'contact-removed', contactId: anna })).toBeUndefined()
    expect(placesFound(found([7]), { type: 'conversation-cleared', contactId: bert })).toEqual([7])
  })
})

describe('another tab that has the profile', () => {
  test('sleeps, and what is shown stays; opening again is an end of that', () => {
    const sleeping = openAfter(opened([contact(anna)]), { type: 'owner-silence-changed', silent: true })
    expect(sleeping).toMatchObject({ ownerSilent: true, contacts: [{ contactId: anna }] })
    expect(apply(sleeping, { type: 'owner-silence-changed', silent: false })).toMatchObject({ ownerSilent: false })
    expect(apply(sleeping, opened())).toMatchObject({ ownerSilent: false })
  })

  test('a page that was asked for before everything was told anew leaves no gap: it is not taken', () => {
    const begun = openAfter(opened([contact(anna)]), loaded([message(8)], false, 9))
    expect(places(begun)).toEqual([])
    const loadedAgain = openAfter(opened([contact(anna)]), loaded([message(12), message(13)]), loaded([message(8)], false, 9))
    expect(places(loadedAgain)).toEqual([12, 13])
    expect(places(openAfter(opened([contact(anna)]), loaded([message(12), message(13)]), loaded([message(11)], false, 12)))).toEqual([
      11, 12, 13,
    ])
  })
})

describe('a lock', () => {
  const lock = { phase: 'locked', failures: 0, waitUntilMs: undefined, refusal: undefined, passkey: undefined } as const

  test('leaves nothing of what was shown', () => {
    const locked = after(opened([contact(anna, { name: 'Anna' })]), { type: 'locked', lock })
    expect(locked).toEqual({ phase: 'locked', lock, troubles: [] })
    expect(after(opened([contact(anna)]), { type: 'locking' })).toEqual(initialView)
    expect(after({ type: 'locked', lock }, opened()).phase).toBe('open')
  })

  test('shows how far everything is encrypted anew', () => {
    const moving = after(opened(), { type: 'moving', lockIsSet: true, done: 1, total: 2 })
    expect(moving).toEqual({ phase: 'moving', lockIsSet: true, done: 1, total: 2, troubles: [] })
    expect(after({ type: 'moving', lockIsSet: true, done: 2, total: 2 }, opened()).phase).toBe('open')
  })

  test('is known to Settings until all is told anew', () => {
    const told: Event = { type: 'lock-changed', lock: { isSet: true, hasPasskey: true, autoLockMinutes: 5 } }
    expect(after(opened(), told)).toMatchObject({ lock: { isSet: true, hasPasskey: true, autoLockMinutes: 5 } })
    expect(after(opened(), told, opened())).toMatchObject({ lock: { isSet: false } })
  })

  test('answers each thing that is wanted of it by itself, and has answered where another tab goes on, until it is locked', () => {
    const wrong: Event = { type: 'lock-answered', command: 'change-passphrase', refusal: 'wrong' }
    const done: Event = { type: 'lock-answered', command: 'set-auto-lock', refusal: undefined }
    const lockAnswers = { 'change-passphrase': { refusal: 'wrong' }, 'set-auto-lock': { refusal: undefined } }
    expect(after(opened(), wrong, done)).toMatchObject({ lockAnswers })
    expect(after(opened(), wrong, done, opened())).toMatchObject({ lockAnswers })
    expect(after(opened(), wrong, done, { type: 'locked', lock }, opened())).toHaveProperty('lockAnswers', {})
  })
})

describe('contacts', () => {
  test('the one with the newest message comes first; without messages the time of pairing counts', () => {
    const newest = { text: '', atMs: 3_000, direction: 'in' as const }
    expect(
      openAfter(opened([contact(anna, { pairedAtMs: 2_000 }), contact(bert, { newest })])).contacts.map(({ contactId }) => contactId),
    ).toEqual([bert, anna])
  })

  test('a changed contact moves to its place, a new one is added, a removed one goes with its messages', () => {
    const moved = openAfter(opened([contact(bert, { pairedAtMs: 2_000 }), contact(anna)]), {
      type: 'contact-changed',
      contact: contact(anna, { newest: { text: 'hello', atMs: 9_000, direction: 'in' } }),
    })
    expect(moved.contacts.map(({ contactId }) => contactId)).toEqual([anna, bert])
    const removed = openAfter(opened([contact(anna)]), loaded([message(1)]), { type: 'contact-removed', contactId: anna })
    expect(removed.contacts).toEqual([])
    expect(removed.conversations.has(anna)).toBe(false)
  })
})

describe('messages', () => {
  test('older ones come in front, in order of place, each once', () => {
    const view = openAfter(opened(), loaded([message(5), message(6)]), loaded([message(3), message(4), message(5)], true))
    expect(places(view)).toEqual([3, 4, 5, 6])
    expect(view.conversations.get(anna)?.reachedStart).toBe(true)
  })

  test('a new one is added where the conversation is loaded, and only there', () => {
    expect(places(openAfter(opened(), loaded([message(5)]), changed(message(6), true)))).toEqual([5, 6])
    expect(openAfter(opened(), changed(message(6), true)).conversations.size).toBe(0)
  })

  test('a new state of one that is not loaded leaves no gap behind', () => {
    expect(places(openAfter(opened(), loaded([message(5)]), changed(message(2, { state: 'delivered' }), false)))).toEqual([5])
  })

  test('a new state replaces the old one', () => {
    const out = message(5, { direction: 'out', state: 'waiting' })
    const view = openAfter(opened(), loaded([out]), changed({ ...out, state: 'delivered' }, false))
    expect(view.conversations.get(anna)?.messages).toEqual([{ ...out, state: 'delivered' }])
  })

  test('a state alone changes the message that is loaded, and adds none', () => {
    const out = message(5, { direction: 'out', state: 'waiting' })
    const onRelay = (messageId: string): Event => ({ type: 'message-state-changed', contactId: anna, messageId, state: 'on-relay' })
    const view = openAfter(opened(), loaded([out]), onRelay(out.messageId), onRelay('f'.repeat(32)))
    expect(view.conversations.get(anna)?.messages).toEqual([{ ...out, state: 'on-relay' }])
    const before = openAfter(opened(), loaded([out]))
    expect(apply(before, onRelay('f'.repeat(32)))).toEqual(before)
    expect(openAfter(opened(), onRelay(out.messageId)).conversations.size).toBe(0)
  })

  test('only a new incoming one is announced', () => {
    expect(openAfter(opened(), changed(message(1), true)).arrived?.place).toBe(1)
    expect(openAfter(opened(), changed(message(1), false)).arrived).toBeUndefined()
    expect(openAfter(opened(), changed(message(1, { direction: 'out' }), true)).arrived).toBeUndefined()
  })

  test('a refusal stays until the next message is taken', () => {
    const refused: Event = { type: 'message-refused', contactId: anna, reason: 'too-long', excessBytes: 7 }
    expect(openAfter(opened(), loaded([]), refused).conversations.get(anna)?.refused).toEqual({ reason: 'too-long', excessBytes: 7 })
    const taken = openAfter(opened(), loaded([]), refused, changed(message(1, { direction: 'out', state: 'waiting' }), true))
    expect(taken.conversations.get(anna)?.refused).toBeUndefined()
  })

  test('an event leaves the view before it as it was', () => {
    const before = openAfter(opened([contact(anna)]), loaded([message(1)]))
    const copy = structuredClone(before)
    apply(before, changed(message(2), true))
    apply(before, { type: 'contact-removed', contactId: anna })
    expect(before).toEqual(copy)
  })
})

describe('what the screens are told of beside messages', () => {
  test('introductions, wrongs of the relay and what is being fetched are replaced as a whole', () => {
    const introduction = { introductionId: '1'.repeat(32), name: 'Dora', byName: 'Bert', arrivedAtMs: 1 }
    const wrong = { id: 'w', atMs: 1, what: 'wrong-keys', contactId: anna, count: 2 } as const
    const view = openAfter(
      opened(),
      { type: 'introductions-changed', introductions: [introduction] },
      { type: 'misbehaviour-changed', misbehaviour: [wrong] },
      { type: 'catching-up-changed', progress: { done: 1, total: 300 } },
      { type: 'contacts-introduced', contactIds: [anna, bert] },
    )
    expect(view).toMatchObject({
      introductions: [introduction],
      misbehaviour: [wrong],
      catchingUp: { done: 1, total: 300 },
      introduced: [anna, bert],
    })
    expect(apply(view, { type: 'catching-up-changed', progress: undefined })).toMatchObject({ catchingUp: undefined })
  })

  test('own devices are told as a whole, and anew when Parley opens', () => {
    const device = {
      tag: 7,
      name: 'Phone',
      addedAtMs: 1,
      heardAtMs: undefined,
      isThis: true,
      isMain: false,
      wantsToBeMain: false,
      becomesMain: undefined,
      isUnfinished: false,
      isUnused: false,
      handover: { done: 1, total: 3 },
      listEndsAtMs: 5,
    }
    const other = { ...device, tag: 8, isThis: false }
    const changed: Event = { type: 'own-devices-changed', ownDevices: [device, other] }
    expect(openAfter(opened([], [other])).ownDevices).toEqual([other])
    const view = openAfter(opened(), changed)
    expect(view.ownDevices).toEqual([device, other])
    expect(openAfter(opened(), changed, { type: 'own-devices-changed', ownDevices: [device] }).ownDevices).toEqual([device])
    expect(apply(view, opened())).toMatchObject({ ownDevices: [] })
    expect(after(changed)).toBe(initialView)
  })

  test('that a message was missed is known until Parley opens anew', () => {
    const missed = withMissed(after(opened()))
    expect(missed).toMatchObject({ missed: true })
    expect(apply(missed, opened())).toMatchObject({ missed: false })
    expect(withMissed(initialView)).toBe(initialView)
  })
})

describe('a text that could not be kept', () => {
  test('is given back, and so is each one after it', () => {
    const lost = (text: string): Event => ({ type: 'message-not-kept', contactId: anna, text })
    const view = after(opened(), lost('one'), lost('two'))
    expect(view.phase === 'open' && view.conversations.get(anna)?.unkept).toEqual(['one', 'two'])
  })
})

describe('troubles', () => {
  test('each is told once, survives opening, and goes only when it is closed', () => {
    const trouble: Event = { type: 'trouble', trouble: 'storage-evicted' }
    const view = after(trouble, trouble, opened(), { type: 'trouble', trouble: 'storage-full' })
    expect(view.troubles).toEqual(['storage-evicted', 'storage-full'])
    expect(withoutTrouble(view, 'storage-evicted').troubles).toEqual(['storage-full'])
    expect(apply(withoutTrouble(view, 'storage-evicted'), trouble).troubles).toEqual(['storage-full', 'storage-evicted'])
  })
})
