// Opening a message (Double Ratchet rev. 4 §4.6). All of it works on values beside the state: only where the tag of the body
// verified does it answer with another state, so a refusal changes nothing.

import { equal } from '../../crypto/bytes.ts'
import { mlKem768 } from '../../crypto/ml-kem.ts'
import { x25519Agree } from '../../crypto/x25519.ts'
import { hashPrologue, stepChain, stepRoot } from './key-schedule.ts'
import { addSkipped, dropExpired, type Late, MAX_SKIPPED_KEYS, removeSkipped, skippedKeyId } from './skipped-keys.ts'
import type { AwaitingFirst, ChainKey, OldChain, OurTurn, RatchetState, ReceivingChain, SkippedKey, TheirTurn } from './state.ts'
import { type Header, openBody, openHeader, type Route, readMessage, type SealedMessage } from './wire-format.ts'

/** No message may skip more keys than this, whatever the caller allows. */
export const MAX_JUMP = 25_000
/** After so many steps of a chain a caller may pause. */
const SLICE = 1_000

/**
 * Why a message was not opened.
 *
 * No key of ours, or damaged on the way: `malformed` (no form of a message), `not-for-us` (no header key opens it), `bad-mac`
 * (header opened; body, envelope id or a tag differs). Late or again: `duplicate` (its key was used or is no longer kept). Ours to
 * allow: `would-skip` (more than `maxSkip`; drain the mailbox, then ask again with more). The peer's fault: `skips-too-many`
 * (over 25,000), `header-changed` (it contradicts an earlier header), `bad-key` (a key of small order, or a malformed KEM key),
 * `no-kem` (a chain without the ciphertext that is due, or with one where none can be).
 */
export type DecryptRefusal =
  | 'malformed'
  | 'not-for-us'
  | 'bad-mac'
  | 'duplicate'
  | 'would-skip'
  | 'skips-too-many'
  | 'header-changed'
  | 'bad-key'
  | 'no-kem'

export type Decrypted =
  | { readonly ok: true; readonly state: RatchetState; readonly plaintext: Uint8Array }
  | { readonly ok: false; readonly reason: DecryptRefusal }

export interface DecryptInput {
  /** 16 bytes: of the envelope in which the message came. */
  readonly envelopeId: Uint8Array
  readonly message: Uint8Array
  readonly nowMs: number
  /** The most keys that this message may skip: 1,000 while the mailbox may hold what is missing. */
  readonly maxSkip: number
}

/** A message on its way through the checks. */
interface Incoming extends DecryptInput {
  readonly sealed: SealedMessage
  readonly route: Route
}

type Slices<T> = Generator<undefined, T>

const refuse = (reason: DecryptRefusal): Decrypted => ({ ok: false, reason })

/** As `decrypt`, but yields after at most every 1,000 skipped keys; the state stays as it was until the last step. */
export function* decryptInSlices(before: RatchetState, input: DecryptInput): Slices<Decrypted> {
  const read = readMessage(input.message)
  if (!read.ok) return read
  const state: RatchetState = { ...before, ...dropExpired(before, input.nowMs) }
  const sealed = read.value
  const { adHash, theirTag, ourTag } = state
  const incoming: Incoming = {
    ...input,
    sealed,
    route: { adHash, senderTag: theirTag, recipientTag: ourTag, envelopeId: input.envelopeId },
  }

  for (const old of state.oldChains) {
    const header = openHeader(old.headerKey, sealed, adHash)
    if (header) return header.ok ? openLate(state, old, header.value, incoming) : header
  }
  // A chain that is not there has no key, and so equals nothing.
  if (state.phase !== 'awaiting-first' && state.receiving !== undefined) {
    const header = openHeader(state.receiving.headerKey, sealed, adHash)
    if (header) return header.ok ? yield* openInChain(state, state.receiving, header.value, incoming) : header
  }
  // In our turn they have no key of ours to answer, so no other chain of theirs can begin.
  if (state.phase !== 'our-turn') {
    const header = openHeader(state.nextReceivingHeaderKey, sealed, adHash)
    if (header) return header.ok ? yield* openInNewChain(state, header.value, incoming) : header
  }
  return refuse('not-for-us')
}

/** A message of a chain of which only skipped keys are left, or one below the newest of the chain that goes on. */
const openLate = (state: RatchetState, chain: OldChain, header: Header, { sealed, route }: Incoming): Decrypted => {
  if (!equal(hashPrologue(header), chain.prologueHash)) return refuse('header-changed')
  const id = skippedKeyId(chain.chain, header.n)
  const key = state.skipped.get(id)
  if (key === undefined) return refuse('duplicate')
  const plaintext = openBody(key.messageKey, sealed, route)
  return plaintext ? { ok: true, plaintext, state: { ...state, ...removeSkipped(state, id) } } : refuse('bad-mac')
}

