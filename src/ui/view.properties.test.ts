import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContactView, Event, MessageView } from '../messenger/api.ts'
import { apply, applyAll, initialView, newcomersView, type View } from './view.ts'

const contactIds = ['a', 'b', 'c'].map((digit) => digit.repeat(64))
const contactId = fc.constantFrom(...contactIds)
const place = fc.integer({ min: 0, max: 12 })
const state = fc.constantFrom('waiting' as const, 'on-relay' as const, 'delivered' as const, 'failed' as const)

const contact: fc.Arbitrary<ContactView> = fc
  .record({ contactId, name: fc.constantFrom('', 'Dora'), atMs: fc.integer({ min: 0, max: 9 }), unread: fc.integer({ min: 0, max: 3 }) })
  .map(({ atMs, ...rest }) => ({
    ...rest,
    pairedAtMs: 5,
    safetyNumber: '',
    line: 'relay',
    draft: '',
    newest: atMs === 0 ? undefined : { text: '', atMs, direction: 'in' },
    waiting: 0,
    origin: { how: 'code' },
    devices: 1,
    mailboxFull: false,
    stopped: undefined,
    renewals: [],
    deviceChanges: [],
  }))

/** A message's id and place belong together, as they do in the worker. */
const message: fc.Arbitrary<MessageView> = fc
  .record({ contactId, place, direction: fc.constantFrom('in' as const, 'out' as const), text: fc.constantFrom('a', 'b'), state })
  .map((rest) => ({ ...rest, messageId: String(rest.place), sentAtMs: 0, arrivedAtMs: 0 }))

const opened: Event = {
  type: 'opened',
  settings: newcomersView.settings,
  contacts: [],
  unconfirmed: 0,
  pairing: undefined,
  connection: newcomersView.connection,
  introductions: [],
  misbehaviour: [],
  ownDevices: [],
}

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: contact.map((changed): Event => ({ type: 'contact-changed', contact: changed })) },
  {
    weight: 8,
    arbitrary: fc.tuple(message, fc.boolean()).map(([changed, isNew]): Event => ({ type: 'message-changed', message: changed, isNew })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({ contactId, messageId: place.map(String), state })
      .map((changed): Event => ({ type: 'message-state-changed', ...changed })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(contactId, fc.array(message, { maxLength: 4 }), fc.boolean(), fc.option(fc.nat(9), { nil: undefined }))
      .map(([of, messages, reachedStart, before]): Event => ({ type: 'messages-loaded', contactId: of, before, messages, reachedStart })),
  },
  contactId.map((removed): Event => ({ type: 'contact-removed', contactId: removed })),
  contactId.map((of): Event => ({ type: 'message-refused', contactId: of, reason: 'too-long', excessBytes: 1 })),
  fc.nat(9).map((done): Event => ({ type: 'catching-up-changed', progress: { done, total: 9 } })),
  fc.nat(9).map((unconfirmed): Event => ({ type: 'unconfirmed-changed', unconfirmed })),
  fc.constant<Event>({ type: 'trouble', trouble: 'storage-full' }),
  fc.constant(opened),
  fc.constant<Event>({ type: 'opened-elsewhere' }),
)

test('many events at once lead where they lead one by one', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, isOpen) => {
      const first: View = isOpen ? newcomersView : initialView
      expect(applyAll(first, events)).toEqual(events.reduce(apply, first))
    }),
  )
})
