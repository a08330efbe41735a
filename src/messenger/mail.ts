// Our mailboxes at the relay: showing the keys, saying what is kept here, and asking again for what was refused because
// something before it was missing. Nothing is acknowledged before the commit that keeps it; what that is, receive.ts tells.

import { fromHex, toHex } from '../crypto/bytes.ts'
import { addressOf } from '../protocol/relay-auth/relay-auth.ts'
import { MAX_ACKNOWLEDGED, MAX_LISTEN_KEYS } from '../wire/relay-frames.ts'
import type { LinkId } from './api.ts'
import { ownListenKeys } from './contacts.ts'
import type { HeldBack, Mail } from './live.ts'
import { nextRequestId } from './routes.ts'
import { type Turn, withEntry } from './turn.ts'

/** Where an envelope came from: a proven line, or a mailbox of ours. */
export type Arrival =
  | { readonly via: 'line'; readonly linkId: LinkId }
  /** `position` 0: it was never kept. */
  | { readonly via: 'relay'; readonly address: string; readonly position: number }

/** Positions are acknowledged so many together, or after so many milliseconds. */
const ACKNOWLEDGE_TOGETHER = 32
const ACKNOWLEDGE_AFTER_MS = 50
/** Fetching is shown from so many envelopes on, and until none came for so long. */
const SHOW_PROGRESS_FROM = 30
const QUIET_MS = 15_000
/** What is missing before a message is waited for so long; a sender offers it again and again, in order, milliseconds. */
export const MISSING_MS = 120_000
/** Where the mailbox cannot be drained because of what is held back, so long. */
const SKIP_MS = 20_000
/** Envelopes of one contact that may wait for what is missing: twice what its line has under way. */
const MAX_HELD_BACK = 64
/** So many of one mailbox may keep their place in the relay's window. */
const MAX_HELD_AT_ADDRESS = 16

const setMail = (turn: Turn, mail: Partial<Mail>): void => {
  turn.live = { ...turn.live, mail: { ...turn.live.mail, ...mail } }
}

/** The connection that listens has opened: shows every key, and closes what nobody shall use any more. */
export const listenOpened = (turn: Turn): void => {
  listenAt(turn, ownListenKeys(turn))
  closeRevoked(turn)
}

/** Shows these keys from now on, if the relay is there; `listenOpened` shows them again. */
export const listenAt = (turn: Turn, keys: readonly Uint8Array[]): void => {
  if (turn.live.relay.listen !== 'open' || turn.live.leaving !== undefined) return
  for (let i = 0; i < keys.length; i += MAX_LISTEN_KEYS) {
    turn.send('listen', { type: 'listen', requestId: nextRequestId(turn), listenKeys: keys.slice(i, i + MAX_LISTEN_KEYS) })
  }
}

/** Ends a mailbox for good, as soon as the relay is there. */
export const revoke = (turn: Turn, listenKey: Uint8Array): void => {
  turn.put('revocations', toHex(addressOf(listenKey)), { listenKey })
  closeRevoked(turn)
}

const closeRevoked = (turn: Turn): void => {
  if (turn.live.relay.listen !== 'open') return
  const closing = new Set([...turn.live.mail.closing.values()].flat())
  const revoked = turn
    .all('revocations')
    .filter(([address]) => !closing.has(address))
    .slice(0, MAX_LISTEN_KEYS)
  if (revoked.length === 0) return
  const requestId = nextRequestId(turn)
  const addresses = revoked.map(([address]) => address)
  setMail(turn, { closing: withEntry(turn.live.mail.closing, requestId, addresses) })
  turn.send('listen', { type: 'close-mailboxes', requestId, listenKeys: revoked.map(([, { listenKey }]) => listenKey) })
}

/** The relay answered that it listens, or that mailboxes are closed. */
export const listening = (turn: Turn, requestId: number, waiting: number): undefined => {
  const closed = turn.live.mail.closing.get(requestId)
  if (closed !== undefined) {
    setMail(turn, { closing: withEntry(turn.live.mail.closing, requestId, undefined) })
    for (const address of closed) turn.remove('revocations', address)
    closeRevoked(turn)
    return
  }
  const { progress } = turn.live.mail
  if (waiting < SHOW_PROGRESS_FROM && progress === undefined) return
  setMail(turn, { progress: { done: progress?.done ?? 0, total: (progress?.total ?? 0) + waiting }, quietAtMs: turn.nowMs + QUIET_MS })
}

