// `npm run bench`: builds, measures and prints one table (docs/benchmarks.md). `npm run bench -- crypto bytes` measures parts.

import { cpus, loadavg } from 'node:os'
import process from 'node:process'
import { build } from 'vite'
import { measureBrowser } from './browser.ts'
import { measureBytes } from './bytes.ts'
import { measureDevices } from './devices.ts'
import { type Figure, tableOf } from './figures.ts'
import { measureHandover } from './handover.ts'
import { measurePersistence } from './persistence.ts'
import { measureRatchet } from './ratchet.ts'
import { measureSetUp } from './set-up.ts'
import { sizeFigures } from './sizes.ts'

const parts: Readonly<Record<string, () => readonly Figure[] | Promise<readonly Figure[]>>> = {
  crypto: () => [...measureSetUp(), ...measureRatchet()],
  bytes: measureBytes,
  devices: async () => [...(await measureDevices()), ...(await measureHandover())],
  sizes: sizeFigures,
  browser: measureBrowser,
  persistence: measurePersistence,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
const chosen = asked.length > 0 ? asked : Object.keys(parts)

if (['sizes', 'browser', 'persistence'].some((name) => chosen.includes(name))) {
  await build({ logLevel: 'warn' })
  await build({ configFile: 'vite.relay.config.ts', logLevel: 'warn' })
}

const figures: Figure[] = []
for (const name of chosen) {
  console.log(`Measuring ${name} ...`)
  figures.push(...((await parts[name]?.()) ?? []))
}

const [load = 0] = loadavg()
console.log(
  `\n${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, load ${load.toFixed(1)}, Node ${process.version}, ${new Date().toISOString()}\n`,
)
console.log(tableOf(figures))
