// Backups of simulated devices, made and read by the product's own writer and reader.

import type { Random } from '../../src/crypto/random.ts'
import type { TransferFailure } from '../../src/messenger/api.ts'
import type { Message } from '../../src/messenger/state.ts'
import type { Store } from '../../src/store/store.ts'
import { openBackup, restoreInto } from '../../src/worker/restoration.ts'
import { newPhrase } from '../../src/worker/secrets.ts'
import { StreamRefused, type Transfer, TransferRefused } from '../../src/worker/transfer.ts'
import { backUp } from '../../src/worker/written-backup.ts'
import { memoryFile, noStretching, sourceOf } from './memory-files.ts'
import { createMemoryDisk, type MemoryDisk } from './memory-store.ts'

export interface Backup {
  readonly bytes: Uint8Array
  readonly phrase: string
}

const transferOf = (nowMs: number, random: Random): Transfer => ({ nowMs: () => nowMs, random, stretch: noStretching, passed: () => {} })

/** Of what is on a disk. Whoever has the profile open there can no longer write, so it is made of a copy. */
export const backUpDisk = async (disk: MemoryDisk, nowMs: number, random: Random): Promise<Backup> => {
  const opened = await disk.copy().open()
  if (!opened.ok) throw new Error(opened.reason)
  return backUpStore(opened.store, nowMs, random)
}

export const backUpStore = async ({ held, look }: Pick<Store, 'held' | 'look'>, nowMs: number, random: Random): Promise<Backup> => {
  const phrase = newPhrase(random)
  const file = memoryFile('backup')
  await backUp({ held, look }, { kind: 'words', text: phrase }, file.sink, transferOf(nowMs, random))
  return { bytes: file.bytes(), phrase }
}

/** An empty disk with a backup restored onto it. */
export const restoredDisk = async (backup: Backup, nowMs: number, random: Random): Promise<MemoryDisk> => {
  const disk = createMemoryDisk()
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const refused = await restoreBackup(opened.store, backup, nowMs, random)
  if (refused !== undefined) throw new Error(refused)
  opened.store.close()
  return disk
}

/** @returns why not, if not */
export const restoreBackup = async (
  store: Store,
  { bytes, phrase }: Backup,
  nowMs: number,
  random: Random,
): Promise<TransferFailure | undefined> => {
  const transfer = transferOf(nowMs, random)
  try {
    await restoreInto(store, await openBackup(sourceOf(bytes), phrase, transfer), transfer)
    return undefined
  } catch (failure) {
    if (failure instanceof TransferRefused) return failure.why
    if (failure instanceof StreamRefused) return failure.reason
    throw failure
  }
}

/** The process dies at this commit of a restoration (0: the first), which reaches the disk or does not. */
export const restoreUntil = async (
  disk: MemoryDisk,
  backup: Backup,
  nowMs: number,
  random: Random,
  commit: number,
  fate: 'kept' | 'lost',
): Promise<void> => {
  const opened = await disk.open()
  if (!opened.ok) throw new Error(opened.reason)
  const { store } = opened
  let left = commit
  const died = new Promise<void>((resolve, reject) => {
    const dying: Store = {
      ...store,
      held: store.held,
      commit: async (changes) => {
        if (left-- > 0) return store.commit(changes)
        void store.commit(changes)
        while (!disk.isWriting) await Promise.resolve()
        disk.crash(fate)
        resolve()
        // It neither goes on nor fails.
        return new Promise(() => {})
      },
    }
    restoreBackup(dying, backup, nowMs, random).then((why) => reject(new Error(`restored, or ${why}`)), reject)
  })
  await died
}

/** Everything that is said in a profile, by contact. */
export const historyOf = async ({ held, look }: Pick<Store, 'held' | 'look'>): Promise<readonly Message[]> => {
  const found = await look(
    [...held.contacts.keys()].map((contactId) => ({ type: 'messages-before', contactId, before: undefined, count: 100_000 })),
  )
  return found.flatMap((each) => (each.type === 'messages-before' ? each.rows : []))
}

/** Byte strings anywhere in some rows, of 16 bytes and more. */
export const byteStringsIn = (value: unknown): readonly Uint8Array[] => {
  if (value instanceof Uint8Array) return value.length >= 16 ? [value] : []
  if (value instanceof Map) return [...value.values()].flatMap(byteStringsIn)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(byteStringsIn) : []
}
