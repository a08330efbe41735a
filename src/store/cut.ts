// A row and its parts: what cutting a row of one table means. How each table is cut is told elsewhere.

import type { HeldTables } from '../messenger/state.ts'
import type { HeldTable } from './store.ts'

/** A piece of a row: what to save, and the values that it is made of, by whose identity a change is noticed. */
export interface Part {
  readonly value: unknown
  readonly madeOf: readonly unknown[]
}

export interface Cut<Table extends HeldTable> {
  readonly split: (row: HeldTables[Table]) => ReadonlyMap<string, Part>
  /** @returns undefined where a part is missing without which the row means nothing */
  readonly join: (parts: ReadonlyMap<string, unknown>) => HeldTables[Table] | undefined
}

/** The part that every row has. */
export const HEAD = ''
