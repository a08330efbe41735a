// How long a new passphrase would last against somebody who has the disk and guesses, said in three words. A rough measure by
// length and words: what people know of each other it cannot know.

import { MIN_PASSPHRASE_LENGTH } from '../../messenger/api.ts'

export type Strength = 'too-short' | 'weak' | 'fair' | 'good'

export const strengthOf = (passphrase: string): Strength => {
  const letters = Array.from(passphrase.normalize('NFKC'))
  if (letters.length < MIN_PASSPHRASE_LENGTH) return 'too-short'
  const words = new Set(passphrase.split(/[\s\p{P}]+/u).filter((word) => word.length > 2)).size
  const isVaried = new Set(letters).size >= 8
  if (isVaried && (words >= 5 || letters.length >= 20)) return 'good'
  return isVaried && (words >= 4 || letters.length >= 14) ? 'fair' : 'weak'
}
