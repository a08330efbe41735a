// The worker: where the messenger runs and where the keys stay. Wires the browser to the profile and decides nothing.

import { systemRandom } from '../crypto/random.ts'
import type { ToWorker } from '../messenger/api.ts'
import { step } from '../messenger/messenger.ts'
import { deriveKey } from '../passphrase/passphrase.ts'
import { openStore, wipeDatabase } from '../store/indexed-db.ts'
import { createLockbox } from '../store/lockbox.ts'
import { browserFiles } from './browser-files.ts'
import { browserFolders } from './browser-folders.ts'
import { systemTimers } from './clock.ts'
import { createProfile, type TabChannel } from './profile.ts'

/** Older browsers keep their tabs apart. */
const openChannel = (): TabChannel | undefined => {
  if (!('BroadcastChannel' in globalThis)) return undefined
  const channel = new BroadcastChannel('parley')
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (listener) => channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => listener(data)),
    close: () => channel.close(),
  }
}

const profile = createProfile({
  locks: navigator.locks,
  channel: openChannel(),
  openStore,
  wipeDatabase: (heldUp) => wipeDatabase(undefined, heldUp),
  lockbox: createLockbox({ derive: deriveKey, random: systemRandom, nowMs: systemTimers.nowMs, locks: navigator.locks }),
  step,
  random: systemRandom,
  timers: systemTimers,
  files: browserFiles,
  folders: browserFolders,
  stretch: deriveKey,
  post: (message) => postMessage(message),
  // To the console of whoever develops it; the person is told by the runtime.
  bug: (thrown) => reportError(thrown),
})

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => profile.receive(data))
