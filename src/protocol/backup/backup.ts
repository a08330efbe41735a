// A backup as bytes (docs/protocols/backup.md): a header, then a stream of chunks sealed one by one (STREAM: Hoang, Reyhanitabar,
// Rogaway, Vizár 2015), so that a file of any length is written and read with one chunk in memory, and none of it can be cut
// off, altered, moved or added to unnoticed. The door of this folder. What is in the chunks is not known here.

import { chaCha20Poly1305, TAG_LENGTH } from '../../crypto/aead.ts'
import { ascii, concat, equal, join, type Secret } from '../../crypto/bytes.ts'
import { hkdfSha256, sha256 } from '../../crypto/hash.ts'
import type { Random } from '../../crypto/random.ts'
import {
  type BackupHeader,
  COMMITMENT_LENGTH,
  checksumOf,
  encodePrefix,
  SALT_LENGTH,
  type SecretKind,
  type StretchingCost,
} from './header.ts'

export { entropyOf, PHRASE_ENTROPY_LENGTH, type PhraseEntropy, phraseOf } from '../../crypto/recovery-phrase.ts'
export { type BackupHeader, HEADER_LENGTH, readHeader, type SecretKind, type StretchingCost } from './header.ts'

/** Plaintext of every chunk but the last, which has 1 to as many bytes. */
export const CHUNK_LENGTH = 65_536
/** A chunk in the file. */
export const SEALED_CHUNK_LENGTH = CHUNK_LENGTH + TAG_LENGTH
/** Chunks that the counter of a nonce is used for: 256 TiB. */
const MAX_CHUNKS = 2 ** 32

const CHUNKS_LABEL = 'parley/backup/chunks/v1'
const COMMITMENT_LABEL = 'parley/backup/commitment/v1'

/** Seals the chunks of one file. */
export type ChunkKey = Secret<'BackupChunks'>
/** What the person keeps, as key material: 16 bytes behind twelve words, or 32 of a stretched passphrase. */
export type BackupSecret = Secret<'PhraseEntropy'> | Secret<'PassphraseKey'>

const NO_STRETCHING: StretchingCost = { memoryKiB: 0, passes: 0, lanes: 0 }

const keysOf = (secret: BackupSecret, salt: Uint8Array, prefix: Uint8Array) => {
  const derived = (label: string, length: number) => hkdfSha256<'BackupChunks'>(secret, salt, join(ascii(label), prefix), length)
  return { chunkKey: derived(CHUNKS_LABEL, 32), commitment: derived(COMMITMENT_LABEL, COMMITMENT_LENGTH) }
}

/** The salt of a file: 16 bytes, drawn before a passphrase is stretched with it. */
export const drawSalt = (random: Random): Uint8Array => random(SALT_LENGTH)

/**
 * Begins a file.
 *
 * @param cost of the stretching that made the secret from a passphrase
 * @returns 58 bytes, and the key for what follows
 */
export const beginBackup = (
  kind: SecretKind,
  secret: BackupSecret,
  salt: Uint8Array,
  cost: StretchingCost = NO_STRETCHING,
): { readonly header: Uint8Array; readonly chunkKey: ChunkKey } => {
  const prefix = encodePrefix(kind, cost, salt)
  const { chunkKey, commitment } = keysOf(secret, salt, prefix)
  const committed = concat(prefix, commitment)
  return { header: concat(committed, checksumOf(committed)), chunkKey }
}

/** The key of a file for whoever has its secret; `wrong-secret` where it is another one's. */
export const unlockBackup = (
  { commitment, prefix, salt }: BackupHeader,
  secret: BackupSecret,
): { readonly ok: true; readonly chunkKey: ChunkKey } | { readonly ok: false; readonly reason: 'wrong-secret' } => {
  const keys = keysOf(secret, salt, prefix)
  return equal(keys.commitment, commitment) ? { ok: true, chunkKey: keys.chunkKey } : { ok: false, reason: 'wrong-secret' }
}

/** What is to be backed up, as 32 bytes that tell whether it has changed; they are in no file. */
export const digestOfBytes = (bytes: Uint8Array): Uint8Array => sha256(bytes)

/** Seven zeros, the chunk's number, and whether it is the last: no two of one file are the same. */
const nonceOf = (index: number, isLast: boolean): Uint8Array => {
  if (index >= MAX_CHUNKS) throw new Error('backup: too many chunks')
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(7, index)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

const NOTHING = new Uint8Array(0)

/** @param plaintext 65,536 bytes, or 1 to 65,536 of the last. @returns 16 bytes more */
export const sealChunk = (chunkKey: ChunkKey, index: number, isLast: boolean, plaintext: Uint8Array): Uint8Array => {
  const isWhole = plaintext.length === CHUNK_LENGTH
  if (plaintext.length === 0 || plaintext.length > CHUNK_LENGTH || !(isLast || isWhole))
    throw new Error('backup: a chunk of another length')
  return chaCha20Poly1305.seal(chunkKey, nonceOf(index, isLast), plaintext, NOTHING)
}

/**
 * Opens the next chunk of a file.
 *
 * `truncated`: it is a whole one, and not the last, and nothing follows; `altered`: it is not what was written there.
 *
 * @param isLast whether the file ends with it
 */
export const openChunk = (
  chunkKey: ChunkKey,
  index: number,
  isLast: boolean,
  sealed: Uint8Array,
): { readonly ok: true; readonly plaintext: Uint8Array } | { readonly ok: false; readonly reason: 'truncated' | 'altered' } => {
  const isWhole = sealed.length === SEALED_CHUNK_LENGTH
  if (sealed.length <= TAG_LENGTH) return { ok: false, reason: isLast ? 'truncated' : 'altered' }
  if (sealed.length > SEALED_CHUNK_LENGTH || !(isLast || isWhole)) return { ok: false, reason: 'altered' }
  const plaintext = chaCha20Poly1305.open(chunkKey, nonceOf(index, isLast), sealed, NOTHING)
  if (plaintext !== undefined) return { ok: true, plaintext }
  const goesOn = isLast && isWhole && chaCha20Poly1305.open(chunkKey, nonceOf(index, false), sealed, NOTHING) !== undefined
  return { ok: false, reason: goesOn ? 'truncated' : 'altered' }
}
