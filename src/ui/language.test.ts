import { expect, test } from 'vitest'
import { pickLanguage } from './language.ts'

test.each([
  [undefined, ['de-AT', 'en'], { tag: 'de', locale: 'de-AT' }],
  [undefined, ['fr-FR', 'en-GB'], { tag: 'en', locale: 'en-GB' }],
  [undefined, ['fr-FR'], { tag: 'en', locale: 'en' }],
  [undefined, [], { tag: 'en', locale: 'en' }],
  ['de', ['en-GB'], { tag: 'de', locale: 'de' }],
  ['en', ['de-DE', 'en-US'], { tag: 'en', locale: 'en-US' }],
] as const)('chosen %s, browser %j', (chosen, preferred, picked) => expect(pickLanguage(chosen, preferred)).toEqual(picked))
