import { expect, it } from 'vitest'
import type { WindowState } from './live.ts'
import { isAnyVisible, isOnScreen, openConversations } from './windows.ts'

const [anna, bert] = ['a'.repeat(64), 'b'.repeat(64)]

const shown = (own: WindowState, ...others: readonly WindowState[]) => ({
  window: { visible: own.visible, online: true },
  openConversation: own.openConversation,
  otherWindows: new Map(others.map((state, index) => [String(index), state])),
})
const seen = (openConversation?: string): WindowState => ({ visible: true, openConversation })
const unseen = (openConversation?: string): WindowState => ({ visible: false, openConversation })

it('a conversation is on a screen where a window that is seen shows it', () => {
  expect(isOnScreen(shown(seen(anna)), anna)).toBe(true)
  expect(isOnScreen(shown(unseen(anna)), anna)).toBe(false)
  expect(isOnScreen(shown(seen(bert), unseen(anna)), anna)).toBe(false)
  expect(isOnScreen(shown(unseen(anna), seen(bert)), anna)).toBe(false)
  expect(isOnScreen(shown(unseen(), seen(bert), seen(anna)), anna)).toBe(true)
})

it('Parley is seen where any window is', () => {
  expect(isAnyVisible(shown(unseen(anna), unseen(bert)))).toBe(false)
  expect(isAnyVisible(shown(unseen(), seen()))).toBe(true)
  expect(isAnyVisible(shown(seen(), unseen()))).toBe(true)
})

it('conversations are open in all windows, seen or not', () => {
  expect(openConversations(shown(seen(), unseen()))).toEqual([])
  expect(openConversations(shown(seen(anna), unseen(bert), seen()))).toEqual([anna, bert])
})
