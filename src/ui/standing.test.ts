import { describe, expect, test } from 'vitest'
import { MAX_OWN_DEVICES, type OwnDeviceView } from '../messenger/api.ts'
import { isFull, listEnd, mayRemove, standingOf, whyNotLinked } from './standing.ts'
import { newcomersView } from './view.ts'

const device = (tag: number, rest: Partial<OwnDeviceView> = {}): OwnDeviceView => ({
  tag,
  name: '',
  addedAtMs: 0,
  heardAtMs: undefined,
  isThis: false,
  isMain: false,
  becomesMain: undefined,
  isUnfinished: false,
  wantsToBeMain: false,
  isUnused: false,
  handover: undefined,
  listEndsAtMs: undefined,
  ...rest,
})

const mainHere = device(1, { isThis: true, isMain: true })
const [phone, laptop] = [device(2), device(3)]
const removable = (devices: readonly OwnDeviceView[]) => devices.filter((each) => mayRemove(devices, each)).map(({ tag }) => tag)

test('the main device removes all others, and nobody else removes any', () => {
  expect(standingOf([mainHere, phone, laptop])).toBe('main')
  expect(removable([mainHere, phone, laptop])).toEqual([2, 3])
  const elsewhere = [device(1, { isMain: true }), device(2, { isThis: true }), laptop]
  expect(standingOf(elsewhere)).toBe('linked')
  expect(removable(elsewhere)).toEqual([])
})

test('where it is not known which one is the main device, it is not this one', () => {
  expect(standingOf([device(1, { isThis: true }), phone])).toBe('linked')
})

test('before anybody is here, this is the main device of nobody', () => expect(standingOf([])).toBe('main'))

test('while another one becomes the main device, that one alone can be removed', () => {
  const giving = [mainHere, phone, device(3, { becomesMain: 'given' })]
  expect(standingOf(giving)).toBe('giving')
  expect(removable(giving)).toEqual([3])
})

test('the list is full where the account takes no more devices', () => {
  const devices = Array.from({ length: MAX_OWN_DEVICES }, (_, i) => device(i + 1))
  expect([isFull(devices.slice(1)), isFull(devices)]).toEqual([false, true])
})

test('a browser in which somebody is becomes no other device, also where the other side has not answered yet', () => {
  const introduction = { introductionId: '', name: '', byName: '', arrivedAtMs: 0 }
  expect(whyNotLinked({ ...newcomersView, ownDevices: [mainHere] }, 'new')).toBeUndefined()
  expect(whyNotLinked({ ...newcomersView, introductions: [introduction] }, 'new')).toBe('somebody-here')
  expect(whyNotLinked({ ...newcomersView, unconfirmed: 1 }, 'new')).toBe('somebody-here')
  expect(whyNotLinked({ ...newcomersView, ownDevices: [phone, mainHere] }, 'new')).toBe('already')
})

test('only the main device links another one, and while there is room', () => {
  const linked = (...ownDevices: readonly OwnDeviceView[]) => whyNotLinked({ ...newcomersView, ownDevices }, 'main')
  const nine = Array.from({ length: MAX_OWN_DEVICES - 1 }, (_, i) => device(i + 2))
  expect([linked(), linked(mainHere, phone), linked(mainHere, ...nine.slice(1))]).toEqual([undefined, undefined, undefined])
  expect([linked(phone, laptop), linked(mainHere, ...nine)]).toEqual(['cannot-list', 'cannot-list'])
})

describe('the end of the list', () => {
  const day = 86_400_000
  const linked = (listEndsAtMs: number | undefined) => [device(1, { isMain: true }), device(2, { isThis: true, listEndsAtMs })]

  test('is said from 30 days before on, and once it is over', () => {
    expect(listEnd(linked(31 * day), day - 1)).toBeUndefined()
    expect(listEnd(linked(31 * day), day)).toEqual({ atMs: 31 * day, isOver: false })
    expect(listEnd(linked(31 * day), 31 * day - 1)).toEqual({ atMs: 31 * day, isOver: false })
    expect(listEnd(linked(31 * day), 31 * day)).toEqual({ atMs: 31 * day, isOver: true })
  })

  test('is not said on the main device, which renews it', () => {
    expect(listEnd(linked(undefined), 100 * day)).toBeUndefined()
    expect(listEnd([], 100 * day)).toBeUndefined()
  })
})
