// One round: the relay does something durable, then the bare engine does as much of it, with as many operations in a
// transaction as the relay's had on average.

import { cpuMs } from './figures.ts'
import type { Rated } from './relay-caller.ts'
import { commitsIn, type Measured } from './relay-processes.ts'

/** With the processor time of each, milliseconds. */
type Paid = Rated & { readonly cpuMs: number }

export interface Compared {
  readonly relay: Paid
  readonly bare: Paid
  /** Operations in one transaction of the relay's. */
  readonly together: number
}

/** @param folder the relay's data folder, @param bare runs in this process, and holds it up */
export const compare = async (
  relay: Measured,
  folder: string,
  atRelay: () => Promise<Rated>,
  bare: (together: number, atRelay: Rated) => Rated,
): Promise<Compared> => {
  const [cpuBeforeMs, commitsBefore] = [await relay.cpuMs(), commitsIn(folder)]
  const told = await atRelay()
  const [paidMs, commits] = [(await relay.cpuMs()) - cpuBeforeMs, commitsIn(folder) - commitsBefore]
  const together = told.count / commits
  const ownBeforeMs = cpuMs()
  const floor = bare(Math.max(1, Math.round(together)), told)
  return {
    relay: { ...told, cpuMs: paidMs / told.count },
    bare: { ...floor, cpuMs: (cpuMs() - ownBeforeMs) / floor.count },
    together,
  }
}
