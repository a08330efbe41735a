// What a person keeps to open a backup, and the key material behind it: twelve words, or a passphrase that is stretched.

import { asSecret } from '../crypto/bytes.ts'
import type { Random } from '../crypto/random.ts'
import type { BackupSecretText } from '../messenger/api.ts'
import { PASSPHRASE_COST } from '../passphrase/passphrase.ts'
import {
  type BackupHeader,
  type BackupSecret,
  beginBackup,
  type ChunkKey,
  drawSalt,
  entropyOf,
  PHRASE_ENTROPY_LENGTH,
  type PhraseEntropy,
  phraseOf,
  type StretchingCost,
  unlockBackup,
} from '../protocol/backup/backup.ts'
import { type Stretch, TransferRefused } from './transfer.ts'

/** Twelve words that nobody has. */
export const newPhrase = (random: Random): string => phraseOf(asSecret<'PhraseEntropy'>(random(PHRASE_ENTROPY_LENGTH)))

/** Throws a {@link TransferRefused}. @returns 16 bytes */
export const fromWords = (text: string): PhraseEntropy => {
  const read = entropyOf(text)
  if (!read.ok) throw new TransferRefused(read.reason)
  return read.entropy
}

const fromPassphrase = async (text: string, salt: Uint8Array, cost: StretchingCost, stretch: Stretch): Promise<BackupSecret> => {
  const derived = await stretch(text, salt, cost)
  if (derived.ok) return derived.key
  // A cost out of bounds is none that we have written.
  throw new TransferRefused(derived.reason === 'empty' ? 'passphrase-empty' : derived.reason === 'cost' ? 'altered' : 'no-memory')
}

/**
 * The beginning of a new file, and the key of what follows.
 *
 * @param secret as the person says it, or what stands behind twelve words. Never a stretched passphrase: its salt is the
 *   file's, and two files of one salt would be sealed with one key and the same nonces
 */
export const lockNew = async (secret: BackupSecretText | PhraseEntropy, random: Random, stretch: Stretch) => {
  const salt = drawSalt(random)
  if (secret instanceof Uint8Array) return beginBackup('words', secret, salt)
  const { kind, text } = secret
  if (kind === 'words') return beginBackup('words', fromWords(text), salt)
  return beginBackup('passphrase', await fromPassphrase(text, salt, PASSPHRASE_COST, stretch), salt, PASSPHRASE_COST)
}

/** The key of a file that is there. @param text words or a passphrase, whichever it was written with */
export const unlock = async (header: BackupHeader, text: string, stretch: Stretch): Promise<ChunkKey> => {
  const { cost, kind, salt } = header
  const secret = kind === 'words' ? fromWords(text) : await fromPassphrase(text, salt, cost, stretch)
  const unlocked = unlockBackup(header, secret)
  if (!unlocked.ok) throw new TransferRefused(unlocked.reason)
  return unlocked.chunkKey
}
