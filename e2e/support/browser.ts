// What every story starts from: a relay, and people with browsers of their own. `carol`, `alice` and `bob` are there when a
// story names them; each has said how they are called.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, test as base, chromium, type TestInfo } from '@playwright/test'
import { launchOptions } from '../../scripts/chromium.mjs'
import { Person } from './person.ts'
import { type Relay, startRelay } from './relay.ts'

export { expect } from '@playwright/test'
export { type Person, pair } from './person.ts'

/** No story but those of offline.spec.ts is about the service worker, which fetches the whole page a second time. */
const contextOptions: BrowserContextOptions = { locale: 'en-GB', reducedMotion: 'reduce', serviceWorkers: 'block' }

/** A story that failed prints what stood on the screens in the end: where only its output is kept, there are no pictures. */
const printScreens = async (contexts: readonly BrowserContext[], { expectedStatus, status }: TestInfo): Promise<void> => {
  if (status === expectedStatus) return
  for (const page of contexts.flatMap((context) => context.pages())) {
    const text = await page.locator('body').innerText({ timeout: 5_000 }).catch(String)
    console.log(`on the screen of ${page.url()}:\n${text.replaceAll(/\n+/g, '\n')}\n`)
  }
}

/** A browser with a profile on disk, as people have: it can be killed and opened again. */
export interface Profile {
  readonly folder: string
  /** One for each time it was opened. */
  readonly contexts: readonly BrowserContext[]
  /** Starts a browser process on this profile. */
  readonly open: (args?: readonly string[]) => Promise<BrowserContext>
  readonly remove: () => Promise<void>
}

/** Browsers of ordinary contexts keep IndexedDB in memory; stories about crashes need one of these. */
export const createProfile = async (): Promise<Profile> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-profile-'))
  const contexts: BrowserContext[] = []
  return {
    folder,
    contexts,
    open: async (args = []) => {
      const context = await chromium.launchPersistentContext(folder, {
        ...contextOptions,
        ...(await launchOptions(...args)),
      })
      contexts.push(context)
      return context
    },
    remove: async () => {
      for (const context of contexts) await context.close().catch(() => undefined)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Someone whose browser has a profile on disk and shares no process with anybody: it can be killed, frozen and opened again. */
export interface Resident {
  readonly profile: Profile
  /** As they are now: someone else's page after each `reopens`. */
  readonly person: () => Person
  /** Starts the browser again, after it was killed or closed, on the page that `path` names. */
  readonly reopens: (path?: string) => Promise<Person>
  readonly closes: () => Promise<void>
}

interface People {
  readonly couple: { readonly alice: Person; readonly bob: Person }
  readonly alice: Person
  readonly bob: Person
  readonly carol: Person
  /** Someone more, in a browser of their own. */
  readonly arrives: (name: string, options?: BrowserContextOptions) => Promise<Person>
  /** Someone more, in a browser process of their own. `url`: where they find the relay, if not directly. */
  readonly settles: (name: string, options?: { readonly url?: string; readonly args?: readonly string[] }) => Promise<Resident>
}

/** What stands in the relay.json of a story's relay. */
interface Options {
  readonly relayFile: object | undefined
}

export const test = base.extend<People & Options & { readonly relay: Relay }>({
  relayFile: [undefined, { option: true }],
  // One relay a story: rooms, limits and restarts of one do not touch another.
  relay: async ({ relayFile }, provide) => {
    const relay = await startRelay({}, relayFile)
    await provide(relay)
    await relay.remove()
  },
  arrives: async ({ browser, relay }, provide, info) => {
    const contexts: BrowserContext[] = []
    await provide(async (name, options = {}) => {
      const context = await browser.newContext({ ...contextOptions, ...options })
      contexts.push(context)
      const person = await Person.opens(context, name, relay.url)
      await person.isCalled(name)
      return person
    })
    await printScreens(contexts, info)
    for (const context of contexts) await context.close()
  },
  settles: async ({ relay }, provide, info) => {
    const profiles: Profile[] = []
    await provide(async (name, { url = relay.url, args = [] } = {}) => {
      const profile = await createProfile()
      profiles.push(profile)
      let context = await profile.open(args)
      let person = await Person.opens(context, name, url)
      await person.isCalled(name)
      return {
        profile,
        person: () => person,
        reopens: async (path = '') => {
          context = await profile.open(args)
          person = await Person.opens(context, name, url, path)
          return person
        },
        closes: () => context.close(),
      }
    })
    await printScreens(
      profiles.flatMap(({ contexts }) => contexts),
      info,
    )
    for (const profile of profiles) await profile.remove()
  },
  // Both at once: most stories are about two.
  couple: async ({ arrives }, provide) => {
    const [alice, bob] = await Promise.all([arrives('Alice'), arrives('Bob')])
    await provide({ alice, bob })
  },
  alice: async ({ couple }, provide) => provide(couple.alice),
  bob: async ({ couple }, provide) => provide(couple.bob),
  carol: async ({ arrives }, provide) => provide(await arrives('Carol')),
})
