// Writes conversations as a page for people (messenger/export-page.ts), piece by piece.

import type { TransferCommand } from '../messenger/api.ts'
import { conversationEnd, conversationHead, messageItem, pageEnd, pageHead } from '../messenger/export-page.ts'
import { readConversation } from './reading-pages.ts'
import type { Sink } from './row-stream.ts'
import { type Readable, type Transfer, TransferRefused } from './transfer.ts'

type Export = Extract<TransferCommand, { readonly type: 'export-messages' }>

/** @returns bytes of the file */
export const exportPages = async (
  { held, look }: Readable,
  { contactId, words }: Export,
  sink: Sink,
  { nowMs, passed }: Transfer,
): Promise<number> => {
  const contacts = [...held.contacts.values()].filter(
    (contact) => contact.kind !== 'own' && (contactId === undefined || contact.contactId === contactId),
  )
  if (contacts.length === 0) throw new TransferRefused('nothing-here')
  const times = new Intl.DateTimeFormat(words.language, { dateStyle: 'medium', timeStyle: 'short' })
  const total = contacts.reduce((sum, { nextPlace }) => sum + nextPlace - 1, 0)
  let [bytes, done] = [0, 0]
  const write = async (text: string): Promise<void> => {
    const encoded = new TextEncoder().encode(text)
    bytes += encoded.length
    await sink.write(encoded)
  }
  await write(pageHead(words, times.format(nowMs())))
  for (const contact of contacts) {
    await write(conversationHead(contact.name, words))
    for await (const page of readConversation(look, contact)) {
      done += page.length
      passed(Math.min(done, total), total)
      const items = page.map((message) => {
        const isoTime = new Date(message.sentAtMs).toISOString()
        return messageItem(message, contact.name, words, times.format(message.sentAtMs), isoTime)
      })
      await write(items.join(''))
    }
    await write(conversationEnd)
  }
  await write(pageEnd)
  return bytes
}
