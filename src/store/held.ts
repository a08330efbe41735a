// The tables that are in memory whole: put together from what is on disk, and carried on by each commit. Values only; who
// reads and writes them is the adapter's business.

import type { Held, HeldChange, HeldTables } from '../messenger/state.ts'
import { heldTables, joinParts, type PartPath } from './parts.ts'
import type { Damage, HeldTable } from './store.ts'

/** Who may write into it. */
type Growing = { readonly [Table in HeldTable]: Map<string, HeldTables[Table]> }

const empty = (): Growing =>
  // One map a table is what the type says.
  Object.fromEntries(heldTables.map((table) => [table, new Map()])) as unknown as Growing

/**
 * Puts rows together from their parts. A row of which too much is missing is left out and told.
 *
 * @param parts in any order; rows come out in the order of their keys, so that two openings give the same
 */
export const assemble = (
  parts: readonly { readonly path: PartPath; readonly value: unknown }[],
): { readonly held: Held; readonly damaged: readonly Damage[] } => {
  const partsByRow = new Map<string, { readonly table: HeldTable; readonly key: string; readonly parts: Map<string, unknown> }>()
  for (const { path, value } of parts) {
    const { key, part, table } = path
    const row = partsByRow.get(`${table}/${key}`) ?? { table, key, parts: new Map() }
    row.parts.set(part, value)
    partsByRow.set(`${table}/${key}`, row)
  }
  const held = empty()
  const damaged: Damage[] = []
  for (const [, row] of [...partsByRow].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!addRow(held, row.table, row.key, row.parts)) damaged.push({ table: row.table })
  }
  return { held, damaged }
}

const addRow = <Table extends HeldTable>(held: Growing, table: Table, key: string, parts: ReadonlyMap<string, unknown>): boolean => {
  const row = joinParts(table, parts)
  if (row !== undefined) held[table].set(key, row)
  return row !== undefined
}

/** The tables after a commit. Those that it does not touch are the same objects. */
export const heldAfter = (held: Held, changes: readonly HeldChange[]): Held =>
  // Each table's rows under that table's name.
  Object.fromEntries(heldTables.map((table) => [table, rowsAfter(held, changes, table)])) as unknown as Held

const rowsAfter = <Table extends HeldTable>(
  held: Held,
  changes: readonly HeldChange[],
  table: Table,
): ReadonlyMap<string, HeldTables[Table]> => {
  const ours = changes.filter((change) => change.table === table)
  if (ours.length === 0) return held[table]
  const rows = new Map(held[table])
  for (const { key, row } of ours) {
    if (row === undefined) rows.delete(key)
    // A change of this table holds a row of this table; the filter above does not tell the compiler.
    else rows.set(key, row as HeldTables[Table])
  }
  return rows
}

/** Rows that may stand alone before there is an account: a person can choose a theme first. */
const beforeSelf: readonly HeldTable[] = ['settings']

/** Whether something is kept that only an account can have kept. */
export const impliesSelf = (table: HeldTable): boolean => !beforeSelf.includes(table)
