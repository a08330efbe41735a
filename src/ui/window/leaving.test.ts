import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContactView } from '../../messenger/api.ts'
import { newcomersView, type View } from '../view.ts'
import { reload, watchLeaving } from './leaving.ts'

const contact: ContactView = {
  contactId: 'a1',
  name: 'Anna',
  pairedAtMs: 0,
  safetyNumber: '',
  unread: 0,
  line: 'offline',
  draft: '',
  newest: undefined,
  waiting: 1,
  origin: { how: 'code' },
  devices: 1,
  mailboxFull: false,
  renewals: [],
  deviceChanges: [],
  stopped: undefined,
}
const waiting: View = { ...newcomersView, contacts: [contact] }
const settled: View = { ...newcomersView, contacts: [{ ...contact, waiting: 0 }] }

const page = new EventTarget()
const reloaded = vi.fn()
beforeEach(() => {
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('location', { reload: reloaded })
})
afterEach(() => vi.unstubAllGlobals())

/** Whether the person is asked. */
const asks = (): boolean => !page.dispatchEvent(new Event('beforeunload', { cancelable: true }))

describe('leaving', () => {
  test('is asked about while a file is being written', () => {
    let view: View = { ...settled, transfer: { phase: 'running', kind: 'backup', done: 1, total: 2 } }
    watchLeaving({ view: () => view, isSending: () => false }, () => undefined)
    expect(asks()).toBe(true)
    view = { ...settled, transfer: { phase: 'failed', kind: 'backup', why: 'file-failed' } }
    expect(asks()).toBe(false)
  })

  test('is asked about while messages wait and while a wipe is under way, and told of when it is certain', () => {
    let view: View = settled
    let isSending = false
    const gone = vi.fn()
    watchLeaving({ view: () => view, isSending: () => isSending }, gone)
    expect(asks()).toBe(false)
    isSending = true
    expect(asks()).toBe(true)
    isSending = false
    view = waiting
    expect(asks()).toBe(true)
    view = { phase: 'leaving', troubles: [] }
    expect(asks()).toBe(true)
    view = { phase: 'wiped', troubles: [] }
    expect(asks()).toBe(false)
    expect(gone).not.toHaveBeenCalled()
    page.dispatchEvent(new Event('pagehide'))
    expect(gone).toHaveBeenCalledOnce()
  })

  test('to be back at once is no loss', () => {
    watchLeaving({ view: () => waiting, isSending: () => false }, () => undefined)
    reload()
    expect(reloaded).toHaveBeenCalledOnce()
    expect(asks()).toBe(false)
  })
})
