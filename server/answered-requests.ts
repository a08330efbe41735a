// What was answered to which request of publication (docs/protocols/publication.md "Once"): a device that lost the answer
// asks again under the same id and gets the same one. In memory only, bounded and short-lived: every request may also be
// performed again without harm.

import { equal } from '../src/crypto/bytes.ts'
import type { Clock } from './limits.ts'
import type { Answer } from './publishing.ts'

export interface AnsweredRequests {
  /** @param bodyHash 32 bytes @returns undefined where nothing is known of this id */
  readonly find: (device: string, requestId: string, bodyHash: Uint8Array) => Answer | 'another-body' | undefined
  readonly keep: (device: string, requestId: string, bodyHash: Uint8Array, answer: Answer) => void
  /** Forgets what is over. */
  readonly sweep: () => void
  /** Devices of which something is known. */
  readonly size: () => number
}

interface Answered {
  readonly bodyHash: Uint8Array
  readonly answer: Answer
  readonly endsAtMs: number
}

const LIFE_MS = 600_000
/** Beyond these the oldest are forgotten. */
const MAX_PER_DEVICE = 16
const MAX_DEVICES = 4_096

export const createAnsweredRequests = (nowMs: Clock): AnsweredRequests => {
  /** Devices by their newest answer, and answers by age: the oldest stand first. */
  const byDevice = new Map<string, Map<string, Answered>>()

  const dropOldest = (map: Map<string, unknown>, max: number) => {
    const oldest = map.size > max ? map.keys().next().value : undefined
    if (oldest !== undefined) map.delete(oldest)
  }

  return {
    find: (device, requestId, bodyHash) => {
      const known = byDevice.get(device)?.get(requestId)
      if (!known || known.endsAtMs <= nowMs()) return undefined
      return equal(known.bodyHash, bodyHash) ? known.answer : 'another-body'
    },
    keep: (device, requestId, bodyHash, answer) => {
      const answered = byDevice.get(device) ?? new Map<string, Answered>()
      byDevice.delete(device)
      byDevice.set(device, answered)
      answered.delete(requestId)
      answered.set(requestId, { bodyHash, answer, endsAtMs: nowMs() + LIFE_MS })
      dropOldest(answered, MAX_PER_DEVICE)
      dropOldest(byDevice, MAX_DEVICES)
    },
    sweep: () => {
      for (const [device, answered] of byDevice) {
        for (const [requestId, { endsAtMs }] of answered) if (endsAtMs <= nowMs()) answered.delete(requestId)
        if (answered.size === 0) byDevice.delete(device)
      }
    },
    size: () => byDevice.size,
  }
}
