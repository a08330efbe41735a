// Sessions between two devices (docs/protocols/session.md): which ratchet a message is for, when a new one begins, and
// which one is current. PQXDH makes the keys and the ratchet does the encrypting; this file only decides between them.
// After Sesame (Signal, revision 2), for one pair of devices. Not here: whose devices there are, what is sent when, and
// the de-duplication of envelopes.
//
// Everything returns a new record; a refusal returns none, so that the old one stays as it was, byte for byte.

import { equal } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import type { MlKemSeed } from '../../crypto/ml-kem.ts'
import type { Random } from '../../crypto/random.ts'
import type { X25519KeyPair } from '../../crypto/x25519.ts'
import { accept, initiate as agree, type Handshake, type PairingPsk, type Party, readHandshake } from '../pqxdh/pqxdh.ts'
import {
  messageOverhead,
  decrypt as ratchetDecrypt,
  encrypt as ratchetEncrypt,
  sentUnanswered as ratchetSentUnanswered,
  startAsInitiator,
  startAsResponder,
} from '../ratchet/ratchet.ts'
import {
  choose,
  follow,
  isLastResortRepeat,
  isTombstone,
  keepAsked,
  type LastResortUse,
  MAX_LAST_RESORT_USES,
  type Session,
  type SessionRecord,
  sessionNamed,
  sessionsOf,
  standingOf,
  type UnansweredSession,
} from './record.ts'
import { BODY_OVERHEAD, decodeBody, decodeSessionFrame, encodeBody, encodeSessionFrame, frameOverhead } from './session-frame.ts'

export {
  adopt,
  agreeOn,
  asIfAgreed,
  askedSession,
  emptyRecord,
  forget,
  keepWritten,
  MAX_LAST_RESORT_USES,
  MAX_PREVIOUS_SESSIONS,
  PREVIOUS_SESSION_LIFE_MS,
  type SessionRecord,
  TOMBSTONE_LIFE_MS,
} from './record.ts'

type AgreementInput = Parameters<typeof agree>[0]
type AgreementRefusal = Extract<ReturnType<typeof agree>, { ok: false }>['reason']
type AcceptRefusal = Extract<ReturnType<typeof accept>, { ok: false }>['reason']
type RatchetRefusal = Extract<ReturnType<typeof ratchetDecrypt>, { ok: false }>['reason']

/**
 * Begins a session under a bundle and makes it current; what was current stays readable.
 *
 * @param input.bundle read and verified by protocol/prekeys, of the device `theirs`
 * @param input.psk from a pairing; undefined for a bundle that came from a relay
 * @returns the record to keep before the first message leaves, or why the bundle cannot be used
 */
export const initiate = (record: SessionRecord, input: InitiateInput): Initiated => {
  const begun = beginUnder(input)
  return begun.ok ? { ok: true, record: choose(record, begun.session, input.nowMs) } : begun
}

/**
 * Begins a session under a bundle only to ask in it whether the current one is broken: what is current stays so until they
 * have agreed (docs/protocols/session-healing.md).
 */
export const initiateToAsk = (record: SessionRecord, input: InitiateInput): Initiated => {
  const begun = beginUnder(input)
  return begun.ok ? { ok: true, record: keepAsked(record, begun.session, input.nowMs) } : begun
}

type InitiateInput = AgreementInput & { readonly nowMs: number }
type InitiateRefusal = { readonly ok: false; readonly reason: AgreementRefusal | 'statement-expired' }
type Initiated = { readonly ok: true; readonly record: SessionRecord } | InitiateRefusal

const beginUnder = (input: InitiateInput): { readonly ok: true; readonly session: UnansweredSession } | InitiateRefusal => {
  const { bundle, nowMs, ours, random, theirs } = input
  if (bundle.expiresAtMs <= nowMs) return { ok: false, reason: 'statement-expired' }
  const agreed = agree(input)
  if (!agreed.ok) return agreed
  const session: UnansweredSession = {
    phase: 'unanswered',
    baseKey: agreed.baseKey,
    ratchet: startAsInitiator({
      keys: agreed.keys,
      theirSignedPrekey: bundle.signedPrekey.key,
      ourTag: ours.tag,
      theirTag: theirs.tag,
      random,
    }),
    handshake: agreed.handshake,
    statementExpiresAtMs: bundle.expiresAtMs,
  }
  return { ok: true, session }
}

/**
 * Encrypts on the current session.
 *
 * @param input.envelopeId 16 bytes, bound to the message
 * @returns the record to keep before the message leaves; or `statement-expired`: nobody answered in time, so begin
 *   a new session and encrypt afresh, under the same message ids, what is still pending
 */
