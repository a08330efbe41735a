// A newer Parley that the browser has fetched whole and keeps ready (src/service-worker): the person is told, and it is
// taken when they agree, by every tab at once. Nothing is reloaded otherwise.

import { isPairing, type View } from '../view.ts'
import { reload } from './leaving.ts'

/** How often the server is asked by itself, and how soon again when the page is looked at, in milliseconds. */
const OFTEN_MS = 3 * 60 * 60_000
const AGAIN_MS = 5 * 60_000

/** What takes the version that is ready; undefined where there is none, or the person has put it aside. */
let offered: (() => void) | undefined
const listeners = new Set<() => void>()

/** @param take undefined: until there is another one, or the page is opened anew */
export const offer = (take: (() => void) | undefined): void => {
  offered = take
  for (const listener of listeners) listener()
}

export const isOffered = (): boolean => offered !== undefined
export const takeNewVersion = (): void => offered?.()
export const putAside = (): void => offer(undefined)
/** @returns what stops calling */
export const onOfferChange = (changed: () => void): (() => void) => {
  listeners.add(changed)
  return () => listeners.delete(changed)
}

interface Watched {
  readonly view: () => View
  readonly isSending: () => boolean
  readonly subscribe: (listener: () => void) => () => void
}

/** What would not outlive the page: a pairing, a wipe that has begun, a message that is not kept yet. */
const isBusy = ({ isSending, view }: Watched): boolean => isPairing(view()) || view().phase === 'leaving' || isSending()

/** Now, or when that is over. */
const unlessBusy = (parley: Watched, go: () => void): void => {
  if (!isBusy(parley)) return go()
  const stop = parley.subscribe(() => {
    if (isBusy(parley)) return
    stop()
    go()
  })
}

/** What `watchNewVersion` needs of a browser. */
interface Surroundings {
  readonly container: Pick<ServiceWorkerContainer, 'controller' | 'register' | 'addEventListener'> | undefined
  readonly reload: () => void
}

const ofBrowser = (): Surroundings => ({ container: 'serviceWorker' in navigator ? navigator.serviceWorker : undefined, reload })

/**
 * @param url of the service worker
 * @param first what shall be fetched before the service worker fetches everything
 */
export const watchNewVersion = (
  url: string | URL,
  first: Promise<unknown>,
  parley: Watched,
  { container, reload }: Surroundings = ofBrowser(),
): void => {
  // Some browsers have none in private windows: Parley then needs its server, as any page does.
  if (!container) return
  let { controller } = container
  let isWanted = false
  let isReloading = false
  container.addEventListener('controllerchange', () => {
    // The first one takes over a page that came from the server: what runs stays.
    const isNewer = controller !== null || isWanted
    controller = container.controller
    if (!isNewer || isReloading) return
    isReloading = true
    // Consent may have been given in another tab.
    unlessBusy(parley, reload)
  })

  const follow = (registration: ServiceWorkerRegistration): void => {
    const take = (): void => {
      isWanted = true
      // Where none waits any more, it has already taken over from no tab at all.
      if (registration.waiting) registration.waiting.postMessage('the person has agreed')
      else unlessBusy(parley, reload)
    }
    const followInstalling = (): void => {
      const { installing } = registration
      installing?.addEventListener('statechange', () => {
        if (installing.state === 'installed' && registration.active) offer(take)
      })
    }
    registration.addEventListener('updatefound', followInstalling)
    followInstalling()
    if (registration.waiting) offer(take)

    let lastMs = Date.now()
    const ask = (): void => {
      lastMs = Date.now()
      // Refused where the server cannot be reached, or its new version is not whole: what is here goes on.
      registration.update().catch(() => undefined)
    }
    ask()
    setInterval(ask, OFTEN_MS)
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && Date.now() - lastMs > AGAIN_MS) ask()
    })
  }

  const register = (): void =>
    // Refused, it changes nothing either.
    void container
      .register(url, { updateViaCache: 'none' })
      .then(follow)
      .catch(() => undefined)
  const begin = (): void => unlessBusy(parley, register)
  first.then(begin, begin)
}
