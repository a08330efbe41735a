// Who may import whom. This file is the plan of the house: what it does not allow is an error.
// test/walls.test.ts plants violations and sees each refused by name.

const npm = (...names) => names.map((name) => `node_modules/(@types/)?${name}/`)

/** Each floor, from the ground up, and the only things it may use beside itself. A protocol is entered by its door, see below. */
const floors = {
  crypto: { at: 'src/crypto/', uses: ['node_modules/@noble/', 'node_modules/@scure/bip39/'] },
  wire: { at: 'src/wire/', uses: npm('micro-packed') },
  protocol: { at: 'src/protocol/', uses: ['src/crypto/', 'src/wire/codec\\.ts$'] },
  messenger: { at: 'src/messenger/', uses: ['src/protocol/', 'src/wire/', 'src/crypto/(random|bytes)\\.ts$'] },
  store: {
    at: 'src/store/',
    uses: ['src/messenger/(state|transition|api)\\.ts$', 'src/crypto/', 'src/wire/codec\\.ts$', ...npm('idb', 'cborg')],
  },
  passphrase: { at: 'src/passphrase/', uses: ['src/crypto/bytes\\.ts$', ...npm('hash-wasm')] },
  transport: { at: 'src/transport/', uses: ['src/messenger/api\\.ts$', 'src/wire/', ...npm('peerjs')] },
  worker: {
    at: 'src/worker/(?!connect\\.|trusted-urls\\.)',
    uses: [
      'src/messenger/',
      'src/store/',
      'src/protocol/backup/backup\\.ts$',
      'src/passphrase/passphrase\\.ts$',
      'src/crypto/(random|bytes)\\.ts$',
    ],
  },
  connect: { at: 'src/worker/(connect|trusted-urls)\\.', uses: ['src/messenger/api\\.ts$', 'src/worker/worker\\.ts'] },
  'service-worker': { at: 'src/service-worker/', uses: [] },
  ui: {
    at: 'src/ui/',
    uses: ['src/messenger/api\\.ts$', ...npm('react', 'react-dom', 'wouter', 'virtua', 'linkify-it', 'qr')],
  },
  main: {
    at: 'src/main\\.tsx$',
    uses: ['src/ui/', 'src/transport/', 'src/worker/(connect|trusted-urls)\\.ts$', 'src/messenger/api\\.ts$', ...npm('react', 'react-dom')],
  },
  server: {
    at: 'server/',
    uses: [
      'src/wire/',
      'src/protocol/(identity|prekeys|relay-auth)/',
      'src/crypto/(hash|bytes)\\.ts$',
      ...npm('ws', 'pino', 'prom-client', 'valibot', '@photostructure/sqlite'),
    ],
    platform: true,
  },
}

/** The few protocols that are made of others; every other one stands alone. */
const composers = {
  prekeys: ['identity'],
  pairing: ['spake2', 'identity', 'prekeys'],
  pqxdh: ['prekeys'],
  session: ['pqxdh', 'ratchet'],
}

const test = '\\.test\\.tsx?$'
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const at = (paths) => paths.map((path) => `^${path}`)
/** `src/wire/codec.ts` -> `src/wire/`: a test may use the whole of a floor that its subject uses a part of. */
const wholeFloor = (path) => path.replace(/^(src\/[a-z]+\/).*/, '$1')

const floorRules = Object.entries(floors).flatMap(([name, floor]) => [
  error(
    `${name}-uses-only-what-is-below`,
    `${name} imports something that is not on its list.`,
    { path: `^${floor.at}`, pathNot: test },
    { pathNot: at([floor.at, ...floor.uses]), ...(floor.platform ? { dependencyTypesNot: ['core'] } : {}) },
  ),
  error(
    `${name}-tests-use-only-what-is-below`,
    `A test beside a file may use its neighbours, the floors below, test/ and the test tools.`,
    { path: `^${floor.at}.*${test}` },
    {
      pathNot: at([floor.at, ...floor.uses.map(wholeFloor), 'src/crypto/', 'src/wire/', 'test/', ...npm('vitest', 'fast-check')]),
      dependencyTypesNot: ['core'],
    },
  ),
])

const door = '^src/protocol/([^/]+)/\\1\\.ts$'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floorRules,
    error(
      'every-file-has-a-floor',
      'A folder that this plan does not name.',
      {
        path: '^src/',
        pathNot: at([...Object.values(floors).map((floor) => floor.at), '.*\\.d\\.ts$']),
      },
      {},
    ),
    error('production-knows-no-test', 'Nothing that is shipped imports a test.', { path: '^(src|server)/', pathNot: test }, { path: test }),
    error(
      'argon2-runs-in-its-own-worker',
      'Argon2 blocks its thread and keeps its memory: only the worker that is ended after it may run it.',
      { path: '^src/', pathNot: ['^src/passphrase/(argon2|stretching)\\.ts$', test] },
      { path: ['node_modules/hash-wasm/', '^src/passphrase/argon2\\.ts$'], dependencyTypesNot: ['type-only'] },
    ),
    error('no-circles', 'Two files that need each other are one file, or three.', {}, { circular: true }),
    error('no-orphans', 'Nobody imports it and it imports nobody.', { orphan: true, path: '^(src|server)/', pathNot: '\\.d\\.ts$' }, {}),
    error(
      'no-barrels',
      'A folder is entered by the file that bears its name.',
      {},
      { path: '^(src|server|test|e2e|bench)/', pathNot: '(?<!/index)\\.[a-z]+$' },
    ),
    error('no-dangling-imports', 'The import leads nowhere.', {}, { couldNotResolve: true }),
    error(
      'enter-a-protocol-by-its-door',
      'From outside only src/protocol/NAME/NAME.ts may be imported.',
      { path: '^(src/(?!protocol/)|server/)' },
      { path: '^src/protocol/', pathNot: door },
    ),
    error(
      'enter-another-protocol-by-its-door',
      'From another protocol only src/protocol/NAME/NAME.ts may be imported.',
      { path: '^src/protocol/([^/]+)/' },
      { path: '^src/protocol/', pathNot: [door, '^src/protocol/$1/'] },
    ),
    error(
      'protocols-stand-alone',
      'A protocol knows no other protocol, unless it is a composer.',
      { path: '^src/protocol/([^/]+)/', pathNot: `^src/protocol/(${Object.keys(composers).join('|')})/` },
      { path: '^src/protocol/', pathNot: '^src/protocol/$1/' },
    ),
    ...Object.entries(composers).map(([protocol, parts]) =>
      error(
        `${protocol}-composes-only-${parts.join('-and-')}`,
        'A composer knows its parts and no other protocol.',
        { path: `^src/protocol/${protocol}/` },
        { path: '^src/protocol/', pathNot: `^src/protocol/(${[protocol, ...parts].join('|')})/` },
      ),
    ),
    error(
      'screens-stand-alone',
      'A screen knows no other screen; what two of them share is in ui/components/, in ui/window/ (what only a browser window has) or beside the folders.',
      { path: '^src/ui/([^/]+)/' },
      { path: '^src/ui/[^/]+/', pathNot: '^src/ui/($1|components|window)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    // The walls' own test lays the tree out a second time and links node_modules.
    preserveSymlinks: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
