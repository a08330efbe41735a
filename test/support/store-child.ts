// A process that works on the store of a folder as fast as it can, and says on standard output what was acknowledged to it,
// a line each, so that a test may end it at any moment and knows what must be there: store-child.ts FOLDER TASK [FROM [NUMBER ...]]

import process from 'node:process'
import { openSqliteStore } from '../../server/sqlite-store.ts'
import { ADDRESSES, addressOf, bodyOf, envelopeIdOf, FOR_EVER_MS, HOT_DEVICE, PLENTY } from './store-load.ts'

/** Asked at once. */
const APPENDERS = 64
const POPPERS = 8

const say = (what: string, number: number) => void process.stdout.write(`${what} ${number}\n`)
const ignore = () => {}

const [folder = '', task, from = '0', ...again] = process.argv.slice(2)
const store = await openSqliteStore(folder, PLENTY, ignore)

/** Those again that were not acknowledged the last time, then new ones for ever. */
const numbers = (function* () {
  for (const number of again) yield Number(number)
  for (let number = Number(from); ; number += 1) yield number
})()

const append = async () => {
  for (const number of numbers) {
    const appended = await store.append(addressOf(number), envelopeIdOf(number), bodyOf(number), FOR_EVER_MS)
    say(appended.ok ? 'kept' : appended.reason, number)
    if (!appended.ok || number % 7 !== 0) continue
    if ((await store.acknowledge(addressOf(number), [appended.position])) === 'ok') say('gone', number)
  }
}

const pop = async () => {
  for (let key = await store.popOneTime(HOT_DEVICE, 'x25519'); key; key = await store.popOneTime(HOT_DEVICE, 'x25519'))
    say('popped', key.id)
}

if (task === 'append') {
  await store.openMailboxes(ADDRESSES, FOR_EVER_MS)
  await Promise.all(Array.from({ length: APPENDERS }, append))
} else await Promise.all(Array.from({ length: POPPERS }, pop))
await store.close()
