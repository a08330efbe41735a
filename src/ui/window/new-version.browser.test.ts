import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PairingView } from '../../messenger/api.ts'
import { newcomersView, type View } from '../view.ts'
import { isOffered, onOfferChange, putAside, takeNewVersion, watchNewVersion } from './new-version.ts'

// Real events on stand-ins for what a browser has of one service worker; with real ones: e2e/offline.spec.ts.

class StandInWorker extends EventTarget {
  state: ServiceWorkerState = 'installing'
  readonly told: unknown[] = []
  postMessage = (message: unknown): void => void this.told.push(message)
  becomes(state: ServiceWorkerState): void {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }
}

class StandInRegistration extends EventTarget {
  installing: StandInWorker | null = null
  waiting: StandInWorker | null = null
  active: StandInWorker | null = null
  update = vi.fn(() => Promise.reject(new TypeError('no network')))
  finds(): StandInWorker {
    this.installing = new StandInWorker()
    this.dispatchEvent(new Event('updatefound'))
    return this.installing
  }
  /** It is fetched whole. */
  installs(worker = this.finds()): StandInWorker {
    this.installing = null
    this.waiting = worker
    worker.becomes('installed')
    return worker
  }
}

class StandInContainer extends EventTarget {
  controller: StandInWorker | null = null
  readonly registration = new StandInRegistration()
  register = vi.fn((_url: string | URL, _options?: RegistrationOptions) => Promise.resolve(this.registration))
  isControlledBy(worker: StandInWorker): void {
    this.registration.waiting = null
    this.registration.active = worker
    this.controller = worker
    this.dispatchEvent(new Event('controllerchange'))
  }
}

const pairing: View = { ...newcomersView, pairing: { side: 'guest', phase: 'checking' } }

/** A window whose page was there before, unless `controller` is null. */
const openWindow = async ({ controller = new StandInWorker() as StandInWorker | null } = {}) => {
  const container = new StandInContainer()
  container.controller = controller
  container.registration.active = controller
  const reload = vi.fn()
  const shown: { view: View; isSending: boolean } = { view: newcomersView, isSending: false }
  const listeners = new Set<() => void>()
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  // as: it has what is used of the real one
  const surroundings = { container: container as unknown as ServiceWorkerContainer, reload }
  const parley = { view: () => shown.view, isSending: () => shown.isSending, subscribe }
  watchNewVersion('/service-worker.js', Promise.resolve(), parley, surroundings)
  await vi.waitFor(() => expect(container.registration.update).toHaveBeenCalledOnce())
  return {
    container,
    registration: container.registration,
    reload,
    shows: (next: View, isSending = false) => {
      shown.view = next
      shown.isSending = isSending
      for (const listener of listeners) listener()
    },
  }
}

beforeEach(() => putAside())
afterEach(() => vi.useRealTimers())

describe('registering', () => {
  test('waits for what is needed first, and does not mind if that fails', async () => {
    const container = new StandInContainer()
    let fail = (): void => undefined
    const first = new Promise((_, failed) => {
      fail = () => failed(new Error('no pipes'))
    })
    const parley = { view: () => newcomersView, isSending: () => false, subscribe: () => () => undefined }
    watchNewVersion('/service-worker.js', first, parley, { container: container as unknown as ServiceWorkerContainer, reload: vi.fn() })
    await Promise.resolve()
    expect(container.register).not.toHaveBeenCalled()
    fail()
    await vi.waitFor(() => expect(container.register).toHaveBeenCalledWith('/service-worker.js', { updateViaCache: 'none' }))
  })

  test('waits for the end of a pairing', async () => {
    const container = new StandInContainer()
    let view: View = pairing
    let heard = (): void => undefined
    const subscribe = (listener: () => void) => {
      heard = listener
      return () => undefined
    }
    const surroundings = { container: container as unknown as ServiceWorkerContainer, reload: vi.fn() }
    const subscribed = vi.fn(subscribe)
    watchNewVersion(
      '/service-worker.js',
      Promise.resolve(),
      { view: () => view, isSending: () => false, subscribe: subscribed },
      surroundings,
    )
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled())
    expect(container.register).not.toHaveBeenCalled()
    view = newcomersView
    heard()
    expect(container.register).toHaveBeenCalledOnce()
  })

  test('is left where there is nothing to register with, and a refusal changes nothing', async () => {
    const parley = { view: () => newcomersView, isSending: () => false, subscribe: () => () => undefined }
    watchNewVersion('/service-worker.js', Promise.resolve(), parley, { container: undefined, reload: vi.fn() })
    const container = new StandInContainer()
    container.register.mockRejectedValue(new DOMException('no', 'SecurityError'))
    watchNewVersion('/service-worker.js', Promise.resolve(), parley, {
      container: container as unknown as ServiceWorkerContainer,
      reload: vi.fn(),
    })
    await vi.waitFor(() => expect(container.register).toHaveBeenCalled())
    expect(isOffered()).toBe(false)
  })
})

