// What of the signalling service's messages may reach PeerJS. The service is trusted for nothing, and PeerJS believes
// it: it would build media connections, keep candidates for connections that never were, close open lines on `LEAVE`.
// The messages are those of PeerJS 1.5.5; docs/protocols/link.md names the ones that are used.

import { CHANNEL_LABEL, SERIALIZATION } from './raw-connection.ts'

const MAX_SDP_LENGTH = 16_384
const MAX_CANDIDATE_LENGTH = 1_024
/** Candidates for one connection, at the most: a browser sends about ten. */
export const MAX_CANDIDATES = 64
/** Connections for which candidates wait, at the most. */
export const MAX_EARLY_CONNECTIONS = 16

/** A name that the service may know somebody by, or that a connection may have. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(value)

/** What becomes of one message. */
export interface Admitted {
  /** What PeerJS may have now, in this order. */
  readonly pass: readonly unknown[]
  /** Whom we dialled, where the service says that nobody is there. */
  readonly unavailable: string | undefined
}

/** A connection that PeerJS has by a name, as far as this matters here. */
export interface KnownConnection {
  readonly peerConnection: Pick<RTCPeerConnection, 'signalingState'> | null
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

const isDescription = (value: unknown, type: 'offer' | 'answer'): boolean =>
  isFields(value) && value['type'] === type && typeof value['sdp'] === 'string' && value['sdp'].length <= MAX_SDP_LENGTH

const isCandidate = (value: unknown): boolean =>
  isFields(value) && typeof value['candidate'] === 'string' && value['candidate'].length <= MAX_CANDIDATE_LENGTH

const isOurKindOfOffer = (payload: Fields): boolean =>
  payload['type'] === 'data' &&
  payload['serialization'] === SERIALIZATION &&
  payload['label'] === CHANNEL_LABEL &&
  payload['reliable'] === true &&
  payload['metadata'] === undefined &&
  isDescription(payload['sdp'], 'offer')

const NOTHING: Admitted = { pass: [], unavailable: undefined }

/**
 * One guard for one id at the service.
 *
 * Candidates may outrun the description that they belong to; PeerJS loses some of those and keeps others for ever. They
 * wait here instead, and follow it.
 */
export const createSignallingGuard = (connectionOf: (theirPeerId: string, connectionId: string) => KnownConnection | null) => {
  const countByConnection = new WeakMap<KnownConnection, number>()
  const answered = new WeakSet<KnownConnection>()
  const earlyByName = new Map<string, unknown[]>()

  const hold = (name: string, candidate: unknown): void => {
    const early = earlyByName.get(name) ?? []
    if (early.length < MAX_CANDIDATES) early.push(candidate)
    earlyByName.set(name, early)
    const [oldest] = earlyByName.keys()
    if (earlyByName.size > MAX_EARLY_CONNECTIONS && oldest !== undefined) earlyByName.delete(oldest)
  }
  const followedByHeld = (name: string, message: unknown): Admitted => {
    const early = earlyByName.get(name) ?? []
    earlyByName.delete(name)
    return { ...NOTHING, pass: [message, ...early] }
  }

  return (message: unknown): Admitted => {
    if (!isFields(message)) return NOTHING
    const { type, src, payload } = message
    const passed: Admitted = { ...NOTHING, pass: [message] }
    if (type === 'OPEN' || type === 'ID-TAKEN' || type === 'INVALID-KEY') return passed
    if (type === 'ERROR') return isFields(payload) ? passed : NOTHING
    if (!isName(src)) return NOTHING
    if (type === 'EXPIRE') return { ...NOTHING, unavailable: src }
    if (!isFields(payload) || !isName(payload['connectionId'])) return NOTHING
    const { connectionId } = payload
    const connection = connectionOf(src, connectionId)
    const name = `${src} ${connectionId}`

    if (type === 'OFFER') return connection === null && isOurKindOfOffer(payload) ? followedByHeld(name, message) : NOTHING
    if (type === 'ANSWER') {
      // Once, and only an answer: a second description could bring another fingerprint after the first was used.
      const isAwaited = connection?.peerConnection?.signalingState === 'have-local-offer' && !answered.has(connection)
      if (!isAwaited || !isDescription(payload['sdp'], 'answer')) return NOTHING
      answered.add(connection)
      return followedByHeld(name, message)
    }
    if (type !== 'CANDIDATE' || !isCandidate(payload['candidate'])) return NOTHING
    if (!connection || (connection.peerConnection?.signalingState === 'have-local-offer' && !answered.has(connection))) {
      hold(name, message)
      return NOTHING
    }
    const count = (countByConnection.get(connection) ?? 0) + 1
    countByConnection.set(connection, count)
    return connection.peerConnection && count <= MAX_CANDIDATES ? passed : NOTHING
  }
}
