// The service worker: opens Parley where the relay cannot be reached, and keeps a newer version ready until the person
// wants it. Wires the browser to the page's cache. It sees no message, holds no key and speaks with nobody but its own host.

import { createPageCache, type PageVersion } from './page-cache.ts'

declare const self: ServiceWorkerGlobalScope
/** Put in by scripts/service-worker.mjs. */
declare const __PAGE__: PageVersion

const page = createPageCache(__PAGE__)

self.addEventListener('install', (event) => event.waitUntil(page.install()))

self.addEventListener('activate', (event) => {
  const isNewerComing = (): boolean => self.registration.installing !== null || self.registration.waiting !== null
  // A page that was loaded without a worker would otherwise not count as one that a newer version has to wait for.
  event.waitUntil(Promise.all([page.forgetOthers(isNewerComing), self.clients.claim()]))
})

// Pages say one thing only (src/ui/window/new-version.ts): the person has agreed.
self.addEventListener('message', () => void self.skipWaiting())

self.addEventListener('fetch', (event) => {
  const answer = page.answer(event.request)
  if (answer) event.respondWith(answer)
})
