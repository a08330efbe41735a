// The STUN and TURN servers that browsers are told of. A TURN server that shares a secret with the relay gives each
// connection credentials that end by themselves (coturn's `use-auth-secret`, draft-uberti-behave-turn-rest-00 §2.2).

import { createHmac } from 'node:crypto'
import type { IceServer } from '../src/wire/relay-frames.ts'

export interface SharedSecretTurn {
  readonly urls: readonly string[]
  readonly secret: string
  readonly credentialLifeSeconds: number
}

/** @param nowMs the time of day, as the TURN server reads it */
export const timeLimited = ({ urls, secret, credentialLifeSeconds }: SharedSecretTurn, nowMs: number): IceServer => {
  const username = String(Math.floor(nowMs / 1000) + credentialLifeSeconds)
  return { urls: [...urls], username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}
