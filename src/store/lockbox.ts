// A lock on the disk (docs/storage.md, The lock): which of the two databases counts, who may read the keys of the one that is
// locked, and the way from one to the other. When the profile is open, and what screens say, is not known here.
//
// The record in the locked database decides, by its phase (lock-record.ts):
//
//   no record, setting, removed: `parley` counts       locked, removing: `parley-locked` counts
//
// The database that does not count is filled by a move or is swept away. A change of phase is one strict transaction, made
// under a Web Lock that keeps sweeping apart from it.

import { asSecret, toHex } from '../crypto/bytes.ts'
import type { Random } from '../crypto/random.ts'
import { type LockProof, MIN_PASSPHRASE_LENGTH } from '../messenger/api.ts'
import { type Argon2Cost, PASSPHRASE_COST, PASSPHRASE_SALT_LENGTH } from '../passphrase/cost.ts'
import { deriveRowKeys, generateRowKeys, type RowKeys, rowName } from './at-rest.ts'
import { type Connection, connectTo, databaseExists } from './connection.ts'
import { beginFreshLog } from './fresh-log.ts'
import {
  type LockPhase,
  type LockRecord,
  MASTER_KEY_LENGTH,
  type MasterKey,
  nextTryAtMs,
  passkeyKey,
  readLockRecord,
  unwrapByPasskey,
  unwrapByPassphrase,
  type WrappingKey,
  withPresentFailure,
  wrapForPasskey,
  wrapForPassphrase,
} from './lock-record.ts'
import { everything, moveRows, type Progress } from './moving.ts'
import { DATABASE_NAME, LOCKED_DATABASE_NAME, type MetaValue } from './schema.ts'
import { StoreTrouble } from './store.ts'
import { sweepDatabase, sweepName } from './sweeping.ts'
import { transact } from './transaction.ts'

/** What a passphrase gives: 32 bytes, or why not. */
export type Derive = (
  passphrase: string,
  salt: Uint8Array,
  cost: Argon2Cost,
) => Promise<{ readonly ok: true; readonly key: WrappingKey } | { readonly ok: false; readonly reason: string }>

/**
 * - `too-short`: the new passphrase;
 * - `wait`: too many wrong ones, and the time is not over;
 * - `wrong`: the proof does not open the lock, or the record was altered;
 * - `no-memory`: the device has too little for the derivation;
 * - `no-lock`: nothing is locked.
 */
export type LockboxRefusal = 'too-short' | 'wait' | 'wrong' | 'no-memory' | 'no-lock'

type Refused = { readonly ok: false; readonly reason: LockboxRefusal }
export type Answered = { readonly ok: true } | Refused
export type Unlocked = { readonly ok: true; readonly keys: RowKeys; readonly record: LockRecord } | Refused
type Proven = { readonly ok: true; readonly master: MasterKey; readonly of: LockRecord } | Refused

export interface Lockbox {
  /** undefined: no lock is set. Sweeps away what an earlier move has left, and lets the browser begin a fresh log. */
  readonly read: () => Promise<LockRecord | 'damaged' | undefined>
  readonly unlock: (proof: LockProof) => Promise<Unlocked>
  /** Nobody may hand the keys on from now on. */
  readonly relock: () => Promise<void>
  /** Begins to set a lock: nobody may have the profile open. `move` goes on. */
  readonly begin: (passphrase: string) => Promise<Unlocked>
  /** Gives a lock up that was never set whole. */
  readonly abandon: () => Promise<void>
  /** Begins to remove the lock: nobody may have the profile open. `move` goes on. */
  readonly beginRemoval: (proof: LockProof) => Promise<Unlocked>
  /**
   * Moves all rows to where they shall be, from where an earlier move has got to. A lock that cannot be removed, as the disk
   * does not take it, stays.
   *
   * @param keys of the locked side. @returns the keys under which the profile is to be opened; undefined: no lock is set any more
   */
  readonly move: (keys: RowKeys, progressed: (progress: Progress) => void) => Promise<RowKeys | undefined>
  readonly changePassphrase: (proof: LockProof, passphrase: string) => Promise<Answered>
  readonly addPasskey: (proof: LockProof, passkey: NewPasskey) => Promise<Answered>
  readonly removePasskey: () => Promise<void>
  readonly setAutoLock: (minutes: number | undefined) => Promise<void>
  /** Lets go of the databases. */
  readonly close: () => void
}

