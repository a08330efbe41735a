import { expect, test } from 'vitest'
import { createLocalBus, type Take } from './bus.ts'

const message = Uint8Array.of(1, 2, 3)
const encode = () => message
const neverCalled = () => {
  throw new Error('nobody hears it')
}
const subscriber = (takes = true) => {
  const heard: (readonly [string, Uint8Array])[] = []
  const take: Take = (topic, bytes) => {
    heard.push([topic, bytes])
    return takes
  }
  return { take, heard }
}

test('a message goes to who subscribed its topic, and to nobody else', () => {
  const bus = createLocalBus()
  const [one, other] = [subscriber(), subscriber()]
  bus.subscribe('a', one.take)
  bus.subscribe('b', other.take)
  expect(bus.publish('a', encode)).toBe(1)
  expect(bus.publish('c', neverCalled)).toBe(0)
  expect(one.heard).toEqual([['a', message]])
  expect(other.heard).toEqual([])
})

test('every subscriber of a topic hears it; those who did not take it do not count', () => {
  const bus = createLocalBus()
  const [one, other, third] = [subscriber(), subscriber(false), subscriber()]
  for (const { take } of [one, other, third]) bus.subscribe('a', take)
  expect(bus.publish('a', encode)).toBe(2)
  expect([one, other, third].map(({ heard }) => heard.length)).toEqual([1, 1, 1])
})

test('a single subscriber that does not take it', () => {
  const bus = createLocalBus()
  bus.subscribe('a', subscriber(false).take)
  expect(bus.publish('a', encode)).toBe(0)
})

test('subscribed twice is subscribed once', () => {
  const bus = createLocalBus()
  const [one, other] = [subscriber(), subscriber()]
  bus.subscribe('a', one.take)
  bus.subscribe('a', one.take)
  expect(bus.publish('a', encode)).toBe(1)
  bus.subscribe('a', other.take)
  bus.subscribe('a', other.take)
  expect(bus.publish('a', encode)).toBe(2)
})

test('nothing is left of who unsubscribed; strangers unsubscribe nobody', () => {
  const bus = createLocalBus()
  const [one, other] = [subscriber(), subscriber()]
  bus.subscribe('a', one.take)
  bus.unsubscribe('a', other.take)
  bus.unsubscribe('b', other.take)
  expect(bus.publish('a', encode)).toBe(1)
  bus.subscribe('a', other.take)
  bus.unsubscribe('a', one.take)
  expect(bus.publish('a', encode)).toBe(1)
  bus.unsubscribe('a', other.take)
  expect(bus.publish('a', encode)).toBe(0)
  expect(bus.size()).toBe(0)
})

test('a subscriber may subscribe and unsubscribe while it is told', () => {
  const bus = createLocalBus()
  const later = subscriber()
  const once: Take = (topic) => {
    bus.unsubscribe(topic, once)
    bus.subscribe(topic, later.take)
    return true
  }
  const [one] = [subscriber()]
  bus.subscribe('a', once)
  bus.subscribe('a', one.take)
  expect(bus.publish('a', encode)).toBe(2)
  expect(bus.publish('a', encode)).toBe(2)
  expect(later.heard).toHaveLength(1)
})
