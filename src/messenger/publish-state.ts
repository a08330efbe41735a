// Where the publication of our prekeys stands while Parley runs (publish.ts moves it). Nothing of it is stored: whatever
// was under way when the page went is found out from the relay's status the next time.
//
//   resting --something is due--> connecting --opened--> authenticating --challenge--> asking --nothing is left--> resting
//   authenticating, asking --closed, refused, silent, not authentic--> resting, until its back-off is over
//   any --nobody to publish for--> resting

import type { Awaiting, Channel } from '../protocol/relay-auth/relay-auth.ts'
import type { PublicationRequest } from '../wire/publication-frames.ts'
import type { Published } from './state.ts'

/** A request whose answer has not come. */
export interface Unanswered {
  readonly request: PublicationRequest
  /** What the relay was known to keep when it was asked: a first message may overtake the answer. */
  readonly published: Published
  /** For the first time. */
  readonly askedAtMs: number
}

interface Common {
  /** Rounds that failed since the last that came to its end. */
  readonly failures: number
  /** Asked in this round, or in one that failed: then it is asked again first of all, as it was. */
  readonly unanswered: Unanswered | undefined
}

export type Publishing =
  | (Common & { readonly phase: 'resting'; readonly againAtMs: number })
  | (Common & { readonly phase: 'connecting' })
  | (Common & { readonly phase: 'authenticating'; readonly awaiting: Awaiting; readonly answerByMs: number })
  | (Common & {
      readonly phase: 'asking'
      readonly channel: Channel<'device'>
      /** Of the relay, hexadecimal. */
      readonly storeId: string
      /** Whether the relay has said in this round what it keeps. */
      readonly checked: boolean
      /** Whether it was asked in this round for the list that it keeps of our account. */
      readonly isListSought?: true
      readonly answerByMs: number
    })

export const notPublishing: Publishing = { phase: 'resting', failures: 0, unanswered: undefined, againAtMs: 0 }
