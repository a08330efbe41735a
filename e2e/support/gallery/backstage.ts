// What stories that use the gallery see of it and do with it: they tell what a worker would, and look at what was asked of one.

import type { Page } from '@playwright/test'
import type { Command, ContactView, Event, ToWorker } from '../../../src/messenger/api.ts'
import type { Parley } from '../../../src/ui/parley.ts'
import type { bursts } from './bursts.ts'

/** What the gallery leaves on the page's own globals. */
export interface Backstage {
  readonly posted: readonly ToWorker[]
  readonly parley: Parley
  readonly tell: (event: Event) => void
  readonly bursts: typeof bursts
}

export const opens = async (page: Page, url: string): Promise<void> => {
  await page.goto(url)
  await page.locator('html[data-told=everything]').waitFor({ state: 'attached' })
}

export const tells = (page: Page, ...events: readonly Event[]): Promise<void> =>
  page.evaluate((all) => {
    // Left there by the gallery.
    const { tell } = globalThis as unknown as Backstage
    for (const event of all) tell(event)
  }, events)

/** What the person asked for, of one kind, oldest first. */
export const asked = <T extends Command['type']>(page: Page, type: T): Promise<readonly Extract<Command, { type: T }>[]> =>
  page.evaluate((wanted) => {
    const { posted } = globalThis as unknown as Backstage
    // Narrowed by the type that was compared.
    return posted.flatMap((message) =>
      message.type === 'command' && message.command.type === wanted ? [message.command as Extract<Command, { type: T }>] : [],
    )
  }, type)

export const contactOf = (page: Page, contactId: string): Promise<ContactView> =>
  page.evaluate((id) => {
    const view = (globalThis as unknown as Backstage).parley.view()
    const found = view.phase === 'open' && view.contacts.find((contact) => contact.contactId === id)
    if (!found) throw new Error(`no contact ${id}`)
    return found
  }, contactId)