export const encrypt = (
  record: SessionRecord,
  input: { readonly envelopeId: Uint8Array; readonly plaintext: Uint8Array; readonly nowMs: number; readonly random: Random },
):
  | { readonly ok: true; readonly record: SessionRecord; readonly message: Uint8Array }
  | { readonly ok: false; readonly reason: 'no-session' | 'statement-expired' } => {
  const session = record.current
  if (session === undefined) return { ok: false, reason: 'no-session' }
  if (session.phase === 'unanswered' && session.statementExpiresAtMs <= input.nowMs) return { ok: false, reason: 'statement-expired' }
  const { state, message } = ratchetEncrypt(session.ratchet, {
    envelopeId: input.envelopeId,
    plaintext: encodeBody({ ...standingOf(record), plaintext: input.plaintext }),
    random: input.random,
  })
  return {
    ok: true,
    record: { ...record, current: { ...session, ratchet: state } },
    message: encodeSessionFrame(
      session.phase === 'unanswered' ? { type: 'initial', handshake: session.handshake, message } : { type: 'regular', message },
    ),
  }
}

/** Bytes by which the next message is longer than its plaintext. Throws where there is no session. */
export const overhead = (record: SessionRecord): number => {
  const session = record.current
  if (session === undefined) throw new Error('session: no session')
  const handshake = session.phase === 'unanswered' ? session.handshake : undefined
  return frameOverhead(handshake) + messageOverhead(session.ratchet) + BODY_OVERHEAD
}

/**
 * How many messages left on the current session since they last began a chain: whoever sends what may get lost must not let
 * this grow towards what a receiver skips at the most.
 */
export const sentUnanswered = (record: SessionRecord): number =>
  record.current === undefined ? 0 : ratchetSentUnanswered(record.current.ratchet)

/** Which prekeys a message names, so that they can be looked up; undefined for any but a well-formed initial message. */
export const readInitial = (message: Uint8Array): Handshake | undefined => {
  const frame = decodeSessionFrame(message)
  if (!frame.ok || frame.value.type !== 'initial') return undefined
  const read = readHandshake(frame.value.handshake)
  return read.ok ? read.handshake : undefined
}

/** Which of the prekeys that an initial message names is not there (any more): its statement or signed keys, or a one-time key. */
export type MissingPrekey = 'signed-prekey-missing' | 'one-time-key-missing'

/** The private halves that an initial message names ({@link readInitial}), and the hash of the bundle they were served in. */
export interface NamedPrekeys {
  readonly signedPrekey: X25519KeyPair
  readonly oneTimeX25519?: X25519KeyPair | undefined
  readonly kemSeed: MlKemSeed
  readonly bundleHash: Uint8Array
}

interface DecryptInput {
  readonly envelopeId: Uint8Array
  readonly message: Uint8Array
  readonly ours: Party
  readonly ourIdentity: X25519KeyPair
  readonly theirs: Party
  /** Asked for only where an initial message begins a session that is not known yet; undefined where none may begin. */
  readonly prekeys: NamedPrekeys | MissingPrekey | undefined
  readonly psk: PairingPsk | undefined
  readonly nowMs: number
  /** Messages of one chain that may be skipped; above that the refusal is `would-skip`. */
  readonly maxSkip: number
}

/**
 * - `not-for-us`: no session of this record has the header's key and none may begin, or it is our own message come back;
 * - `session-gone`: of a session that both count as past, so it can be acknowledged and dropped;
 * - `replayed`: the initial message of a session under a last-resort key that was begun before;
 * - `signed-prekey-missing`: it begins a session under a statement or signed keys that we do not hold (any more);
 * - `one-time-key-missing`: the same for a one-time key, which somebody else has used or which is too old;
 * - `handshake-changed`: another handshake header under a base key that is known;
 * - `too-many-sessions`: the peer wore our last-resort key out;
 * - the others are those of PQXDH and of the ratchet.
 */
export type DecryptRefusal =
  | 'malformed'
  | 'not-for-us'
  | 'session-gone'
  | 'replayed'
  | MissingPrekey
  | 'handshake-changed'
  | 'too-many-sessions'
  | Extract<ReturnType<typeof readHandshake>, { ok: false }>['reason']
  | AcceptRefusal
  | RatchetRefusal

/**
 * Decrypts on whichever session the message belongs to, or begins the session that an initial message offers.
 *
 * @returns the plaintext and the record to keep in the same commit; `started` names the prekeys that this message
 *   consumed, whose one-time halves go in that commit too. A refusal changes nothing.
 */
