// What a person does who looks for something that was said.

import { join } from 'node:path'
import { expect, type Locator } from '@playwright/test'
import { leavesParley } from './database.ts'
import type {} from './history-page.ts'
import { pageScript } from './page-script.ts'
import type { Person } from './person.ts'

export class Searching {
  readonly #person: Person

  constructor(person: Person) {
    this.#person = person
  }

  get field(): Locator {
    return this.#person.page.getByRole('searchbox')
  }

  get results(): Locator {
    return this.#person.page.getByRole('list', { name: 'Messages found' }).getByRole('listitem')
  }

  /** From an open conversation. */
  async inConversation(): Promise<void> {
    await this.#person.page.getByRole('button', { name: 'Search in conversation' }).click()
    await expect(this.field).toBeFocused()
  }

  async inAll(): Promise<void> {
    await this.#person.page.getByRole('link', { name: 'Search', exact: true }).click()
    await expect(this.field).toBeFocused()
  }

  /** Key by key. */
  async types(query: string): Promise<void> {
    await this.field.clear()
    await this.field.pressSequentially(query)
  }

  async finds(count: number): Promise<void> {
    const said = count === 0 ? 'No messages found' : count === 1 ? '1 message found' : `${count} messages found`
    await expect(this.#person.page.getByRole('status').filter({ hasText: said })).toBeVisible({ timeout: 20_000 })
  }

  /** By keyboard: the one that has this text. */
  async goesTo(text: string): Promise<void> {
    const result = this.results.filter({ hasText: text }).getByRole('link')
    await result.focus()
    await result.press('Enter')
  }
}

/** Fills the conversation with the only contact while Parley does not run, then opens it there. */
export const hasSaid = async (person: Person, count: number, said: Readonly<Record<number, string>>): Promise<void> => {
  const { page, url } = person
  const { hash } = new URL(page.url())
  await leavesParley(page, url)
  await page.evaluate(await pageScript(join(import.meta.dirname, 'history-page.ts')))
  expect(await page.evaluate(([many, texts]) => fillHistory(many, texts), [count, said] as const)).toBe(count)
  await page.goto(`${url}/${hash}`)
}
