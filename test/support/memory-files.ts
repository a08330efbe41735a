// Files in memory, for tests of the worker: what is written into one can be read back, and how much of it was under way at once.

import { concat } from '../../src/crypto/bytes.ts'
import type { PickedFile } from '../../src/messenger/api.ts'
import type { DerivedKey } from '../../src/passphrase/passphrase.ts'
import type { Folders } from '../../src/worker/folder-backups.ts'
import type { Sink, Source } from '../../src/worker/row-stream.ts'
import type { Files } from '../../src/worker/transfers.ts'

export interface MemoryFile extends PickedFile {
  readonly bytes: () => Uint8Array
}

/** @param bytes what is in it already */
export const memoryFile = (
  name: string,
  bytes: Uint8Array = new Uint8Array(0),
): MemoryFile & { readonly sink: Sink; readonly source: Source } => {
  let parts = [bytes]
  const all = (): Uint8Array => {
    parts = [concat(...parts)]
    return parts[0] ?? new Uint8Array(0)
  }
  return {
    name,
    bytes: all,
    sink: {
      write: async (more) => void parts.push(more.slice()),
      close: async () => {},
      abort: async () => {
        parts = []
      },
    },
    get source() {
      return sourceOf(all())
    },
  }
}

export const sourceOf = (bytes: Uint8Array): Source => ({ size: bytes.length, read: async (start, end) => bytes.slice(start, end) })

/** Nobody picks a file. */
export const noFiles: Files = {
  create: () => Promise.reject(new Error('memory-files: none')),
  open: () => undefined,
  forget: async () => {},
}

/** Nobody picks a folder. */
export const noFolders: Folders = {
  keep: () => Promise.reject(new Error('memory-files: none')),
  keptOnly: async () => undefined,
  forget: async () => {},
  mayWrite: async () => false,
  create: () => Promise.reject(new Error('memory-files: none')),
  sizeOf: () => Promise.reject(new Error('memory-files: none')),
}

/** Nobody has a passphrase. */
export const noStretching = async (): Promise<DerivedKey> => ({ ok: false, reason: 'no-memory' })
