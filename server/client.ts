// One browser at the other end of /relay, as rooms, mailboxes and prekeys see it. Knows no socket.

import type { RelayRefusal, RelayReply } from '../src/wire/relay-frames.ts'

export interface Client {
  /** Where it comes from (network-address.ts); only ever a key for counting. */
  readonly networkAddress: string
  /** For what the client must hear: if it reads so slowly that this no longer fits, the connection ends. */
  readonly send: (reply: RelayReply) => void
  /** For what others send it. False where it reads too slowly: nothing was sent, and the sender is told. */
  readonly trySend: (reply: RelayReply) => boolean
}

/** What a request came to: done, or the cause of its refusal. A refused request changed nothing. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly reason: RelayRefusal }

export const DONE: Outcome = { ok: true }
export const refuse = (reason: RelayRefusal): Outcome => ({ ok: false, reason })
