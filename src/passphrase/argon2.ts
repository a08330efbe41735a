// Argon2id (RFC 9106), the only importer of hash-wasm. It blocks its thread for as long as it takes and never gives back the
// memory that it took, so in the product only `stretching.ts`, a worker of its own, runs it.

import { argon2id } from 'hash-wasm'
import { type Argon2Cost, PASSPHRASE_KEY_LENGTH } from './cost.ts'

/** @param password not empty. @param salt 16 bytes. @returns 32 bytes */
export const argon2 = (password: Uint8Array, salt: Uint8Array, { lanes, memoryKiB, passes }: Argon2Cost): Promise<Uint8Array> =>
  argon2id({
    password,
    salt,
    parallelism: lanes,
    iterations: passes,
    memorySize: memoryKiB,
    hashLength: PASSPHRASE_KEY_LENGTH,
    outputType: 'binary',
  })
