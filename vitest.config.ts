import { defineConfig } from 'vitest/config'
import { swapPrimitives } from './test/support/swap-primitives.ts'

/** How often each property is tried; `npm run soak` asks for 1,000. */
const runs = Number(process.env['PARLEY_RUNS'] ?? 100)
/** One seed for a whole run, the same each time: `npm run soak` draws others and prints them. */
const seed = process.env['PARLEY_SEED'] ?? '20261121'

const properties = ['src/**/*.properties.test.ts', 'server/**/*.properties.test.ts', 'test/simulation/**/*.test.ts']
const relay = ['server/**/*.relay.test.ts']
/** As in `unit`; what people and villages are made of is made once for all files, too. */
const propertyTests = {
  include: properties,
  environment: 'node' as const,
  isolate: false,
  setupFiles: ['test/support/properties.setup.ts'],
}
/** Takes checks out of modules, one at a time: nobody else may see them so. */
const mocking = ['src/protocol/pairing/*attacks.test.ts']
const minutes = 60_000

export default defineConfig({
  test: {
    // Vitest would leave one core idle.
    maxWorkers: '100%',
    projects: [
      // Files share a process and its modules: half of the time goes into loading them otherwise.
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}', 'server/**/*.test.ts', 'test/*.test.ts'],
          exclude: [...properties, ...relay, ...mocking, 'src/**/*.browser.test.ts'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      { test: { name: 'unit-mocking', environment: 'node', include: mocking, testTimeout: 20_000 } },
      // The real primitives, on a tenth of the runs.
      {
        test: {
          ...propertyTests,
          name: 'properties',
          testTimeout: 20 * minutes,
          env: { PARLEY_RUNS: String(Math.ceil(runs / 10)), PARLEY_SEED: seed, PARLEY_PRIMITIVES: 'real' },
        },
      },
      // Stand-ins behind src/crypto/, for breadth. Only this project can reach them.
      {
        plugins: [swapPrimitives()],
        test: {
          ...propertyTests,
          name: 'properties-fast',
          testTimeout: 20 * minutes,
          env: { PARLEY_RUNS: String(runs), PARLEY_SEED: seed, PARLEY_PRIMITIVES: 'fast' },
        },
      },
      // A real relay process each; one file at a time, as they measure time and memory.
      {
        test: {
          name: 'relay',
          environment: 'node',
          include: relay,
          fileParallelism: false,
          testTimeout: 2 * minutes,
          hookTimeout: minutes,
        },
      },
    ],
  },
})
