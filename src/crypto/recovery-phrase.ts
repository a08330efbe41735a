// Twelve words for 16 random bytes, and back (BIP-39, the English list, without its derivation of seeds). Four bits of SHA-256
// are in the last word, so that fifteen of sixteen mistyped words are noticed before anything is tried.

import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { asSecret, type Secret } from './bytes.ts'

export const PHRASE_ENTROPY_LENGTH = 16
export const PHRASE_WORDS = 12

export type PhraseEntropy = Secret<'PhraseEntropy'>

/** @param entropy 16 bytes. @returns twelve lower-case words, a space between two */
export const phraseOf = (entropy: PhraseEntropy): string => entropyToMnemonic(entropy, wordlist)

/** @returns 16 bytes; upper case and other white space are taken as they are meant */
export const entropyOf = (
  phrase: string,
):
  | { readonly ok: true; readonly entropy: PhraseEntropy }
  | { readonly ok: false; readonly reason: 'not-twelve-words' | 'unknown-word' | 'mistyped' } => {
  const words = phrase.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean)
  if (words.length !== PHRASE_WORDS) return { ok: false, reason: 'not-twelve-words' }
  if (words.some((word) => !wordlist.includes(word))) return { ok: false, reason: 'unknown-word' }
  try {
    return { ok: true, entropy: asSecret<'PhraseEntropy'>(mnemonicToEntropy(words.join(' '), wordlist)) }
  } catch {
    return { ok: false, reason: 'mistyped' }
  }
}
