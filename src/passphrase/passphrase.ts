// From a passphrase to a key: the door of this folder. What is derived depends on the text as people mean it (NFKC), on a salt
// and on a cost, and on nothing else. What the key is for is not known here, nor what a good passphrase is.

import { asSecret, type Secret } from '../crypto/bytes.ts'
import { type Argon2Cost, isBearable, PASSPHRASE_COST, PASSPHRASE_KEY_LENGTH, PASSPHRASE_SALT_LENGTH } from './cost.ts'
import type { StretchAnswer, StretchRequest } from './stretching.ts'
import stretchingUrl from './stretching.ts?worker&url'

export { type Argon2Cost, PASSPHRASE_COST, PASSPHRASE_SALT_LENGTH } from './cost.ts'

/** 32 bytes. */
export type PassphraseKey = Secret<'PassphraseKey'>

/**
 * - `empty`: no text;
 * - `salt`, `cost`: not of the length, not within the bounds;
 * - `aborted`: the caller wants it no more;
 * - `no-memory`: the worker could not be started, or did not get the memory.
 */
export type PassphraseRefusal = 'empty' | 'salt' | 'cost' | 'aborted' | 'no-memory'

export type DerivedKey = { readonly ok: true; readonly key: PassphraseKey } | { readonly ok: false; readonly reason: PassphraseRefusal }

/** The bytes of a text, the same whichever keyboard it was typed on (NFKC, UTF-8). Spaces are kept, also at the ends. */
export const passphraseBytes = (text: string): Uint8Array => new TextEncoder().encode(text.normalize('NFKC'))

/** @param salt 16 bytes, random. @param signal ends it at once */
export const deriveKey = async (
  passphrase: string,
  salt: Uint8Array,
  cost: Argon2Cost = PASSPHRASE_COST,
  signal?: AbortSignal,
): Promise<DerivedKey> => {
  const password = passphraseBytes(passphrase)
  if (password.length === 0) return { ok: false, reason: 'empty' }
  if (salt.length !== PASSPHRASE_SALT_LENGTH) return { ok: false, reason: 'salt' }
  if (!isBearable(cost)) return { ok: false, reason: 'cost' }
  return stretch({ password, salt, cost }, signal)
}

const stretch = (request: StretchRequest, signal: AbortSignal | undefined): Promise<DerivedKey> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve({ ok: false, reason: 'aborted' })
    const worker = new Worker(trustedUrl(), { type: 'module', name: 'parley-passphrase' })
    const end = (derived: DerivedKey): void => {
      worker.terminate()
      signal?.removeEventListener('abort', abort)
      resolve(derived)
    }
    const abort = (): void => end({ ok: false, reason: 'aborted' })
    const fail = (): void => end({ ok: false, reason: 'no-memory' })
    signal?.addEventListener('abort', abort)
    worker.addEventListener('message', ({ data }: MessageEvent<StretchAnswer>) =>
      data?.length === PASSPHRASE_KEY_LENGTH ? end({ ok: true, key: asSecret<'PassphraseKey'>(data) }) : fail(),
    )
    worker.addEventListener('error', fail)
    worker.addEventListener('messageerror', fail)
    worker.postMessage(request)
  })

/** Trusted Types, as far as it is used: TypeScript does not have it yet. */
interface TrustedTypes {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: () => string },
  ) => { readonly createScriptURL: (url: string) => string | URL }
}

let trusted: string | URL | undefined

/** The page's policy names one source of addresses a realm; the one of Parley's worker knows this address and no other. */
const trustedUrl = (): string | URL => {
  if (trusted !== undefined) return trusted
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('parley', { createScriptURL: () => stretchingUrl })
  trusted = policy?.createScriptURL(stretchingUrl) ?? stretchingUrl
  return trusted
}