describe('the first visit', () => {
  test('is neither offered anything nor reloaded', async () => {
    const { container, registration, reload } = await openWindow({ controller: null })
    const worker = registration.installs()
    expect(isOffered()).toBe(false)
    container.isControlledBy(worker)
    expect(reload).not.toHaveBeenCalled()
  })

  test('takes a newer version as any other', async () => {
    const { container, registration, reload } = await openWindow({ controller: null })
    container.isControlledBy(registration.installs())
    const newer = registration.installs()
    expect(isOffered()).toBe(true)
    container.isControlledBy(newer)
    expect(reload).toHaveBeenCalledOnce()
  })
})

describe('a newer version', () => {
  test('is offered once it is whole, and told of the consent and of nothing else', async () => {
    const { container, registration, reload } = await openWindow()
    const changed = vi.fn()
    const stop = onOfferChange(changed)
    const newer = registration.finds()
    expect(isOffered()).toBe(false)
    registration.installs(newer)
    expect(isOffered()).toBe(true)
    expect(changed).toHaveBeenCalledOnce()
    expect(newer.told).toEqual([])
    takeNewVersion()
    expect(newer.told).toHaveLength(1)
    expect(reload).not.toHaveBeenCalled()
    container.isControlledBy(newer)
    container.isControlledBy(newer)
    expect(reload).toHaveBeenCalledOnce()
    stop()
  })

  test('that waited already is offered at once', async () => {
    const container = new StandInContainer()
    container.controller = new StandInWorker()
    container.registration.active = container.controller
    container.registration.waiting = new StandInWorker()
    const parley = { view: () => newcomersView, isSending: () => false, subscribe: () => () => undefined }
    const surroundings = { container: container as unknown as ServiceWorkerContainer, reload: vi.fn() }
    watchNewVersion('/service-worker.js', Promise.resolve(), parley, surroundings)
    await vi.waitFor(() => expect(isOffered()).toBe(true))
  })

  test('that is not whole is not offered', async () => {
    const { registration, reload } = await openWindow()
    registration.finds().becomes('redundant')
    expect(isOffered()).toBe(false)
    expect(reload).not.toHaveBeenCalled()
  })

  test('that was put aside is not offered again, but the next one is', async () => {
    const { registration } = await openWindow()
    registration.installs()
    putAside()
    takeNewVersion()
    expect(isOffered()).toBe(false)
    registration.installs()
    expect(isOffered()).toBe(true)
  })

  test('reaches a page that came past the service worker, if it has asked', async () => {
    const { container, registration, reload } = await openWindow()
    container.controller = null
    const newer = registration.installs()
    takeNewVersion()
    container.isControlledBy(newer)
    expect(reload).toHaveBeenCalledOnce()
  })

  test('that has taken over meanwhile, unseen, is a reload away', async () => {
    const { registration, reload } = await openWindow()
    registration.installs()
    registration.waiting = null
    takeNewVersion()
    expect(reload).toHaveBeenCalledOnce()
  })

  test.each<readonly [string, View, boolean]>([
    ['a pairing is finished', pairing, false],
    ['a wipe is finished', { phase: 'leaving', troubles: [] }, false],
    ['what is being sent is kept', newcomersView, true],
  ])('taken in another tab: %s first', async (_, busy, isSending) => {
    const { container, registration, reload, shows } = await openWindow()
    shows(busy, isSending)
    container.isControlledBy(registration.installs())
    shows(busy, isSending)
    expect(reload).not.toHaveBeenCalled()
    shows(newcomersView)
    shows(newcomersView)
    expect(reload).toHaveBeenCalledOnce()
  })

  test.each<PairingView>([
    { side: 'host', phase: 'unconfirmed' },
    { side: 'guest', phase: 'ready', contactId: 'a1', direct: true },
    { side: 'guest', phase: 'failed', reason: 'expired', retryAtMs: undefined },
  ])('taken in another tab: a pairing that is $phase is over', async (over) => {
    const { container, registration, reload, shows } = await openWindow()
    shows({ ...newcomersView, pairing: over })
    container.isControlledBy(registration.installs())
    expect(reload).toHaveBeenCalledOnce()
  })
})

test('the server is asked every three hours, and when the page is looked at after a while', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'Date'] })
  const { registration } = await openWindow()
  const asked = () => registration.update.mock.calls.length
  const look = () => document.dispatchEvent(new Event('visibilitychange'))
  look()
  expect(asked()).toBe(1)
  vi.advanceTimersByTime(6 * 60_000)
  look()
  look()
  expect(asked()).toBe(2)
  vi.advanceTimersByTime(3 * 60 * 60_000)
  expect(asked()).toBe(3)
})