export const decrypt = (
  record: SessionRecord,
  input: DecryptInput,
):
  | { readonly ok: true; readonly record: SessionRecord; readonly plaintext: Uint8Array; readonly started: Handshake | undefined }
  | { readonly ok: false; readonly reason: DecryptRefusal } => {
  const frame = decodeSessionFrame(input.message)
  if (!frame.ok) return frame
  const { message } = frame.value
  if (frame.value.type === 'regular') return decryptOnAny(record, sessionsOf(record), message, input)

  const read = readHandshake(frame.value.handshake)
  if (!read.ok) return read
  const handshakeHash = sha256(frame.value.handshake)
  const known = sessionNamed(record, read.handshake.baseKey)
  if (known === undefined) return begin(record, read.handshake, handshakeHash, message, input)
  if (known.phase !== 'accepted') return refuse('not-for-us')
  if (!equal(known.handshakeHash, handshakeHash)) return refuse('handshake-changed')
  return decryptOnAny(record, [known], message, input)
}

/** What a repeat of an envelope is known by, beside its id: 32 bytes. */
export const envelopeDigest = (envelope: Uint8Array): Uint8Array => sha256(envelope)

/** Header keys belong to one session each: the first that opens the header is the one, and its answer is final. */
const decryptOnAny = (record: SessionRecord, sessions: readonly Session[], message: Uint8Array, input: DecryptInput) => {
  for (const session of sessions) {
    const opened = openOn(session, message, input)
    if (opened.ok) {
      const { plaintext, standing } = opened
      return { ok: true, record: follow(record, opened.session, standing, input.nowMs), plaintext, started: undefined } as const
    }
    if (opened.reason !== 'not-for-us') return opened
  }
  return refuse('not-for-us')
}

/** Begins a session from their initial message: its prekeys make the keys, and its first ratchet message proves them. */
const begin = (record: SessionRecord, handshake: Handshake, handshakeHash: Uint8Array, message: Uint8Array, input: DecryptInput) => {
  const { baseKey, kem, signedPrekeyId } = handshake
  const use: LastResortUse | undefined = kem.kind === 'last-resort' ? { kemId: kem.id, signedPrekeyId, baseKey } : undefined
  if (isTombstone(record, baseKey)) return refuse('session-gone')
  if (use !== undefined && isLastResortRepeat(record, use)) return refuse('replayed')
  if (use !== undefined && record.lastResortUses.length >= MAX_LAST_RESORT_USES) return refuse('too-many-sessions')
  const { ourIdentity, ours, prekeys, psk, theirs } = input
  if (prekeys === undefined) return refuse('not-for-us')
  if (typeof prekeys === 'string') return refuse(prekeys)

  const { bundleHash, kemSeed, oneTimeX25519, signedPrekey } = prekeys
  const agreed = accept({ ours, ourIdentity, theirs, handshake, signedPrekey, oneTimeX25519, kemSeed, bundleHash, psk })
  if (!agreed.ok) return agreed
  const ratchet = startAsResponder({ keys: agreed.keys, ourSignedPrekey: signedPrekey, ourTag: ours.tag, theirTag: theirs.tag })
  const opened = openOn({ phase: 'accepted', baseKey, ratchet, handshakeHash }, message, input)
  if (!opened.ok) return opened
  const noted = use === undefined ? record : { ...record, lastResortUses: [...record.lastResortUses, use] }
  return {
    ok: true,
    record: follow(noted, opened.session, opened.standing, input.nowMs),
    plaintext: opened.plaintext,
    started: handshake,
  } as const
}

const openOn = (session: Session, message: Uint8Array, input: DecryptInput) => {
  const { envelopeId, maxSkip, nowMs } = input
  const opened = ratchetDecrypt(session.ratchet, { envelopeId, message, nowMs, maxSkip })
  if (!opened.ok) return opened
  const body = decodeBody(opened.plaintext)
  if (!body.ok) return body
  const { plaintext, ...standing } = body.value
  return { ok: true, session: answered(session, opened.state), plaintext, standing } as const
}

/** A message of theirs decrypted on it, so they have it, and the handshake header has done its work. */
const answered = (session: Session, ratchet: Session['ratchet']): Session =>
  session.phase === 'unanswered' ? { phase: 'answered', baseKey: session.baseKey, ratchet } : { ...session, ratchet }

const refuse = <Reason extends DecryptRefusal>(reason: Reason) => ({ ok: false, reason }) as const
