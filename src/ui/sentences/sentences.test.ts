import { describe, expect, test } from 'vitest'
import type { PairingFailure, Trouble } from '../../messenger/api.ts'
import { de } from './de.ts'
import { en, type Sentences } from './en.ts'
import { pluralIn } from './plural.ts'

/** Every name of each union; a new one that is missing here does not compile. */
const failures = {
  'codes-differ': 0,
  'nobody-there': 0,
  'room-busy': 0,
  'too-many-failures': 0,
  'own-code': 0,
  'relay-unreachable': 0,
  'other-side-left': 0,
  expired: 0,
  'other-version': 0,
  'code-for-pairing': 0,
  'code-for-linking': 0,
  'same-role': 0,
  'somebody-here': 0,
  'cannot-list': 0,
} satisfies Record<PairingFailure, 0>
const troubles = {
  'storage-full': 0,
  'storage-failed': 0,
  'storage-held-up': 0,
  'storage-evicted': 0,
  'settings-evicted': 0,
  'record-damaged': 0,
  unexpected: 0,
  'taken-over': 0,
  outdated: 0,
} satisfies Record<Trouble, 0>

/** Functions are asked with a word that stands for a number, a name or a time. */
const spoken = (sentence: unknown, path: string): readonly (readonly [path: string, text: string])[] => {
  if (typeof sentence === 'string') return [[path, sentence]]
  // Each takes numbers or texts only; both read as a text here.
  if (typeof sentence === 'function') return [[path, String((sentence as (...words: number[]) => string)(3, 3))]]
  return Object.entries(sentence as object).flatMap(([name, inner]) => spoken(inner, path === '' ? name : `${path}.${name}`))
}

/** Words of the protocol. The settings of the connection and its report may say them. */
const jargon = /\b(handshake|session|ratchet|envelope|outbox|prekey|peer|WebRTC|socket|payload|ciphertext|Sitzung|Umschlag)\b/i
const acronyms = /\b(ICE|STUN|TURN|SPAKE2?|PQXDH|X3DH|ML-KEM|KEM|DTLS)\b/

const languages: readonly (readonly [string, Sentences])[] = [
  ['English', en],
  ['German', de],
]

describe.each(languages)('%s', (_, sentences) => {
  const all = spoken(sentences, '')

  test('has no empty sentence', () => {
    expect(all.filter(([, text]) => text.trim() === '')).toEqual([])
  })

  test('has the same sentences as English', () => {
    expect(all.map(([path]) => path)).toEqual(spoken(en, '').map(([path]) => path))
  })

  test('says why, for every reason', () => {
    for (const reason of Object.keys(failures)) expect(sentences.failures).toHaveProperty([reason])
    for (const trouble of Object.keys(troubles)) expect(sentences.troubles).toHaveProperty([trouble])
    for (const state of ['waiting', 'on-relay', 'delivered', 'failed', 'received']) {
      expect(sentences.conversation.states).toHaveProperty([state])
      expect(sentences.conversation.stateMeanings).toHaveProperty([state])
    }
  })

  test('keeps the words of the protocol out of the screens', () => {
    expect(all.filter(([path, text]) => !path.startsWith('connection.') && (jargon.test(text) || acronyms.test(text)))).toEqual([])
  })

  test('never advises to try a spent code again', () => {
    expect(all.filter(([path, text]) => /failures/i.test(path) && /\b(try again|noch einmal versuchen)\b/i.test(text))).toEqual([])
  })
})

test('German is not English', () => {
  const shared = new Map(spoken(en, ''))
  const sameOnPurpose =
    /^(common\.parley|home\.unreadShort|conversation\.arrived|enterCode\.code|linking\.kinds\.computer|details\.name|lock\.passphrase|settings\.version|direction)$/
  expect(spoken(de, '').filter(([path, text]) => shared.get(path) === text && !sameOnPurpose.test(path))).toEqual([])
})

test('the sentences of the table are said as they are written there', () => {
  expect(en.failures['codes-differ']).toBe(
    'The codes did not match. This code is used up. Get a new one. (If neither of you mistyped, someone may be interfering.)',
  )
  expect(en.failures['nobody-there']).toBe('No one is waiting with this code. It may have expired.')
  expect(en.failures['room-busy']).toBe('Someone else is already using this code. Get a new one.')
  expect(en.failures['too-many-failures']('9:30')).toBe('Too many tries. Wait 9:30 or use the link.')
  expect(en.identity.changed('Bob')).toBe('Bob’s identity has changed.')
  expect(en.conversation.mailboxFull('Bob')).toBe('Bob’s mailbox is full. Your messages wait here until they have been fetched.')
  expect(en.details.introducedBy('Bob')).toBe('Introduced by Bob')
  expect(en.showCode.readAloud).toBe('Read it aloud. It works once.')
  expect(en.showCode.expiresIn('4:59')).toBe('expires in 4:59')
})

test('plurals follow the rules of the language', () => {
  expect(en.home.unread(1)).toBe('1 unread message')
  expect(en.home.unread(2)).toBe('2 unread messages')
  expect(de.home.unread(1)).toBe('1 ungelesene Nachricht')
  expect(de.home.unread(1200)).toBe('1.200 ungelesene Nachrichten')
  expect(en.home.fetched(1280, 5000)).toBe('1,280 of 5,000')
  expect(de.home.fetched(1280, 5000)).toBe('1.280 von 5.000')
  expect([0, 1, 2].map(en.details.devices)).toEqual([
    'It is not known yet on how many devices your messages are read.',
    'Your messages go to 1 device.',
    'Your messages go to 2 devices.',
  ])
  const arabic = pluralIn('ar-u-nu-latn')
  expect([0, 1, 2, 3, 11].map((count) => arabic(count, { zero: 'z', one: 'o', two: 't', few: 'f', many: 'm', other: 'x' }))).toEqual([
    'z',
    'o',
    't',
    'f',
    'm',
  ])
})
