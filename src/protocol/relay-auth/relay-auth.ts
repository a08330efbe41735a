// How the relay knows who may listen at an address, docs/protocols/relay.md "Addresses". Whoever knows an address may
// deposit; only who knows the listen key behind it may listen. Knows no connection and no envelope.

import { ascii, concat } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'

const LABEL = ascii('parley/address/listen/v1')

/**
 * The address that a listen key opens (docs/protocols/relay.md "Addresses").
 *
 * @param listenKey 32 random bytes, kept by the device that listens
 * @returns 32 bytes; nothing about the listen key follows from them
 */
export const addressOf = (listenKey: Uint8Array): Uint8Array => {
  if (listenKey.length !== 32) throw new Error('addressOf: not a listen key')
  return sha256(concat(LABEL, listenKey))
}
