// The first 58 bytes of a backup (docs/protocols/backup.md, Header): what it is, and what a key is made of beside the secret.

import { equal } from '../../crypto/bytes.ts'
import { sha256 } from '../../crypto/hash.ts'
import { decode, encode, fixed, oneOf, struct, u8, u32 } from '../../wire/codec.ts'

export const SALT_LENGTH = 16
export const COMMITMENT_LENGTH = 16
const CHECKSUM_LENGTH = 8
const PREFIX_LENGTH = 34
export const HEADER_LENGTH = PREFIX_LENGTH + COMMITMENT_LENGTH + CHECKSUM_LENGTH
export const FORMAT_VERSION = 1
/** `PARLEYBK` */
const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x4c, 0x45, 0x59, 0x42, 0x4b)

/** What opens a backup: twelve words, or a passphrase that was stretched. */
export type SecretKind = 'words' | 'passphrase'

/** What stretching a passphrase costs (Argon2id); all 0 with words. */
export interface StretchingCost {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}

export interface Prefix {
  readonly magic: Uint8Array
  readonly version: number
  readonly kind: SecretKind
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly reserved: Uint8Array
  /** 16 bytes, random. */
  readonly salt: Uint8Array
}

const prefixes = struct<Prefix>({
  magic: fixed(MAGIC.length),
  version: u8,
  kind: oneOf<SecretKind>(['words', 'passphrase']),
  memoryKiB: u32,
  passes: u8,
  lanes: u8,
  reserved: fixed(2),
  salt: fixed(SALT_LENGTH),
})

export const encodePrefix = (kind: SecretKind, { lanes, memoryKiB, passes }: StretchingCost, salt: Uint8Array): Uint8Array =>
  encode(prefixes, { magic: MAGIC, version: FORMAT_VERSION, kind, memoryKiB, passes, lanes, reserved: new Uint8Array(2), salt })

export const checksumOf = (prefixAndCommitment: Uint8Array): Uint8Array => sha256(prefixAndCommitment).subarray(0, CHECKSUM_LENGTH)

export interface BackupHeader {
  readonly kind: SecretKind
  readonly cost: StretchingCost
  readonly salt: Uint8Array
  /** As it stands in the file, 34 bytes: part of what the key is made of. */
  readonly prefix: Uint8Array
  readonly commitment: Uint8Array
}

/**
 * Reads the first 58 bytes of a file.
 *
 * `truncated`: it ends before; `altered`: the checksum is another.
 */
export const readHeader = (
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly header: BackupHeader }
  | { readonly ok: false; readonly reason: 'not-a-backup' | 'newer-version' | 'truncated' | 'altered' } => {
  const magic = bytes.subarray(0, MAGIC.length)
  if (!equal(magic, MAGIC)) return { ok: false, reason: 'not-a-backup' }
  const version = bytes[MAGIC.length]
  if (version === undefined) return { ok: false, reason: 'truncated' }
  if (version > FORMAT_VERSION) return { ok: false, reason: 'newer-version' }
  if (bytes.length < HEADER_LENGTH) return { ok: false, reason: 'truncated' }
  const checksum = bytes.subarray(HEADER_LENGTH - CHECKSUM_LENGTH, HEADER_LENGTH)
  if (!equal(checksum, checksumOf(bytes.subarray(0, HEADER_LENGTH - CHECKSUM_LENGTH)))) return { ok: false, reason: 'altered' }
  const prefix = bytes.slice(0, PREFIX_LENGTH)
  const decoded = decode(prefixes, prefix)
  if (!decoded.ok || version !== FORMAT_VERSION) return { ok: false, reason: 'altered' }
  const { kind, lanes, memoryKiB, passes, salt } = decoded.value
  const commitment = bytes.slice(PREFIX_LENGTH, PREFIX_LENGTH + COMMITMENT_LENGTH)
  return { ok: true, header: { kind, cost: { memoryKiB, passes, lanes }, salt, prefix, commitment } }
}
