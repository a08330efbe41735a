import { expect, test } from 'vitest'
import {
  BATCH_LIFE_MS,
  canBeNamed,
  isRefillDue,
  isRotationDue,
  oneTimeEndsAtMs,
  ROTATION_MS,
  STATEMENT_LIFE_MS,
  statementEndsAtMs,
} from './lifetimes.ts'

const DAY_MS = 86_400_000
const born = { createdAtMs: 100 * DAY_MS }

test('signed keys rotate after two days', () => {
  expect(isRotationDue(born, born.createdAtMs)).toBe(false)
  expect(isRotationDue(born, born.createdAtMs + 2 * DAY_MS - 1)).toBe(false)
  expect(isRotationDue(born, born.createdAtMs + 2 * DAY_MS)).toBe(true)
})

test('signed keys from a future that our clock has left rotate at once, else their statement would promise too much', () => {
  expect(isRotationDue(born, born.createdAtMs - DAY_MS)).toBe(false)
  expect(isRotationDue(born, born.createdAtMs - DAY_MS - 1)).toBe(true)
})

test('one-time keys are refilled below 20', () => {
  expect(isRefillDue(20)).toBe(false)
  expect(isRefillDue(19)).toBe(true)
})

test('a batch is named as long as it outlives the statement', () => {
  const batch = { expiresAtMs: 45 * DAY_MS }
  expect(canBeNamed(batch, 38 * DAY_MS)).toBe(true)
  expect(canBeNamed(batch, 38 * DAY_MS + 1)).toBe(false)
})

test('a batch from a future that our clock has left is not named: nobody would believe how long it lives', () => {
  const batch = { expiresAtMs: 46 * DAY_MS }
  expect(canBeNamed(batch, 0)).toBe(true)
  expect(canBeNamed(batch, -1)).toBe(false)
})

test('private halves outlive whatever may still be on its way: 38 and 83 days', () => {
  expect(statementEndsAtMs(0)).toBe(38 * DAY_MS)
  expect(oneTimeEndsAtMs(0)).toBe(83 * DAY_MS)
  const longestInMailbox = 30 * DAY_MS
  expect(statementEndsAtMs(0)).toBeGreaterThan(STATEMENT_LIFE_MS + longestInMailbox)
  expect(oneTimeEndsAtMs(0)).toBeGreaterThan(BATCH_LIFE_MS + STATEMENT_LIFE_MS + longestInMailbox)
  expect(ROTATION_MS).toBeLessThan(STATEMENT_LIFE_MS)
})