export interface NewPasskey {
  readonly credentialId: Uint8Array
  readonly salt: Uint8Array
  /** What the authenticator says of the salt, 32 bytes. */
  readonly output: Uint8Array
}

/** The database of the profile without a lock, and of the one with it. */
type Side = 'plain' | 'locked'

const NAMING_LENGTH = 16
/** Until the person chooses. */
const AUTO_LOCK_MINUTES = 15

/** So long a new passphrase is, in letters as people count them. */
const isLongEnough = (passphrase: string): boolean => Array.from(passphrase.normalize('NFKC')).length >= MIN_PASSPHRASE_LENGTH

export const createLockbox = ({
  derive,
  random,
  nowMs,
  locks,
  names = { plain: DATABASE_NAME, locked: LOCKED_DATABASE_NAME },
}: {
  readonly derive: Derive
  readonly random: Random
  readonly nowMs: () => number
  readonly locks: Pick<LockManager, 'request'>
  readonly names?: { readonly plain: string; readonly locked: string }
}): Lockbox => {
  const connections = new Map<Side, Connection>()
  const connectionTo = (side: Side): Connection => {
    const connection = connections.get(side) ?? connectTo(names[side])
    connections.set(side, connection)
    return connection
  }
  const letGo = (side: Side): void => {
    connections.get(side)?.close()
    connections.delete(side)
  }

  /** Changes of phase and sweeping, one at a time, whichever tab does it. */
  const alone = <Result>(work: () => Promise<Result>): Promise<Result> => locks.request(`${names.locked}/phase`, work)

  const find = async (): Promise<LockRecord | 'damaged' | undefined> => {
    if (!(await databaseExists(names.locked))) return undefined
    const found = await connectionTo('locked').use((database) => database.get('meta', 'lock'))
    return found === undefined ? undefined : (readLockRecord(found) ?? 'damaged')
  }

  /** @param next undefined: nothing is changed. @returns the record as it is afterwards; undefined where `next` refused */
  const change = async (next: (record: LockRecord) => LockRecord | undefined): Promise<LockRecord | undefined> => {
    if (!(await databaseExists(names.locked))) return undefined
    return connectionTo('locked').use((database) =>
      transact(database, ['meta'], async (transaction, request) => {
        const meta = transaction.objectStore('meta')
        const record = readLockRecord(await meta.get('lock'))
        const changed = record && next(record)
        if (changed !== undefined) request(meta.put(changed, 'lock'))
        return changed
      }),
    )
  }

  const sweepLeftovers = async (): Promise<void> => {
    const record = await find()
    if (record === 'damaged' || record?.phase === 'setting' || record?.phase === 'removing') return
    const other = record?.phase === 'locked' ? 'plain' : 'locked'
    letGo(other)
    if ((await databaseExists(names[other])) || (await databaseExists(sweepName(names[other])))) await sweepDatabase(names[other])
  }
  const sweep = (): void => {
    // Whatever stops it, it is tried again when Parley is opened.
    alone(sweepLeftovers).catch(() => undefined)
  }

  // ---- proofs

  const wrappingKey = async (proof: LockProof, record: LockRecord): Promise<WrappingKey | Refused> => {
    if (proof.type === 'passkey') return passkeyKey(proof.output)
    const derived = await derive(proof.passphrase, record.passphrase.salt, record.passphrase.cost)
    if (derived.ok) return derived.key
    return { ok: false, reason: derived.reason === 'no-memory' ? 'no-memory' : 'wrong' }
  }

  const openSlot = (proof: LockProof, key: WrappingKey, { passkey, passphrase }: LockRecord): MasterKey | undefined => {
    if (proof.type === 'passphrase') return unwrapByPassphrase(key, passphrase)
    return passkey && unwrapByPasskey(key, passkey)
  }

  /** A try counts as a mistake before it is looked at: a page that is closed meanwhile has had it. */
  const prove = async (proof: LockProof): Promise<Proven> => {
    let mustWait = false
    const counted = await change((found) => {
      const now = nowMs()
      const record = withPresentFailure(found, now)
      mustWait = nextTryAtMs(record, now) !== undefined
      if (mustWait) return record === found ? undefined : record
      return { ...record, failures: record.failures + 1, lastFailureAtMs: now }
    })
    if (mustWait) return { ok: false, reason: 'wait' }
    if (counted === undefined) return { ok: false, reason: 'no-lock' }
    const key = await wrappingKey(proof, counted)
    if ('ok' in key) return key
    const master = openSlot(proof, key, counted)
    if (master === undefined) return { ok: false, reason: 'wrong' }
    await change((record) => ({ ...record, failures: 0 }))
    return { ok: true, master, of: counted }
  }

  /** A proof takes its time, and a tab may sleep over it: another one may have removed that lock meanwhile, and set the next. */
  const changeProven = async (proven: Extract<Proven, { ok: true }>, next: (record: LockRecord) => LockRecord): Promise<Answered> => {
    const changed = await change((record) => (isSameSlot(record, proven.of) ? next(record) : undefined))
    return changed ? { ok: true } : { ok: false, reason: 'no-lock' }
  }

  const newPassphraseSlot = async (passphrase: string, master: MasterKey) => {
    const plain = { salt: random(PASSPHRASE_SALT_LENGTH), cost: PASSPHRASE_COST }
    const derived = await derive(passphrase, plain.salt, plain.cost)
    return derived.ok ? wrapForPassphrase(derived.key, master, plain, random) : undefined
  }

  /** @param phase undefined: the one that the record bears out, whatever somebody has made of it who could not unlock it */
  const unlocked = async (master: MasterKey, phase?: LockPhase): Promise<Unlocked> => {
    const keys = await deriveRowKeys(master)
    const macs = await Promise.all(lockedPhases.map(async (each) => ({ phase: each, phaseMac: await phaseMacOf(keys, each) })))
    const unlockedAs = toHex(random(NAMING_LENGTH))
    const record = await change((known) => {
      const proven = macs.find((each) => (phase === undefined ? toHex(each.phaseMac) === toHex(known.phaseMac) : each.phase === phase))
      return proven && { ...known, ...proven, unlockedAs }
    })
    return record ? { ok: true, keys, record } : { ok: false, reason: 'wrong' }
  }

  // ---- moving

  const epochOf = (connection: Connection): Promise<number> =>
    connection.use(async (database) => asCount(await database.get('meta', 'epoch')))

  /** @param first what stands in it from the start; undefined: what was begun goes on. @returns the number of this move */
  const claim = async (to: Connection, least: number, first: readonly (readonly ['lock' | 'keys', MetaValue])[] | undefined) =>
    to.use((database) =>
      transact(database, first === undefined ? ['meta'] : everything, async (transaction, request) => {
        const meta = transaction.objectStore('meta')
        const epoch = Math.max(asCount(await meta.get('epoch')), least) + 1
        if (first !== undefined) for (const table of everything) request(transaction.objectStore(table).clear())
        for (const [key, value] of first ?? []) request(meta.put(value, key))
        request(meta.put(epoch, 'epoch'))
        return epoch
      }),
    )

  /** Nobody writes there any more, whoever has it open, and nobody opens it. */
  const freeze = (from: Connection): Promise<void> =>
    from.use((database) =>
      transact(database, ['meta'], async (transaction, request) => {
        const meta = transaction.objectStore('meta')
        request(meta.put(asCount(await meta.get('epoch')) + 1, 'epoch'))
        request(meta.put(true, 'leaving'))
      }),
    )

  const empty = (connection: Connection): Promise<void> =>
    connection.use((database) =>
      transact(database, everything, async (transaction, request) => {
        for (const table of everything) request(transaction.objectStore(table).clear())
      }),
    )

  const checkPhase = async (phase: LockRecord['phase']): Promise<void> => {
    const record = await find()
    if (record === undefined || record === 'damaged' || record.phase !== phase) throw new StoreTrouble('not-owner')
  }

  const plainKeys = async (): Promise<RowKeys | undefined> => {
    const keys = await connectionTo('plain').use((database) => database.get('meta', 'keys'))
    return typeof keys === 'object' && 'sealing' in keys ? keys : undefined
  }

  const moveIn = async (keys: RowKeys, progressed: (progress: Progress) => void): Promise<RowKeys> => {
    const [from, phaseMac] = await Promise.all([plainKeys(), phaseMacOf(keys, 'locked')])
    if (from === undefined) throw new Error('lockbox: the profile to be locked has no keys')
    const epoch = await alone(async () => {
      await checkPhase('setting')
      await freeze(connectionTo('plain'))
      return claim(connectionTo('locked'), 0, undefined)
    })
    await moveRows({ connection: connectionTo('plain'), keys: from }, { connection: connectionTo('locked'), keys }, epoch, progressed)
    await alone(() =>
      connectionTo('locked').use((database) =>
        transact(database, ['meta'], async (transaction, request) => {
          const meta = transaction.objectStore('meta')
          const [record, owner] = [readLockRecord(await meta.get('lock')), await meta.get('epoch')]
          if (owner !== epoch || record === undefined) throw new StoreTrouble('not-owner')
          request(meta.put({ ...record, phase: 'locked', phaseMac }, 'lock'))
          request(meta.delete('moved'))
        }),
      ),
    )
    return keys
  }

  const moveOut = async (keys: RowKeys, progressed: (progress: Progress) => void): Promise<void> => {
    const [locked, plain] = [connectionTo('locked'), connectionTo('plain')]
    const known = await plainKeys()
    const to = known ?? (await generateRowKeys())
    const epoch = await alone(async () => {
      await checkPhase('removing')
      await freeze(locked)
      return claim(plain, await epochOf(locked), known === undefined ? [['keys', to]] : undefined)
    })
    await moveRows({ connection: locked, keys }, { connection: plain, keys: to }, epoch, progressed)
    await alone(async () => {
      if ((await epochOf(plain)) !== epoch) throw new StoreTrouble('not-owner')
      await checkPhase('removing')
      await change((record) => ({ ...record, phase: 'removed', unlockedAs: undefined }))
    })
    await plain.use((database) => transact(database, ['meta'], (transaction) => transaction.objectStore('meta').delete('moved')))
  }

  /** The disk may have no room for a second copy, and nobody can do without the first until it has: so the lock stays. */
  const keepLock = async (keys: RowKeys, failure: unknown): Promise<never> => {
    const phaseMac = await phaseMacOf(keys, 'locked')
    const giveUp = async (): Promise<void> => {
      await checkPhase('removing')
      await empty(connectionTo('plain'))
      await connectionTo('locked').use((database) =>
        transact(database, ['meta'], async (transaction, request) => {
          const meta = transaction.objectStore('meta')
          const record = readLockRecord(await meta.get('lock'))
          if (record?.phase !== 'removing') throw new StoreTrouble('not-owner')
          request(meta.put({ ...record, phase: 'locked', phaseMac }, 'lock'))
          request(meta.delete('leaving'))
        }),
      )
    }
    // Where that fails too, the next try goes on with the move.
    if (failure instanceof StoreTrouble && failure.reason !== 'not-owner') await alone(giveUp).catch(() => undefined)
    throw failure
  }

  return {
    read: async () => {
      const found = await find()
      const isAhead = found !== undefined && found !== 'damaged' && found.lastFailureAtMs > nowMs()
      const record = isAhead ? await change((known) => withPresentFailure(known, nowMs())) : found
      sweep()
      void beginFreshLog().catch(() => {})
      return record !== 'damaged' && record?.phase === 'removed' ? undefined : record
    },

    unlock: async (proof) => {
      const proven = await prove(proof)
      return proven.ok ? unlocked(proven.master) : proven
    },

    relock: async () => void (await change((record) => ({ ...record, unlockedAs: undefined }))),

    begin: async (passphrase) => {
      if (!isLongEnough(passphrase)) return { ok: false, reason: 'too-short' }
      const master = asSecret<'MasterKey'>(random(MASTER_KEY_LENGTH))
      const slot = await newPassphraseSlot(passphrase, master)
      if (slot === undefined) return { ok: false, reason: 'no-memory' }
      const record: LockRecord = {
        phase: 'setting',
        phaseMac: await phaseMacOf(await deriveRowKeys(master), 'setting'),
        passphrase: slot,
        passkey: undefined,
        failures: 0,
        lastFailureAtMs: 0,
        autoLockMinutes: AUTO_LOCK_MINUTES,
        unlockedAs: undefined,
      }
      return alone(async () => {
        // A tab that slept over the derivation may find everything locked by another one.
        if (isLockedSide(await find())) return { ok: false, reason: 'no-lock' }
        await claim(connectionTo('locked'), await epochOf(connectionTo('plain')), [['lock', record]])
        return unlocked(master)
      })
    },

    abandon: async () => {
      await alone(async () => {
        const record = await find()
        if (record === undefined || record === 'damaged' || record.phase !== 'setting') return
        // First, or a page that is killed here would leave a profile that nobody can open.
        await connectionTo('plain').use((database) =>
          transact(database, ['meta'], (transaction) => transaction.objectStore('meta').delete('leaving')),
        )
        await change((known) => ({ ...known, phase: 'removed', unlockedAs: undefined }))
        // A move that another tab may still be at ends with this.
        await claim(connectionTo('locked'), 0, undefined)
      })
      sweep()
    },

    beginRemoval: async (proof) => {
      const proven = await prove(proof)
      if (!proven.ok) return proven
      return alone(async () => {
        // A tab that slept over the derivation may find the lock removed, and the profile there.
        const record = await find()
        if (record === undefined || record === 'damaged' || record.phase !== 'locked') return { ok: false, reason: 'no-lock' }
        // What an earlier lock has left there, where a tab that sleeps has held its deletion up.
        await empty(connectionTo('plain'))
        return unlocked(proven.master, 'removing')
      })
    },

    move: async (keys, progressed) => {
      const record = await find()
      const phase = record === 'damaged' ? undefined : record?.phase
      if (phase === 'setting') await moveIn(keys, progressed)
      if (phase === 'removing') await moveOut(keys, progressed).catch((failure: unknown) => keepLock(keys, failure))
      letGo('plain')
      letGo('locked')
      sweep()
      return phase === 'setting' || phase === 'locked' ? keys : undefined
    },

    changePassphrase: async (proof, passphrase) => {
      if (!isLongEnough(passphrase)) return { ok: false, reason: 'too-short' }
      const proven = await prove(proof)
      if (!proven.ok) return proven
      const slot = await newPassphraseSlot(passphrase, proven.master)
      if (slot === undefined) return { ok: false, reason: 'no-memory' }
      return changeProven(proven, (record) => ({ ...record, passphrase: slot }))
    },

    addPasskey: async (proof, { credentialId, output, salt }) => {
      const proven = await prove(proof)
      if (!proven.ok) return proven
      const slot = wrapForPasskey(passkeyKey(output), proven.master, { credentialId, salt }, random)
      return changeProven(proven, (record) => ({ ...record, passkey: slot }))
    },

    removePasskey: async () => void (await change((record) => ({ ...record, passkey: undefined }))),
    setAutoLock: async (minutes) => void (await change((record) => ({ ...record, autoLockMinutes: minutes }))),
    close: () => {
      letGo('plain')
      letGo('locked')
    },
  }
}

/** Those in which there is something to unlock. */
const lockedPhases = ['setting', 'locked', 'removing'] as const satisfies readonly LockPhase[]

const phaseMacOf = (keys: RowKeys, phase: LockPhase): Promise<Uint8Array> => rowName(keys, 'lock phase', phase)

/** Whether `parley-locked` counts, or nobody knows. */
const isLockedSide = (record: LockRecord | 'damaged' | undefined): boolean =>
  record === 'damaged' || record?.phase === 'locked' || record?.phase === 'removing'

const isSameSlot = (one: LockRecord, other: LockRecord): boolean => toHex(one.passphrase.wrapped) === toHex(other.passphrase.wrapped)

const asCount = (value: MetaValue | undefined): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0)
