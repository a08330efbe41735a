// `npm run bench:relay`: builds the relay, loads it from a second process and prints one table (docs/benchmarks.md).
// `npm run bench:relay -- idle` measures parts; SCALE=0.2 makes all of it shorter and smaller, and worth less.

import { cpus, loadavg } from 'node:os'
import process from 'node:process'
import { type Figure, tableOf } from './figures.ts'
import { measureIdle } from './relay-idle.ts'
import { measureMail } from './relay-mail.ts'
import { measurePrekeys } from './relay-prekeys.ts'
import { buildRelay, type Load, startLoad } from './relay-processes.ts'

const parts: Readonly<Record<string, (load: Load, scale: number) => Promise<readonly Figure[]>>> = {
  mail: measureMail,
  prekeys: measurePrekeys,
  idle: measureIdle,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
const scale = Number(process.env['SCALE'] || 1)
if (!(scale > 0 && scale <= 1)) throw new Error('SCALE is a number above 0, and 1 at the most')

const startedAtMs = performance.now()
await buildRelay()
const [loadBefore = 0] = loadavg()
const figures: Figure[] = []
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  console.log(`Measuring ${name} ...`)
  const load = startLoad()
  try {
    figures.push(...((await parts[name]?.(load, scale)) ?? []))
  } finally {
    await load.stop()
  }
}

const [loadAfter = 0] = loadavg()
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}`
const seconds = Math.round((performance.now() - startedAtMs) / 1000)
console.log(`\n${machine}, load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after, ${seconds} s, scale ${scale}\n`)
console.log(tableOf(figures))
