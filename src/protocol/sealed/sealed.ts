// Sealing a first message (docs/protocols/envelopes.md): to the X-Wing key in a device's statement, so that whoever
// carries it learns neither who wrote it nor how long it is. Anybody can seal: what is inside proves who wrote it only
// once the session message in it has decrypted. Not here: that session, the addresses, and any signature.

import { chaCha20Poly1305, TAG_LENGTH } from '../../crypto/aead.ts'
import { ascii, asSecret, concat, join, type Secret } from '../../crypto/bytes.ts'
import { hkdfSha256 } from '../../crypto/hash.ts'
import type { Random } from '../../crypto/random.ts'
import { XWING_CIPHERTEXT_LENGTH, type XWingSeed, xWingDecapsulate, xWingEncapsulate } from '../../crypto/xwing.ts'
import { behind, bytes, constant, decode, encode, fixed, MAX_FRAME_LENGTH, rest, struct, validated } from '../../wire/codec.ts'

export { decodeFirstContact, encodeFirstContact, type FirstContact, hashOfDeviceList } from './first-contact.ts'

const VERSION = 1
const KEY_LABEL = ascii('parley/sealed/key/v1')
const KEY_LENGTH = 32
const NONCE_LENGTH = 12
const MAX_CONTENTS_LENGTH = 0xffff
const NO_SALT = new Uint8Array(0)

interface SealedFrame {
  readonly ciphertext: Uint8Array
  readonly body: Uint8Array
}
const sealedFrame = behind(constant(VERSION), struct<SealedFrame>({ ciphertext: fixed(XWING_CIPHERTEXT_LENGTH), body: rest }))

interface Padded {
  readonly contents: Uint8Array
  readonly padding: Uint8Array
}
const padded = struct<Padded>({
  contents: bytes(MAX_CONTENTS_LENGTH),
  padding: validated(rest, (value) => value.every((byte) => byte === 0)),
})

const CONTENTS_PREFIX_LENGTH = 2

/** Bytes by which a sealed text is longer than its contents, at the least. */
export const SEALED_OVERHEAD = 1 + XWING_CIPHERTEXT_LENGTH + CONTENTS_PREFIX_LENGTH + TAG_LENGTH

/**
 * Seals contents to a device's sealing key.
 *
 * @param input.sealingKey X-Wing, 1,216 bytes
 * @param input.paddedLength length of the result, at least `SEALED_OVERHEAD` more than the contents, at most 65,536
 * @param input.associated what the opener knows as well and must agree on: not sent
 * @returns exactly `paddedLength` bytes, or a refusal: the key is not one, or the contents do not fit
 */
export const seal = (input: {
  readonly sealingKey: Uint8Array
  readonly contents: Uint8Array
  readonly paddedLength: number
  readonly associated: Uint8Array
  readonly random: Random
}): { readonly ok: true; readonly sealed: Uint8Array } | { readonly ok: false; readonly reason: 'bad-key' | 'too-long' } => {
  const paddingLength = input.paddedLength - SEALED_OVERHEAD - input.contents.length
  if (paddingLength < 0 || input.contents.length > MAX_CONTENTS_LENGTH || input.paddedLength > MAX_FRAME_LENGTH) return TOO_LONG
  const encapsulated = xWingEncapsulate(input.sealingKey, input.random)
  if (encapsulated === undefined) return { ok: false, reason: 'bad-key' }

  const { ciphertext, shared } = encapsulated
  const { key, nonce } = sealingSecrets(shared)
  const plaintext = encode(padded, { contents: input.contents, padding: new Uint8Array(paddingLength) })
  const body = chaCha20Poly1305.seal(key, nonce, plaintext, associatedOf(ciphertext, input.associated))
  return { ok: true, sealed: encode(sealedFrame, { ciphertext, body }) }
}

/**
 * Opens what was sealed to one of our sealing keys. The caller tries the keys that it still keeps, newest first.
 *
 * @returns the contents, or a refusal: `bad-mac` for another key, other `associated` or altered bytes
 */
export const open = (input: {
  readonly seed: XWingSeed
  readonly sealed: Uint8Array
  readonly associated: Uint8Array
}): { readonly ok: true; readonly contents: Uint8Array } | { readonly ok: false; readonly reason: 'malformed' | 'bad-mac' } => {
  const frame = decode(sealedFrame, input.sealed)
  if (!frame.ok) return frame
  const { ciphertext, body } = frame.value
  const shared = xWingDecapsulate(input.seed, ciphertext)
  if (shared === undefined) return { ok: false, reason: 'malformed' }

  const { key, nonce } = sealingSecrets(shared)
  const plaintext = chaCha20Poly1305.open(key, nonce, body, associatedOf(ciphertext, input.associated))
  if (plaintext === undefined) return { ok: false, reason: 'bad-mac' }
  const whole = decode(padded, plaintext)
  return whole.ok ? { ok: true, contents: whole.value.contents } : whole
}

const TOO_LONG = { ok: false, reason: 'too-long' } as const

/** The KEM gives a fresh secret each time, so a key seals once and its nonce may come out of the same HKDF (RFC 9180 §5.1 does the same). */
const sealingSecrets = (shared: Secret<'XWingShared'>): { readonly key: Secret<'SealedKey'>; readonly nonce: Uint8Array } => {
  const derived = hkdfSha256<'SealedKeyAndNonce'>(shared, NO_SALT, KEY_LABEL, KEY_LENGTH + NONCE_LENGTH)
  return { key: asSecret<'SealedKey'>(derived.subarray(0, KEY_LENGTH)), nonce: derived.subarray(KEY_LENGTH) }
}

const associatedOf = (ciphertext: Uint8Array, associated: Uint8Array): Uint8Array =>
  join(concat(Uint8Array.of(VERSION), ciphertext), associated)