/** The relay refused to listen, or to close: the keys are shown again with the next connection, or after a pause. */
export const listenRefused = (turn: Turn, requestId: number): void => {
  const { closing } = turn.live.mail
  setMail(turn, { closing: withEntry(closing, requestId, undefined), listenAgainAtMs: turn.nowMs + SKIP_MS })
}

/** What came is kept here, or is of no use to anybody: whoever had it may forget it once this turn is committed. */
export const settled = (turn: Turn, arrival: Arrival, envelopeId: Uint8Array): void => {
  if (arrival.via === 'line') return turn.order({ type: 'link-send', linkId: arrival.linkId, frame: { type: 'ack', envelopeId } })
  dismissed(turn, arrival)
}

/** What came is of no use to us. On a line its sender is not told so. */
export const dismissed = (turn: Turn, arrival: Arrival): void => {
  if (arrival.via === 'line' || arrival.position === 0) return
  const { acknowledgeAtMs, progress, toAcknowledge } = turn.live.mail
  const positions = [...(toAcknowledge.get(arrival.address) ?? []), arrival.position]
  setMail(turn, {
    toAcknowledge: withEntry(toAcknowledge, arrival.address, positions),
    acknowledgeAtMs: Math.min(acknowledgeAtMs, turn.nowMs + ACKNOWLEDGE_AFTER_MS),
    ...(progress && { progress: { ...progress, done: progress.done + 1 }, quietAtMs: turn.nowMs + QUIET_MS }),
  })
}

/** Remembers since when an envelope is refused; those that never came again are forgotten, and of each contact all but the newest. */
export const holdBack = (turn: Turn, waitsAs: string, arrival: Arrival, why: 'would-skip' | 'out-of-order'): void => {
  const before = turn.live.heldBack.get(waitsAs)
  const owner = waitsAs.slice(0, waitsAs.indexOf('/') + 1)
  const isOurs = ([key]: readonly [string, HeldBack]): boolean => key.startsWith(owner)
  const fresh = [...turn.live.heldBack].filter(([key, { sinceMs }]) => key !== waitsAs && sinceMs + 10 * MISSING_MS > turn.nowMs)
  const ours = fresh.filter(isOurs).slice(0, MAX_HELD_BACK - 1)
  const sinceMs = before?.sinceMs ?? turn.nowMs
  const isKept = arrival.via === 'relay' && arrival.position > 0
  // On a line its sender offers it again by itself, and a second coming may skip.
  const held: HeldBack = { sinceMs, granted: !isKept, address: isKept ? arrival.address : undefined, why }
  turn.live = { ...turn.live, heldBack: new Map([[waitsAs, held], ...ours, ...fresh.filter((entry) => !isOurs(entry))]) }
  if (!isKept) return
  askAgain(turn, arrival.address, why === 'would-skip' ? turn.nowMs + SKIP_MS : Math.max(sinceMs + MISSING_MS, turn.nowMs + SKIP_MS))
  // One contact's gap leaves the relay's window to the others: it is fetched again when it is asked for again.
  const atAddress = [...turn.live.heldBack.values()].filter(({ address }) => address === arrival.address).length
  if (atAddress === MAX_HELD_AT_ADDRESS && before === undefined) stopListeningAt(turn, arrival.address)
}

const stopListeningAt = (turn: Turn, address: string): void => {
  acknowledgeKept(turn, true)
  turn.send('listen', { type: 'stop-listening', requestId: nextRequestId(turn), listenKeys: [...keysOf(turn, address)] })
}

const keysOf = (turn: Turn, address: string): readonly Uint8Array[] =>
  ownListenKeys(turn).filter((key) => toHex(addressOf(key)) === address)

