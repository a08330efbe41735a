import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// A wall that nobody has run into may be painted air. So this plants violations in a copy of the house, never in the house
// itself, and sees each refused by the name of its rule; and it sees the house as it stands pass.

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const bin = (path: string) => join(root, 'node_modules', path)

interface Plant {
  readonly what: string
  readonly rule: string
  readonly from: string
  readonly to: string
  readonly source: string
}

const plant = (what: string, rule: string, from: string, to: string, source: string): Plant => ({ what, rule, from, to, source })

/** What the planted violations reach for; harmless by themselves. */
const targets: Readonly<Record<string, string>> = {
  'src/messenger/planted-half-circle.ts': `import { whole } from './planted-circle.ts'\nexport const half = () => whole\n`,
  ...Object.fromEntries(
    [
      'src/crypto/planted.ts',
      'src/store/planted.ts',
      'src/messenger/planted.ts',
      'src/protocol/ratchet/planted.ts',
      'src/protocol/spake2/planted.ts',
      'src/protocol/planted-part/planted-part.ts',
      'src/ui/planted-screen/planted-screen.ts',
      'src/ui/planted/index.ts',
    ].map((path) => [path, 'export type Planted = number\nexport const planted = 1\n']),
  ),
}

const plants = [
  plant(
    'a protocol that knows the store',
    'protocol-uses-only-what-is-below',
    'src/protocol/planted/store.ts',
    'src/store/planted.ts',
    `import { planted } from '../../store/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a screen that reaches for a primitive',
    'ui-uses-only-what-is-below',
    'src/ui/planted/crypto.ts',
    'src/crypto/planted.ts',
    `import { planted } from '../../crypto/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a relay that could decrypt',
    'server-uses-only-what-is-below',
    'server/planted-ratchet.ts',
    'src/protocol/ratchet/planted.ts',
    `import { planted } from '../src/protocol/ratchet/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a way into a protocol past its door',
    'enter-a-protocol-by-its-door',
    'src/messenger/planted-past-a-door.ts',
    'src/protocol/ratchet/planted.ts',
    `import { planted } from '../protocol/ratchet/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a circle',
    'no-circles',
    'src/messenger/planted-circle.ts',
    'src/messenger/planted-half-circle.ts',
    `import { half } from './planted-half-circle.ts'\nexport const whole = () => half\n`,
  ),
  plant(
    'an import of nothing but a type across a wall',
    'ui-uses-only-what-is-below',
    'src/ui/planted/type.ts',
    'src/protocol/ratchet/planted.ts',
    `import type { Planted } from '../../protocol/ratchet/planted.ts'\nexport const found: Planted = 1\n`,
  ),
  plant(
    'Argon2 outside of the worker that is ended after it',
    'argon2-runs-in-its-own-worker',
    'src/passphrase/planted.ts',
    'src/passphrase/argon2.ts',
    `import { argon2 } from './argon2.ts'\nexport const found = argon2\n`,
  ),
  plant(
    'a second importer of hash-wasm',
    'worker-uses-only-what-is-below',
    'src/worker/planted-hash.ts',
    'node_modules/hash-wasm/dist/index.umd.js',
    `import { argon2id } from 'hash-wasm'\nexport const found = argon2id\n`,
  ),
  plant('an orphan', 'no-orphans', 'src/messenger/planted-orphan.ts', 'src/messenger/planted-orphan.ts', `export const alone = 1\n`),
  plant(
    'a protocol that knows another',
    'protocols-stand-alone',
    'src/protocol/planted/other.ts',
    'src/protocol/planted-part/planted-part.ts',
    `import { planted } from '../planted-part/planted-part.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a composer that knows more than its parts',
    'session-composes-only-pqxdh-and-ratchet',
    'src/protocol/session/planted-composer.ts',
    'src/protocol/planted-part/planted-part.ts',
    `import { planted } from '../planted-part/planted-part.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a composer that takes its part past the door',
    'enter-another-protocol-by-its-door',
    'src/protocol/session/planted-past-a-door.ts',
    'src/protocol/ratchet/planted.ts',
    `import { planted } from '../ratchet/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a screen that knows another',
    'screens-stand-alone',
    'src/ui/planted/other.ts',
    'src/ui/planted-screen/planted-screen.ts',
    `import { planted } from '../planted-screen/planted-screen.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a window pipe that knows more of the messenger than its interface',
    'transport-uses-only-what-is-below',
    'src/transport/planted.ts',
    'src/messenger/planted.ts',
    `import { planted } from '../messenger/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a service worker that knows the messenger',
    'service-worker-uses-only-what-is-below',
    'src/service-worker/planted.ts',
    'src/messenger/planted.ts',
    `import { planted } from '../messenger/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a barrel',
    'no-barrels',
    'src/ui/planted/barrel.ts',
    'src/ui/planted/index.ts',
    `import { planted } from './index.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a folder that the plan does not name',
    'every-file-has-a-floor',
    'src/utils/planted.ts',
    'src/crypto/planted.ts',
    `import { planted } from '../crypto/planted.ts'\nexport const found = planted\n`,
  ),
  plant(
    'a package on a floor that may not have it',
    'messenger-uses-only-what-is-below',
    'src/messenger/planted-package.ts',
    'node_modules/react/index.js',
    `import { useState } from 'react'\nexport const found = useState\n`,
  ),
  plant(
    'Node in the pure half',
    'wire-uses-only-what-is-below',
    'src/wire/planted-node.ts',
    'fs',
    `import { readFileSync } from 'node:fs'\nexport const found = readFileSync\n`,
  ),
  plant(
    'an import that leads nowhere',
    'no-dangling-imports',
    'src/crypto/planted-dangling.ts',
    './planted-nowhere.ts',
    `import { planted } from './planted-nowhere.ts'\nexport const found = planted\n`,
  ),
  plant(
    'production that imports a test',
    'production-knows-no-test',
    'src/wire/planted-test-user.ts',
    'src/wire/planted.test.ts',
    `import { found } from './planted.test.ts'\nexport const again = found\n`,
  ),
  plant(
    'a test beside a file that climbs a floor',
    'wire-tests-use-only-what-is-below',
    'src/wire/planted.test.ts',
    'src/messenger/planted.ts',
    `import { planted } from '../messenger/planted.ts'\nexport const found = planted\n`,
  ),
]

/** What the compiler does not know in the pure half. */
const strangers = [
  { what: 'the DOM', file: 'src/messenger/planted-dom.ts', name: 'document', source: `export const found = document.title\n` },
  { what: 'the network', file: 'src/messenger/planted-fetch.ts', name: 'fetch', source: `export const found = fetch('/')\n` },
  { what: 'the console', file: 'src/wire/planted-console.ts', name: 'console', source: `console.log('planted')\n` },
  { what: 'the types of Node', file: 'src/protocol/planted/buffer.ts', name: 'Buffer', source: `export const found = Buffer.alloc(1)\n` },
  { what: 'a module of Node', file: 'src/crypto/planted-node.ts', name: 'node:fs', source: `export { readFileSync } from 'node:fs'\n` },
]

/** What lint refuses in the pure half: time, chance and waiting are inputs. */
const impurities = [
  { rule: 'no-clock', source: 'export const found = Date.now()' },
  { rule: 'no-clock', source: 'export const found = new Date()' },
  { rule: 'no-clock', source: 'export const found = performance.now()' },
  { rule: 'no-ambient-randomness', source: 'export const found = Math.random()' },
  { rule: 'no-ambient-randomness', source: `export const found = Math['random']()` },
  { rule: 'no-ambient-randomness', source: 'const { random } = Math\nexport const found = random()' },
  { rule: 'no-ambient-randomness', source: 'export const found = crypto.getRandomValues(new Uint8Array(1))' },
  { rule: 'no-globals', source: 'export const found = globalThis' },
  { rule: 'no-timers', source: 'setTimeout(() => {}, 1)' },
  { rule: 'no-async', source: 'export const found = async () => 1' },
  { rule: 'no-async', source: 'export const found = async function* () {}' },
  { rule: 'no-async', source: 'for await (const found of []) void found' },
  { rule: 'no-async', source: 'export const found = Promise.resolve(1)' },
  { rule: 'no-async', source: `export const found = import('./planted.ts')` },
].map((impurity, index) => ({ ...impurity, file: `src/messenger/planted-impurity-${index}.ts` }))

/** Looks like an impurity and is none. */
const pure = `
/** Not a Date.now(), nor a Promise. */
export interface Planted { readonly performance: number; readonly crypto: string }
export const found = (planted: Planted) => Math.max(planted.performance, planted.crypto.length) + 'async'.length
`

const run = (args: readonly string[], cwd: string) =>
  new Promise<{ code: number | null; output: string }>((done) => {
    const child = spawn(process.execPath, args, { cwd })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('close', (code) => done({ code, output: Buffer.concat(chunks).toString('utf8') }))
  })

const copies: string[] = []

/** The house as it stands, in a folder of its own. */
const copyOfTheHouse = async (): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'walls-'))
  copies.push(copy)
  const copied = [
    'src',
    'server',
    'package.json',
    '.dependency-cruiser.cjs',
    'tsconfig.json',
    ...['base', 'pure', 'test'].map((name) => `tsconfig.${name}.json`),
  ]
  await Promise.all(copied.map((path) => cp(join(root, path), join(copy, path), { recursive: true })))
  await Promise.all(['node_modules', 'test'].map((path) => symlink(join(root, path), join(copy, path), 'junction')))
  return copy
}

const write = async (copy: string, path: string, source: string) => {
  await mkdir(dirname(join(copy, path)), { recursive: true })
  await writeFile(join(copy, path), source)
}

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

const cruise = async (copy: string): Promise<readonly Violation[]> => {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'server']
  const { output } = await run([bin('dependency-cruiser/bin/dependency-cruise.mjs'), ...args], copy)
  // as: the shape of dependency-cruiser's own report
  const { summary } = JSON.parse(output) as { summary: { violations: Violation[]; totalCruised: number } }
  expect(summary.totalCruised).toBeGreaterThan(10)
  return summary.violations
}

const compilePure = async (copy: string, files: readonly string[]) => {
  await write(copy, 'tsconfig.planted.json', JSON.stringify({ extends: './tsconfig.pure.json', include: [], files }))
  return run([bin('typescript/bin/tsc'), '--project', 'tsconfig.planted.json', '--pretty', 'false'], copy)
}

const lintPure = (copy: string) => run([join(root, 'scripts/purity.mjs'), copy], root)

afterAll(() => Promise.all(copies.map((copy) => rm(copy, { recursive: true, force: true }))))

describe('imports', () => {
  let violations: readonly Violation[] = []
  let standing: readonly Violation[] = []

  beforeAll(async () => {
    const [planted, control] = await Promise.all([copyOfTheHouse(), copyOfTheHouse()])
    await Promise.all(Object.entries(targets).map(([path, source]) => write(planted, path, source)))
    await Promise.all(plants.map(({ from, source }) => write(planted, from, source)))
    ;[violations, standing] = await Promise.all([cruise(planted), cruise(control)])
  }, 60_000)

  it('lets the house as it stands pass', () => expect(standing).toEqual([]))

  it.each(plants)('refuses $what', ({ rule, from, to }) => {
    expect(
      violations.filter((violation) => violation.from === from).map((violation) => [violation.rule.name, violation.to]),
    ).toContainEqual([rule, to])
  })
})

describe('platform of the pure half', () => {
  let refused = ''

  beforeAll(async () => {
    const copy = await copyOfTheHouse()
    await Promise.all(strangers.map(({ file, source }) => write(copy, file, source)))
    refused = (
      await compilePure(
        copy,
        strangers.map(({ file }) => file),
      )
    ).output
  }, 60_000)

  it.each(strangers)('does not know $what', ({ file, name }) => {
    expect(
      refused
        .split('\n')
        .filter((line) => line.startsWith(`${file}(`))
        .join(),
    ).toContain(`'${name}'`)
  })

  it('compiles what needs none', async () => {
    const copy = await copyOfTheHouse()
    await write(copy, 'src/messenger/planted-pure.ts', pure)
    expect(await compilePure(copy, ['src/messenger/planted-pure.ts'])).toEqual({ code: 0, output: '' })
  })
})

describe('lint of the pure half', () => {
  let refused = { code: null as number | null, output: '' }

  beforeAll(async () => {
    const copy = await copyOfTheHouse()
    await Promise.all(impurities.map(({ file, source }) => write(copy, file, `${source}\n`)))
    refused = await lintPure(copy)
  }, 60_000)

  it.each(impurities)('refuses $source', ({ file, rule }) => {
    expect(refused.code).toBe(1)
    expect(refused.output.split('\n').find((line) => line.startsWith(`${file}:`))).toContain(` ${rule}: `)
  })

  it('lets the house as it stands pass', async () => {
    const copy = await copyOfTheHouse()
    await write(copy, 'src/messenger/planted-pure.ts', pure)
    expect(await lintPure(copy)).toEqual({ code: 0, output: '' })
  })
})
