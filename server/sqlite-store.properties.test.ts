import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dataFolder } from '../test/support/data-folder.ts'
import { createMemoryRelayDisk } from '../test/support/memory-relay-store.ts'
import { seededRandom } from '../test/support/seeded-random.ts'
import { openSqliteStore } from './sqlite-store.ts'
import type { OneTimeKind, Store, StoreLimits } from './store.ts'

// Whatever is asked, in whatever order, some of it at once, with restarts between: the engine answers what the plain one
// in memory answers.

const DAY_MS = 86_400_000
const LIMITS: StoreLimits = { envelopesPerMailbox: 6, bytesPerMailbox: 300, storedBytes: 700, devices: 2 }
/** More than there can be, as the two may choose differently what goes first. */
const EVERYTHING = 100_000

type Ask = (store: Store) => Promise<unknown>

const asks = <Values extends readonly unknown[]>(
  values: fc.Arbitrary<Values>,
  ask: (store: Store, ...values: Values) => Promise<unknown>,
): fc.Arbitrary<Ask> => values.map((drawn) => (store) => ask(store, ...drawn))

const accounts = ['1', '2', '3'].map((digit) => digit.repeat(64))
const account = fc.constantFrom(...accounts)
const device = fc.constantFrom(...accounts.map((accountId) => `${accountId}/256`), `${accounts[0]}/257`)
const address = fc.constantFrom(...['a', 'b', 'c'].map((letter) => letter.repeat(64)))
const kind = fc.constantFrom<OneTimeKind>('x25519', 'kem')
const atMs = fc.nat(12).map((day) => day * DAY_MS)
const version = fc.integer({ min: 1, max: 3 })
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { maxLength: 5 }).map((some) => some.toSorted((a, b) => a - b))
const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 1, max: 16 })), { maxLength: 3 })
const idOf = (number: number) => number.toString(16).padStart(32, '0')
const keyOf = (id: number, variant: number) => ({ id, key: new Uint8Array(4).fill(16 * variant + id) })

const change: fc.Arbitrary<Ask> = fc.oneof(
  asks(fc.tuple(fc.array(address), atMs), (store, opened, untilMs) => store.openMailboxes(opened, untilMs)),
  asks(fc.tuple(fc.array(address, { maxLength: 2 })), (store, closed) => store.closeMailboxes(closed)),
  {
    weight: 4,
    arbitrary: asks(fc.tuple(address, fc.nat(20), fc.nat(120), atMs), (store, to, id, length, expiresAtMs) =>
      store.append(to, idOf(id), new Uint8Array(length).fill(id), expiresAtMs),
    ),
  },
  asks(fc.tuple(address, fc.array(fc.nat(30))), (store, of, positions) => store.acknowledge(of, positions)),
  asks(fc.tuple(account, version, fc.nat(3), atMs), (store, of, put, expected, expiresAtMs) =>
    store.putDeviceList(of, { version: put, accountKey: new Uint8Array(3), deviceList: new Uint8Array(put), expiresAtMs }, expected),
  ),
  asks(fc.tuple(device, version, fc.nat(3), atMs), (store, of, createdAtMs, expected, expiresAtMs) =>
    store.putStatement(of, { statement: new Uint8Array(createdAtMs), createdAtMs, expiresAtMs }, expected),
  ),
  {
    weight: 3,
    arbitrary: asks(fc.tuple(device, kind, ids, fc.nat(1), fc.nat(8)), (store, of, which, some, variant, max) => {
      const keys = some.map((id) => keyOf(id, variant))
      return store.addOneTime(of, which, keys, max)
    }),
  },
  { weight: 3, arbitrary: asks(fc.tuple(device, kind), (store, of, which) => store.popOneTime(of, which)) },
  asks(fc.tuple(device, kind, ranges), (store, of, which, within) => store.popOneTime(of, which, within)),
  asks(fc.tuple(device, kind, ranges), (store, of, which, within) => store.keepOneTime(of, which, within)),
  asks(fc.tuple(device), (store, of) => store.dropDevice(of)),
  asks(fc.tuple(atMs), (store, nowMs) => store.sweep(nowMs, EVERYTHING)),
)

const look: fc.Arbitrary<Ask> = fc.oneof(
  asks(fc.tuple(address, fc.nat(30), fc.nat(5), fc.nat(200), atMs), (store, of, after, count, bytes, nowMs) =>
    store.read(of, after, count, bytes, nowMs),
  ),
  asks(fc.tuple(fc.uniqueArray(address), atMs), (store, of, nowMs) => store.waiting(of, nowMs)),
  asks(fc.tuple(account), (store, of) => store.getDeviceList(of)),
  asks(fc.tuple(device), (store, of) => store.getStatement(of)),
  asks(fc.tuple(device, kind), (store, of, which) => store.listOneTime(of, which)),
  fc.constant<Ask>((store) => store.health()),
)

/** Changes that are asked for at once, and what is to be seen then; or a restart. */
const turn = fc.oneof(
  { weight: 9, arbitrary: fc.record({ changes: fc.array(change, { maxLength: 12 }), looks: fc.array(look, { maxLength: 4 }) }) },
  fc.constant('restart' as const),
)

/** Rows of an engine and plain objects alike. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null, (_, each) => (each instanceof Uint8Array ? [...each] : each)))

it('answers what the store in memory answers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 20, size: 'max' }), async (turns) => {
      const disk = createMemoryRelayDisk(seededRandom('a disk'))
      const folder = dataFolder()
      const open = () => openSqliteStore(folder, LIMITS, (error) => expect.fail(String(error)))
      let memory = disk.open(LIMITS)
      let sqlite = await open()
      const compare = async (asked: readonly Ask[]) => {
        const [found, expected] = await Promise.all([sqlite, memory].map((store) => Promise.all(asked.map((each) => each(store)))))
        expect(plain(found)).toEqual(plain(expected))
      }
      for (const each of turns) {
        if (each === 'restart') {
          await sqlite.close()
          sqlite = await open()
          memory = disk.open(LIMITS)
        } else {
          await compare(each.changes)
          await compare(each.looks)
        }
      }
      await compare([(store) => store.health()])
      await sqlite.close()
    }),
  )
})