function* openInChain(state: OurTurn | TheirTurn, chain: ReceivingChain, header: Header, incoming: Incoming): Slices<Decrypted> {
  if (header.n < chain.nextNumber) return openLate(state, chain, header, incoming)
  if (!equal(hashPrologue(header), chain.prologueHash)) return refuse('header-changed')
  const tooFar = checkJump(header.n - chain.nextNumber, incoming)
  if (tooFar) return tooFar

  const opened = yield* openAt(chain, header.n, incoming, state)
  if (opened === undefined) return refuse('bad-mac')
  return { ok: true, plaintext: opened.plaintext, state: { ...state, ...opened.late, receiving: opened.chain } }
}

function* openInNewChain(state: AwaitingFirst | TheirTurn, header: Header, incoming: Incoming): Slices<Decrypted> {
  const followed = state.phase === 'awaiting-first' ? undefined : state.receiving
  const { phase, adHash, ourTag, theirTag, nextSendingHeaderKey } = state
  // The initiator's first chain answers no KEM key of ours; every other chain does, or the ratchet would be a classical one.
  if ((header.ciphertext === undefined) !== (phase === 'awaiting-first')) return refuse('no-kem')
  if (!mlKem768.isEncapsulationKey(header.encapsulationKey)) return refuse('bad-key')
  const missed = header.previousCount - (followed?.nextNumber ?? 0)
  if (missed < 0 || (followed === undefined && missed > 0)) return refuse('header-changed')
  const tooFar = checkJump(missed + header.n, incoming)
  if (tooFar) return tooFar

  const agreement = x25519Agree(state.ourKeyPair.privateKey, header.ratchetKey)
  if (agreement === undefined) return refuse('bad-key')
  const kemShared =
    phase === 'their-turn' && header.ciphertext !== undefined ? mlKem768.decapsulate(state.ourKemSeed, header.ciphertext) : undefined
  const { rootKey, chainKey, nextHeaderKey } = stepRoot({
    rootKey: state.rootKey,
    agreement,
    kemShared,
    receiverKey: state.ourKeyPair.publicKey,
    prologue: header,
  })

  const rest = followed && (yield* skip(followed, header.previousCount, incoming.nowMs))
  const late = addSkipped(state, rest?.skipped ?? [], followed)
  const chain: ReceivingChain = {
    chain: followed === undefined ? 0 : followed.chain + 1,
    headerKey: state.nextReceivingHeaderKey,
    prologueHash: hashPrologue(header),
    chainKey,
    nextNumber: 0,
  }
  const opened = yield* openAt(chain, header.n, incoming, late)
  if (opened === undefined) return refuse('bad-mac')
  const next: OurTurn = {
    phase: 'our-turn',
    adHash,
    ourTag,
    theirTag,
    rootKey,
    nextSendingHeaderKey,
    nextReceivingHeaderKey: nextHeaderKey,
    ...opened.late,
    theirKey: header.ratchetKey,
    theirEncapsulationKey: header.encapsulationKey,
    previousCount: state.phase === 'their-turn' ? state.sending.sentCount : 0,
    receiving: opened.chain,
  }
  return { ok: true, plaintext: opened.plaintext, state: next }
}

const checkJump = (jump: number, { maxSkip }: Incoming): Decrypted | undefined => {
  if (jump > MAX_JUMP) return refuse('skips-too-many')
  return jump > maxSkip ? refuse('would-skip') : undefined
}

/** Opens message `n` of a chain and keeps the keys of those before it. @returns undefined where the tag does not verify */
function* openAt(
  chain: ReceivingChain,
  n: number,
  incoming: Incoming,
  before: Late,
): Slices<{ readonly plaintext: Uint8Array; readonly chain: ReceivingChain; readonly late: Late } | undefined> {
  const { chainKey, skipped } = yield* skip(chain, n, incoming.nowMs)
  const step = stepChain(chainKey)
  const plaintext = openBody(step.messageKey, incoming.sealed, incoming.route)
  if (plaintext === undefined) return undefined
  const { oldChains, skipped: kept } = addSkipped(before, skipped)
  return { plaintext, chain: { ...chain, chainKey: step.chainKey, nextNumber: n + 1 }, late: { oldChains, skipped: kept } }
}

/** Walks a chain up to message `until`; gives the chain key there and those of the keys passed that may be kept. */
function* skip(
  chain: ReceivingChain,
  until: number,
  storedAtMs: number,
): Slices<{ readonly chainKey: ChainKey; readonly skipped: readonly SkippedKey[] }> {
  const skipped: SkippedKey[] = []
  let { chainKey } = chain
  for (let n = chain.nextNumber; n < until; n++) {
    const step = stepChain(chainKey)
    chainKey = step.chainKey
    if (until - n <= MAX_SKIPPED_KEYS) skipped.push({ chain: chain.chain, n, messageKey: step.messageKey, storedAtMs })
    if ((n - chain.nextNumber) % SLICE === SLICE - 1) yield
  }
  return { chainKey, skipped }
}
