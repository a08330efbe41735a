// What a run is held for: which kind of code, what is sealed in its flights and how that is read. A pairing of two people is
// one ceremony (introduction.ts), the linking of a device another (linking.ts); code, flights, carriers and times are the same.

import type { PairingRefusal } from './checks.ts'
import type { CodeKind } from './code-kinds.ts'

/** Where in a run something was sealed. */
export interface SaidAt<Said> {
  readonly flight: number
  readonly nowMs: number
  /** What the same side said before; undefined the first time. */
  readonly heard: Said | undefined
  /** What was said to it last, as it was sealed; undefined the first time. */
  readonly said: Uint8Array | undefined
}

export interface Ceremony<Said> {
  readonly kind: CodeKind
  /** After this one nobody says anything: 3, or more where the two go on (talk.ts). */
  readonly lastFlight: number
  /** Reads what was opened. Whatever it refuses spends the code. */
  read(
    plaintext: Uint8Array,
    at: SaidAt<Said>,
  ): { readonly ok: true; readonly said: Said } | { readonly ok: false; readonly reason: PairingRefusal }
}