const askAgain = (turn: Turn, address: string, atMs: number): void => {
  const before = turn.live.mail.askAgain.get(address) ?? Number.POSITIVE_INFINITY
  setMail(turn, { askAgain: withEntry(turn.live.mail.askAgain, address, Math.min(before, atMs)) })
}

/** What is waited for may be here by now: what was held back at an address comes again. */
export const comeAgain = (turn: Turn, address: string): void => {
  if ([...turn.live.heldBack.values()].some((held) => held.address === address)) askAgain(turn, address, turn.nowMs)
}

/** All that was kept at an address has come. What would skip over others may now: they are not there. */
export const drained = (turn: Turn, address: string): undefined => {
  const waits = [...turn.live.heldBack.values()].some((held) => held.address === address && held.why === 'would-skip')
  if (waits) askAgain(turn, address, turn.nowMs)
}

/** Says what is kept, and asks again, where that is due. Called at the end of each turn. */
export const mailDue = (turn: Turn): void => {
  acknowledgeKept(turn)
  if (turn.live.mail.listenAgainAtMs <= turn.nowMs) {
    setMail(turn, { listenAgainAtMs: Number.POSITIVE_INFINITY })
    if (turn.live.relay.listen === 'open') listenOpened(turn)
  }
  for (const [address, atMs] of turn.live.mail.askAgain) {
    if (atMs > turn.nowMs) continue
    setMail(turn, { askAgain: withEntry(turn.live.mail.askAgain, address, undefined) })
    const granted = [...turn.live.heldBack].map(
      ([key, held]) => [key, held.address === address && held.why === 'would-skip' ? { ...held, granted: true } : held] as const,
    )
    turn.live = { ...turn.live, heldBack: new Map(granted) }
    listenAt(turn, keysOf(turn, address))
  }
  tellProgress(turn)
}

const acknowledgeKept = (turn: Turn, atOnce = false): void => {
  const { acknowledgeAtMs, toAcknowledge } = turn.live.mail
  const count = [...toAcknowledge.values()].reduce((sum, positions) => sum + positions.length, 0)
  if (count === 0 || (!atOnce && count < ACKNOWLEDGE_TOGETHER && acknowledgeAtMs > turn.nowMs)) return
  for (const [address, positions] of toAcknowledge) {
    for (let i = 0; i < positions.length; i += MAX_ACKNOWLEDGED) {
      turn.send('listen', { type: 'acknowledge', address: fromHex(address), positions: positions.slice(i, i + MAX_ACKNOWLEDGED) })
    }
  }
  setMail(turn, { toAcknowledge: new Map(), acknowledgeAtMs: Number.POSITIVE_INFINITY })
}

const tellProgress = (turn: Turn): void => {
  const { progress, quietAtMs, told } = turn.live.mail
  const isOver = progress !== undefined && (progress.done >= progress.total || quietAtMs <= turn.nowMs)
  if (isOver) setMail(turn, { progress: undefined, quietAtMs: Number.POSITIVE_INFINITY })
  const shown = isOver ? undefined : progress
  const isNews = (shown === undefined) !== (told === undefined) || (shown && told && percentOf(shown) !== percentOf(told))
  if (!isNews) return
  setMail(turn, { told: shown })
  turn.tell({ type: 'catching-up-changed', progress: shown })
}

const percentOf = ({ done, total }: { readonly done: number; readonly total: number }): number => Math.floor((100 * done) / total)

/** The connection that listens went: what was not acknowledged comes again with the next one. */
export const listenLost = (turn: Turn): void => {
  setMail(turn, {
    toAcknowledge: new Map(),
    acknowledgeAtMs: Number.POSITIVE_INFINITY,
    askAgain: new Map(),
    closing: new Map(),
    progress: undefined,
    quietAtMs: Number.POSITIVE_INFINITY,
    listenAgainAtMs: Number.POSITIVE_INFINITY,
  })
}

export const mailWakeAtMs = (turn: Turn): number => {
  const { acknowledgeAtMs, askAgain, listenAgainAtMs, quietAtMs } = turn.live.mail
  return Math.min(acknowledgeAtMs, quietAtMs, listenAgainAtMs, ...askAgain.values())
}
