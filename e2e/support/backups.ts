// What a person does with backups: in the settings of one browser, and on the first screen of another.

import { type BrowserContext, expect, type Page } from '@playwright/test'
import type { Person } from './person.ts'

const TRANSFER_MS = 30_000

/** A browser without a dialog for saving, as many are: files become downloads. */
export const hasOnlyDownloads = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))

/** Whoever saves picks this file of the page's own file system: the dialog of the system cannot be driven. */
export const picksOwnFile = (page: Page, name: string): Promise<void> =>
  page.evaluate((picked) => {
    const pick = async () => (await navigator.storage.getDirectory()).getFileHandle(picked, { create: true })
    Object.defineProperty(window, 'showSaveFilePicker', { value: pick, configurable: true })
  }, name)

export const readsOwnFile = (page: Page, name: string): Promise<number> =>
  page.evaluate(async (picked) => (await (await (await navigator.storage.getDirectory()).getFileHandle(picked)).getFile()).size, name)

export interface Saved {
  readonly path: string
  readonly phrase: string
}

/** From the settings to the last step before the file: twelve words, two of them typed back. */
const takesWords = async ({ page, url }: Person, button = 'Twelve words'): Promise<string> => {
  await page.goto(`${url}/#/settings`)
  await page.getByRole('link', { name: 'Back up' }).click()
  await page.getByRole('button', { name: button }).click()
  const list = page.getByRole('list', { name: 'Recovery phrase' })
  await expect(list.getByRole('listitem')).toHaveCount(12)
  const words = await list.getByRole('listitem').allTextContents()
  await page.getByRole('button', { name: 'I have written them down' }).click()
  const fields = page.getByRole('textbox', { name: /^Word \d+$/ })
  await expect(fields).toHaveCount(2)
  for (const field of await fields.all()) {
    const label = await field.evaluate((input) => (input instanceof HTMLInputElement ? input.labels?.[0]?.textContent : ''))
    await field.fill(words[Number(/\d+/.exec(label ?? '')?.[0]) - 1] ?? '')
  }
  return words.join(' ')
}

const saves = async (page: Page, button: string): Promise<string> => {
  const download = page.waitForEvent('download', { timeout: TRANSFER_MS })
  await page.getByRole('button', { name: button }).click()
  return (await download).path()
}

export const backsUp = async (person: Person): Promise<Saved> => {
  const phrase = await takesWords(person)
  const path = await saves(person.page, 'Back up now')
  await expect(person.page.getByText(/^Backup saved: /)).toBeVisible({ timeout: TRANSFER_MS })
  return { path, phrase }
}

/** To a file that the person picks. */
export const backsUpTo = async (person: Person, name: string): Promise<void> => {
  await takesWords(person)
  await picksOwnFile(person.page, name)
  await person.page.getByRole('button', { name: 'Back up now' }).click()
  await expect(person.page.getByText(/^Backup saved: /)).toBeVisible({ timeout: TRANSFER_MS })
}

/** Whoever chooses a folder gets this one, of the page's own file system; in every page from the next one on. */
export const hasFolder = (context: BrowserContext, name: string): Promise<unknown> =>
  context.addInitScript((chosen) => {
    const pick = async () => (await navigator.storage.getDirectory()).getDirectoryHandle(chosen, { create: true })
    Object.defineProperty(window, 'showDirectoryPicker', { value: pick, configurable: true })
  }, name)

/** A browser in which no page can have a folder, as many are. */
export const hasNoFolders = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => Reflect.deleteProperty(window, 'showDirectoryPicker'))

/** @returns the twelve words */
export const choosesFolder = async (person: Person): Promise<string> => {
  const phrase = await takesWords(person, 'Choose a folder')
  await person.page.getByRole('button', { name: 'Back up now' }).click()
  await expect(person.page.getByText(/^Last backup in the folder: /)).toBeVisible({ timeout: TRANSFER_MS })
  return phrase
}

/** What is in it, the oldest first. */
export const readsFolder = (page: Page, name: string): Promise<readonly { readonly name: string; readonly bytes: readonly number[] }[]> =>
  page.evaluate(async (chosen) => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(chosen)
    const files: File[] = []
    for await (const handle of folder.values()) if (handle instanceof FileSystemFileHandle) files.push(await handle.getFile())
    files.sort((a, b) => a.lastModified - b.lastModified)
    return Promise.all(files.map(async (file) => ({ name: file.name, bytes: [...new Uint8Array(await file.arrayBuffer())] })))
  }, name)

/** And looks at something else while the file is written. */
export const backsUpWithPassphrase = async (person: Person, passphrase: string): Promise<string> => {
  const { page, url } = person
  await page.goto(`${url}/#/settings`)
  await page.getByRole('link', { name: 'Back up' }).click()
  await page.getByRole('button', { name: 'A passphrase of my own' }).click()
  await page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(passphrase)
  await page.getByRole('textbox', { name: 'Passphrase once more' }).fill(passphrase)
  const saved = saves(page, 'Back up now')
  await expect(page.getByRole('button', { name: 'Back up now' })).toHaveCount(0)
  await page.goto(`${url}/#/settings`)
  const path = await saved
  await page.getByRole('link', { name: 'Back up' }).click()
  await expect(page.getByText(/^Backup saved: /)).toBeVisible()
  return path
}

/** From the first screen; does not wait for what comes of it. */
export const restores = async (person: Person, path: string, secret: string): Promise<void> => {
  const { page } = person
  await person.goesHome()
  await page.getByRole('link', { name: 'Restore a backup' }).filter({ visible: true }).click()
  await triesToRestore(person, path, secret)
}

export const triesToRestore = async ({ page }: Person, path: string, secret: string): Promise<void> => {
  await page.getByLabel('Backup file').setInputFiles(path)
  await page.getByRole('textbox', { name: 'Twelve words or passphrase' }).fill(secret)
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
}

export const isRestored = async ({ page }: Person): Promise<void> => {
  await expect(page.getByText('Everything is back.')).toBeVisible({ timeout: TRANSFER_MS })
  await page.getByRole('link', { name: 'To your conversations' }).click()
}

/** @returns where the page was saved */
export const exportsAll = async ({ page, url }: Person): Promise<string> => {
  await page.goto(`${url}/#/settings`)
  await page.getByRole('button', { name: 'Export all conversations' }).click()
  return saves(page, 'Save copy')
}
