import { expect, it } from 'vitest'
import { createMemoryDisk } from '../../test/support/memory-store.ts'
import { person } from '../../test/support/people.ts'
import { contactIdOf, contactRow, noChanges, ROWS_NOW_MS, selfRow } from '../../test/support/rows.ts'
import { seededRandom } from '../../test/support/seeded-random.ts'
import { toHex } from '../crypto/bytes.ts'
import type { Command } from './api.ts'
import { decodeContent } from './content.ts'
import { asleep } from './live.ts'
import { step } from './messenger.ts'

// A command that is given once more because nobody knows what became of it: by a tab whose owner died before it answered.

const [anna, bob] = [contactIdOf('anna'), contactIdOf('bob')]
const commandId = '0a'.repeat(16)

const device = async () => {
  const opened = await createMemoryDisk().open()
  if (!opened.ok) throw new Error(opened.reason)
  const { store } = opened
  const list = { bytes: new Uint8Array(7_000) }
  await store.commit({
    ...noChanges,
    held: [
      { table: 'self', key: 'self', row: { ...selfRow(), deviceList: person('alice').deviceList } },
      ...(['anna', 'bob'] as const).flatMap((name) => [
        { table: 'contacts' as const, key: contactIdOf(name), row: contactRow(name) },
        { table: 'deviceLists' as const, key: contactIdOf(name), row: list },
      ]),
    ],
  })
  const random = seededRandom('once')
  /** @returns the contents of the outbox, each with its id, and what the window was told */
  const does = async (command: Command, id: string | undefined) => {
    let outcome = step(store.held, asleep, { type: 'command', command, commandId: id }, ROWS_NOW_MS, random)
    while ('needs' in outcome) outcome = outcome.resume(await store.look(outcome.needs))
    await store.commit(outcome.done.changes)
    const contents = [...store.held.outbox.values()].map(({ content, contentId }) => ({ contentId, content: decodeContent(content) }))
    return { contents, told: outcome.done.effects.flatMap((effect) => (effect.type === 'event' ? [effect.event.type] : [])) }
  }
  return does
}

it('a message is one message, under the id of its command', async () => {
  const does = await device()
  const command: Command = { type: 'send-message', contactId: bob, text: 'once' }
  expect((await does(command, commandId)).contents.map(({ contentId }) => contentId)).toEqual([commandId])
  const again = await does(command, commandId)
  expect(again.contents).toHaveLength(1)
  expect(again.told).not.toContain('message-changed')
  expect((await does(command, '1b'.repeat(16))).contents).toHaveLength(2)
})

it('a message whose command has no name is another one each time', async () => {
  const does = await device()
  const command: Command = { type: 'send-message', contactId: bob, text: 'twice' }
  await does(command, undefined)
  expect((await does(command, undefined)).contents).toHaveLength(2)
})

it('an introduction has the id of its command, by which those who get it twice take it once', async () => {
  const does = await device()
  const command: Command = { type: 'introduce-contacts', contactIds: [anna, bob] }
  await does(command, commandId)
  const { contents } = await does(command, commandId)
  const ids = contents.map(({ content }) =>
    content.ok && content.value.body.type === 'introduction' ? toHex(content.value.body.introductionId) : '',
  )
  expect(ids).toEqual([commandId, commandId, commandId, commandId])
})
