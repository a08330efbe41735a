// A worker for one derivation: it is asked once, answers and is ended, and what it held in memory goes with it.

import { argon2 } from './argon2.ts'
import type { Argon2Cost } from './cost.ts'

/** To this worker. */
export interface StretchRequest {
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly cost: Argon2Cost
}

/** From it: 32 bytes, or undefined where the memory could not be had. */
export type StretchAnswer = Uint8Array | undefined

const answer = (key: StretchAnswer): void => postMessage(key)

addEventListener('message', ({ data: { cost, password, salt } }: MessageEvent<StretchRequest>) => {
  argon2(password, salt, cost).then(answer, () => answer(undefined))
})
