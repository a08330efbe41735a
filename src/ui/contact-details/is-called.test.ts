import { expect, test } from 'vitest'
import { isCalled } from './is-called.ts'

test.each([
  ['Anna', ''],
  ['Anna', '  '],
  ['Anna', 'ann'],
  ['Bartholomew Featherstonehaugh', 'fea bart'],
  ['Zoë Müller', 'zoe muller'],
  ['Łukasz', 'łuk'],
  ['ﬁona', 'fiona'],
  ['田中さん', '田中'],
  ['نورا', 'نو'],
])('%s is found by %j', (name, sought) => expect(isCalled(name, sought)).toBe(true))

test.each([
  ['Anna', 'anne'],
  ['Anna', 'a b'],
  ['', 'a'],
])('%j is not found by %j', (name, sought) => expect(isCalled(name, sought)).toBe(false))
