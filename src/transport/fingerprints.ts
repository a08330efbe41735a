// The fingerprint of a DTLS certificate in a session description (RFC 8122 section 5): what a pairing and the proof of a
// known contact are bound to. Stricter than the RFC, which allows several: then nobody could say which one is meant.

/** SHA-256, in bytes. */
export const FINGERPRINT_LENGTH = 32

const ATTRIBUTE = /^a=fingerprint:/i
const SHA_256 = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i

/**
 * The one fingerprint of a description, for the whole session or for its parts.
 *
 * @returns 32 bytes; undefined where there is none, another hash, a malformed one, or more than one distinct value
 */
export const fingerprintOf = (sdp: string): Uint8Array | undefined => {
  const found = new Set<string>()
  // CR alone ends a line too, so that nothing can hide behind a parser that thinks otherwise.
  for (const line of sdp.split(/[\r\n]+/)) {
    if (!ATTRIBUTE.test(line.trimStart())) continue
    const [, digits] = SHA_256.exec(line) ?? []
    if (digits === undefined) return undefined
    found.add(digits.toLowerCase())
  }
  const [only, another] = found
  if (only === undefined || another !== undefined) return undefined
  return Uint8Array.from(only.split(':'), (pair) => Number.parseInt(pair, 16))
}
