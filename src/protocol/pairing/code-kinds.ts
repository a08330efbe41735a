// What a code can be for, and by what the runs of one kind are told from those of another: a suite in every frame, names and
// labels in every key. It decides nothing; the checks are in checks.ts.

import { ascii } from '../../crypto/bytes.ts'
import type { Identities } from '../spake2/spake2.ts'

/** Two people meet; or a person's new device is linked, with the code on the main device or on the new one. */
export type CodeKind = 'pairing' | 'main-shows' | 'new-shows'

interface Names {
  /** SPAKE2-P256-SHA256-HKDF-HMAC with ML-KEM-768; scrypt N = 2^12 before, ChaCha20-Poly1305 behind: the same in all of them. */
  readonly suite: number
  /** SPAKE2's; A types, B shows. */
  readonly identities: Identities
  readonly transcriptLabel: string
}

const MAIN = ascii('parley main device')
const NEW = ascii('parley new device')

export const NAMES: Readonly<Record<CodeKind, Names>> = {
  pairing: { suite: 1, identities: { a: ascii('parley guest'), b: ascii('parley host') }, transcriptLabel: 'parley/pairing/transcript/v1' },
  'main-shows': { suite: 2, identities: { a: NEW, b: MAIN }, transcriptLabel: 'parley/linking/transcript/v1' },
  'new-shows': { suite: 3, identities: { a: MAIN, b: NEW }, transcriptLabel: 'parley/linking/transcript/v1' },
}

/** @returns undefined for a suite that no kind of code has */
export const kindOfSuite = (suite: number): CodeKind | undefined => KINDS.find((kind) => NAMES[kind].suite === suite)

const KINDS: readonly CodeKind[] = ['pairing', 'main-shows', 'new-shows']
