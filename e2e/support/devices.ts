// What a person does with devices of their own, in the words of the screens.

import { expect } from '@playwright/test'
import type { Person } from './person.ts'

/** A linking ends with two accounts' worth of signatures, on a busy machine. */
const LINKING_MS = 60_000

const toDevices = async ({ page, url }: Person): Promise<void> => {
  await page.goto(`${url}/#/settings`)
  await page.getByRole('link', { name: 'Your devices' }).click()
  await expect(page.getByRole('heading', { name: 'Your devices', level: 1 })).toBeVisible()
}

/** The row of one, by its name. */
export const device = ({ page }: Person, name: string) =>
  page
    .getByRole('list', { name: 'Your devices' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name, exact: true }) })

/** On the main device, up to the code. */
const beginsToLink = async (main: Person, history: string): Promise<void> => {
  await toDevices(main)
  await main.page.getByRole('link', { name: 'Link a device' }).click()
  await main.page.getByLabel('Earlier messages that it gets').selectOption({ label: history })
}

/** The same in a browser in which nobody is. */
const beginsToBeLinked = async ({ page }: Person, deviceName: string): Promise<void> => {
  await page.getByRole('link', { name: 'I already use Parley on another device' }).filter({ visible: true }).click()
  await page.getByLabel('Name of this device').fill(deviceName)
}

/** @returns the code */
const showsIt = async (person: Person): Promise<string> => {
  await person.page.getByRole('button', { name: 'Show the code here' }).click()
  return person.readsOwnCode()
}

const typesIt = async (person: Person, code: string): Promise<void> => {
  await person.page.getByRole('button', { name: 'Type the code here' }).click()
  await person.types(code)
}

const isLinked = async ({ page }: Person): Promise<void> => {
  await expect(page.getByText('Linked. Your people and their names arrive in a moment.')).toBeVisible({ timeout: LINKING_MS })
  await page.getByRole('link', { name: 'To your conversations' }).click()
}

/** The main device shows the code, and the new one types it. */
export const links = async (main: Person, fresh: Person, deviceName: string, history = 'None'): Promise<void> => {
  await beginsToLink(main, history)
  const code = await showsIt(main)
  await beginsToBeLinked(fresh, deviceName)
  await typesIt(fresh, code)
  await isLinked(fresh)
}

/** The other way round. */
export const linksByItsCode = async (main: Person, fresh: Person, deviceName: string, history = 'None'): Promise<void> => {
  await beginsToBeLinked(fresh, deviceName)
  const code = await showsIt(fresh)
  await beginsToLink(main, history)
  await typesIt(main, code)
  await isLinked(fresh)
}

export const hasDevices = async (person: Person, names: readonly string[]): Promise<void> => {
  await toDevices(person)
  const headings = person.page.getByRole('list', { name: 'Your devices' }).getByRole('heading')
  await expect(headings).toHaveText([...names], { timeout: LINKING_MS })
}

export const removesDevice = async (main: Person, name: string): Promise<void> => {
  await toDevices(main)
  await main.page.getByRole('button', { name: `Remove ${name}` }).click()
  await main.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(device(main, name)).toHaveCount(0)
}

export const asksToBeMain = async (person: Person): Promise<void> => {
  await toDevices(person)
  await person.page.getByRole('button', { name: 'Make this the main device' }).click()
  await isToldThatItAsked(person)
}

const isToldThatItAsked = async ({ page }: Person): Promise<void> => {
  await expect(page.getByText('Asked. Open Settings, Your devices on the main device and agree there.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Make this the main device' })).toHaveAttribute('aria-disabled', 'true')
}

/** Whenever it comes there. */
export const hasAsked = async (person: Person): Promise<void> => {
  await toDevices(person)
  await isToldThatItAsked(person)
}

export const givesMainTo = async (main: Person, name: string): Promise<void> => {
  await toDevices(main)
  await device(main, name).getByRole('button', { name: 'Agree' }).click({ timeout: LINKING_MS })
}

export const isMain = async (person: Person, name: string): Promise<void> => {
  await toDevices(person)
  await expect(device(person, name).getByText('Main device')).toBeVisible({ timeout: LINKING_MS })
}
