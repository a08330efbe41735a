import { expect, it } from 'vitest'
import type { Event } from '../messenger/api.ts'
import { audienceOf } from './audience.ts'

const contactId = 'a'.repeat(64)

it.each<[string, Event]>([
  ['asker', { type: 'messages-loaded', contactId, before: undefined, messages: [], reachedStart: true }],
  ['asker', { type: 'messages-loaded-from', contactId, from: 1, isJump: true, messages: [], reachedStart: true, reachedEnd: true }],
  ['asker', { type: 'messages-found', contactId, query: '', after: undefined, messages: [], total: 0, next: undefined, behind: 0 }],
  ['asker', { type: 'message-refused', contactId, reason: 'empty', excessBytes: 0 }],
  ['asker', { type: 'contacts-introduced', contactIds: [contactId, contactId] }],
  ['owner', { type: 'message-missed', contactId }],
  ['all', { type: 'pairing-changed', pairing: undefined }],
  ['all', { type: 'contact-removed', contactId }],
  ['all', { type: 'could-not-open', why: 'storage-failed' }],
  ['all', { type: 'trouble', trouble: 'storage-full' }],
  ['all', { type: 'wiped' }],
])('%s: %j', (audience, event) => {
  expect(audienceOf(event)).toBe(audience)
})
