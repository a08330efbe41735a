// The connection on which a device publishes its prekeys, docs/protocols/publication.md: who it is (protocol/relay-auth),
// what it asks for under that authentication, and that the same request is answered once. What may be published is
// publishing.ts. Knows no socket.
//
//   (none) --authenticate--> challenged --first request--> authenticated
//   challenged --60 s--> (none)      any --a frame that does not open, or the connection is lost--> (none)

import { toHex } from '../src/crypto/bytes.ts'
import { sha256 } from '../src/crypto/hash.ts'
import { answerAuthentication, type Channel, openRequest, sealReply, type X25519KeyPair } from '../src/protocol/relay-auth/relay-auth.ts'
import { decodePublicationRequest, encodePublicationReply, PUBLICATION_REQUEST_ID_LENGTH } from '../src/wire/publication-frames.ts'
import type { RelayRequest } from '../src/wire/relay-frames.ts'
import { createAnsweredRequests } from './answered-requests.ts'
import { type Client, DONE, type Outcome, refuse } from './client.ts'
import { type Clock, createBuckets } from './limits.ts'
import { StoreFailure } from './measured-store.ts'
import { deviceNameOf, type PrekeyLimits } from './prekeys.ts'
import { type Answer, createPublishing, type Publisher, refused } from './publishing.ts'
import type { PrekeyStore } from './store.ts'

type Request<Type extends RelayRequest['type']> = Extract<RelayRequest, { readonly type: Type }>

export interface Publication {
  /** One at a time for each connection. Answers `challenge`. */
  readonly authenticate: (client: Client, request: Request<'authenticate'>) => Outcome
  /**
   * A request of wire/publication-frames; frames of one connection in the order in which they came. Answers
   * `authenticated`, also where the request is refused; where the frame itself is refused, the authentication is over,
   * unless the cause is haste: then it was not read, and may come again.
   */
  readonly perform: (client: Client, frame: Request<'authenticated'>) => Promise<Outcome>
  /** The connection is gone. */
  readonly lose: (client: Client) => void
  readonly sweep: () => void
}

export interface PublicationOptions {
  readonly limits: PrekeyLimits
  readonly store: PrekeyStore
  /** For limits and lives here; only goes forward. */
  readonly nowMs: Clock
  /** Milliseconds since 1970, for what is signed. */
  readonly dateMs: () => number
  /** protocol/relay-auth `relayKeyPair` of the store's seed. */
  readonly relay: X25519KeyPair
  readonly random: (length: number) => Uint8Array
}

/** A challenge that no request has used by then is void. */
const CHALLENGE_LIFE_MS = 60_000
/** Of a request; see PrekeyLimits. */
const BYTES_PER_UNIT = 4_096
/** A body without a readable one is answered under zeros. */
const REQUEST_ID_AT = 2

interface Authentication {
  readonly publisher: Publisher
  channel: Channel<'relay'>
  /** Until the first request. */
  endsAtMs: number
}

export const createPublication = ({ limits, store, nowMs, dateMs, relay, random }: PublicationOptions): Publication => {
  const authentications = createBuckets(limits.authenticationsPerAddress, nowMs)
  const publications = createBuckets(limits.publicationsPerAddress, nowMs)
  const newcomers = createBuckets(limits.newcomersPerAddress, nowMs)
  const publishing = createPublishing(store, dateMs, (networkAddress) => newcomers.take(networkAddress))
  const answered = createAnsweredRequests(nowMs)
  const held = new Map<Client, Authentication>()
  const inTurn = createTurns()

  const find = (client: Client): Authentication | undefined => {
    const authentication = held.get(client)
    if (authentication && authentication.endsAtMs <= nowMs()) held.delete(client)
    return held.get(client)
  }

  const answer = async (publisher: Publisher, body: Uint8Array): Promise<Answer> => {
    const decoded = decodePublicationRequest(body)
    if (!decoded.ok) return refused('malformed')
    const request = decoded.value
    // What only looks is answered anew each time.
    if (request.type === 'status') return publishing.perform(publisher, request).catch(inDoubt)
    const device = `${deviceNameOf(publisher.accountId, publisher.tag)}/${toHex(publisher.identityKey)}`
    const requestId = toHex(request.requestId)
    const bodyHash = sha256(body)
    const before = answered.find(device, requestId, bodyHash)
    if (before !== undefined) return before === 'another-body' ? refused('conflict') : before
    const made = await publishing.perform(publisher, request).catch(inDoubt)
    const isInDoubt = made.type === 'refused' && made.reason === 'in-doubt'
    if (!isInDoubt) answered.keep(device, requestId, bodyHash, made)
    return made
  }

  return {
    authenticate: (client, { requestId, ...claim }) => {
      if (find(client)) return refuse('not-allowed')
      if (!authentications.take(client.networkAddress)) return refuse('too-many-requests')
      const begun = answerAuthentication(claim, { relay, random })
      if (!begun.ok) return refuse('not-allowed')
      const { accountId, tag, identityKey } = claim
      const publisher = { accountId, tag, identityKey, networkAddress: client.networkAddress }
      held.set(client, { publisher, channel: begun.channel, endsAtMs: nowMs() + CHALLENGE_LIFE_MS })
      client.send({ type: 'challenge', requestId, ...begun.challenge })
      return DONE
    },

    perform: async (client, frame) => {
      const authentication = find(client)
      if (!authentication) return refuse('not-allowed')
      const units = Math.ceil(frame.body.length / BYTES_PER_UNIT)
      if (!publications.take(client.networkAddress, units)) return refuse('too-many-requests')
      const opened = openRequest(authentication.channel, frame)
      if (!opened.ok) {
        held.delete(client)
        return refuse('not-allowed')
      }
      authentication.channel = opened.channel
      authentication.endsAtMs = Number.POSITIVE_INFINITY
      const { publisher } = authentication
      return inTurn(toHex(publisher.accountId), async () => {
        const made = await answer(publisher, opened.body)
        const reply = sealReply(authentication.channel, encodePublicationReply({ ...made, requestId: requestIdOf(opened.body) }))
        authentication.channel = reply.channel
        if (held.get(client) === authentication) client.send({ type: 'authenticated', ...reply.sealed })
        return DONE
      })
    },

    lose: (client) => {
      held.delete(client)
    },

    sweep: () => {
      for (const client of held.keys()) find(client)
      for (const swept of [authentications, publications, newcomers, answered]) swept.sweep()
    },
  }
}

/** Trouble of the store is an answer; a bug of ours is none. */
const inDoubt = (error: unknown): Answer => {
  if (error instanceof StoreFailure) return refused('in-doubt')
  throw error
}

const requestIdOf = (body: Uint8Array): Uint8Array => {
  const id = body.slice(REQUEST_ID_AT, REQUEST_ID_AT + PUBLICATION_REQUEST_ID_LENGTH)
  return id.length === PUBLICATION_REQUEST_ID_LENGTH ? id : new Uint8Array(PUBLICATION_REQUEST_ID_LENGTH)
}

/** What is done under one key is done one after another, in the order in which it was asked for. */
const createTurns = () => {
  const lasts = new Map<string, Promise<unknown>>()
  return <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const before = lasts.get(key)
    const done = before ? before.then(act) : act()
    const last: Promise<unknown> = done
      .catch(() => undefined)
      .then(() => {
        if (lasts.get(key) === last) lasts.delete(key)
      })
    lasts.set(key, last)
    return done
  }
}
