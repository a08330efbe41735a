// The mailboxes of memory-relay-store.ts.

import { addressBytes, envelopeIdBytes } from '../../server/store/names.ts'
import type { Address, Appended, MailboxLimits, MailboxStore } from '../../server/store.ts'
import { type Process, within } from './memory-relay-process.ts'

const DAY_MS = 86_400_000

interface Envelope {
  readonly envelopeId: string
  readonly envelope: Uint8Array
  readonly expiresAtMs: number
}

interface Mailbox {
  keepUntilDay: number
  lastPosition: number
  bytes: number
  /** By position, ascending. */
  readonly envelopes: Map<number, Envelope>
  readonly positionById: Map<string, number>
}

interface Kept {
  readonly mailboxes: Map<Address, Mailbox>
  /** What was in mailboxes that have ended, until a sweep. */
  readonly ended: Envelope[]
  /** The highest position in any of those. */
  endedPosition: number
  bytes: number
}

export const emptyMailboxes = (): Kept => ({ mailboxes: new Map(), ended: [], endedPosition: 0, bytes: 0 })

interface MemoryMailboxes extends MailboxStore {
  readonly sweep: (nowMs: number, budget: number) => number
  readonly count: () => { readonly envelopes: number; readonly bytes: number; readonly mailboxes: number }
}

export const createMemoryMailboxes = (kept: Kept, limits: MailboxLimits, { change, look }: Process): MemoryMailboxes => {
  const { mailboxes, ended } = kept

  const emptyMailbox = (keepUntilDay: number): Mailbox => ({
    keepUntilDay,
    lastPosition: kept.endedPosition,
    bytes: 0,
    envelopes: new Map(),
    positionById: new Map(),
  })

  const append = (mailbox: Mailbox | undefined, envelope: Envelope): Appended => {
    if (!mailbox) return { ok: false, reason: 'no-mailbox' }
    const repeated = mailbox.positionById.get(envelope.envelopeId)
    if (repeated !== undefined) return { ok: true, position: repeated, isRepeat: true }
    const { length } = envelope.envelope
    if (mailbox.envelopes.size >= limits.envelopesPerMailbox || mailbox.bytes + length > limits.bytesPerMailbox) {
      return { ok: false, reason: 'mailbox-full' }
    }
    if (kept.bytes + length > limits.storedBytes) return { ok: false, reason: 'store-full' }
    mailbox.lastPosition += 1
    mailbox.envelopes.set(mailbox.lastPosition, envelope)
    mailbox.positionById.set(envelope.envelopeId, mailbox.lastPosition)
    mailbox.bytes += length
    kept.bytes += length
    return { ok: true, position: mailbox.lastPosition, isRepeat: false }
  }

  const forget = (mailbox: Mailbox, position: number) => {
    const forgotten = mailbox.envelopes.get(position)
    if (!forgotten) return
    mailbox.envelopes.delete(position)
    mailbox.positionById.delete(forgotten.envelopeId)
    mailbox.bytes -= forgotten.envelope.length
    kept.bytes -= forgotten.envelope.length
  }

  const end = (address: Address) => {
    const mailbox = mailboxes.get(address)
    if (!mailbox) return
    mailboxes.delete(address)
    kept.endedPosition = Math.max(kept.endedPosition, mailbox.lastPosition)
    ended.push(...mailbox.envelopes.values())
  }

  const clearEnded = (budget: number): number => {
    const gone = ended.splice(0, budget)
    for (const { envelope } of gone) kept.bytes -= envelope.length
    return gone.length
  }

  const expired = (nowMs: number) =>
    [...mailboxes.values()].flatMap((mailbox) =>
      [...mailbox.envelopes]
        .filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
        .map(
          ([position]) =>
            () =>
              forget(mailbox, position),
        ),
    )

  const unused = (nowMs: number) =>
    [...mailboxes]
      .filter(([, { keepUntilDay }]) => keepUntilDay <= Math.floor(nowMs / DAY_MS))
      .map(
        ([address]) =>
          () =>
            end(address),
      )

  return {
    openMailboxes: async (addresses, keepUntilMs) => {
      const keepUntilDay = Math.ceil(keepUntilMs / DAY_MS)
      for (const address of addresses) addressBytes(address)
      return change('in-doubt', () => {
        for (const address of addresses) {
          const mailbox = mailboxes.get(address)
          if (mailbox) mailbox.keepUntilDay = Math.max(mailbox.keepUntilDay, keepUntilDay)
          else mailboxes.set(address, emptyMailbox(keepUntilDay))
        }
        return 'ok'
      })
    },

    closeMailboxes: async (addresses) => {
      for (const address of addresses) addressBytes(address)
      return change('in-doubt', () => {
        for (const address of addresses) end(address)
        clearEnded(ended.length)
        return 'ok'
      })
    },

    append: async (address, envelopeId, envelope, expiresAtMs) => {
      addressBytes(address)
      envelopeIdBytes(envelopeId)
      return change<Appended>({ ok: false, reason: 'in-doubt' }, () =>
        append(mailboxes.get(address), { envelopeId, envelope: envelope.slice(), expiresAtMs }),
      )
    },

    read: async (address, after, count, maxBytes, nowMs) =>
      look(() => {
        const found = []
        let bytes = 0
        for (const [position, { envelope, expiresAtMs }] of mailboxes.get(address)?.envelopes ?? []) {
          if (position <= after || expiresAtMs <= nowMs) continue
          bytes += envelope.length
          if (found.length === count || (found.length > 0 && bytes > maxBytes)) break
          found.push({ position, envelope })
        }
        return found
      }),

    acknowledge: async (address, positions) =>
      change('in-doubt', () => {
        const mailbox = mailboxes.get(address)
        if (mailbox) for (const position of positions) forget(mailbox, position)
        return 'ok'
      }),

    waiting: async (addresses, nowMs) =>
      look(() => {
        const envelopes = addresses.flatMap((address) => [...(mailboxes.get(address)?.envelopes.values() ?? [])])
        return envelopes.filter(({ expiresAtMs }) => expiresAtMs > nowMs).length
      }),

    sweep: (nowMs, budget) => {
      let gone = within(budget, expired(nowMs))
      gone += within(budget - gone, unused(nowMs))
      return gone + clearEnded(budget - gone)
    },

    count: () => ({
      envelopes: ended.length + [...mailboxes.values()].reduce((sum, { envelopes }) => sum + envelopes.size, 0),
      bytes: kept.bytes,
      mailboxes: mailboxes.size,
    }),
  }
}
