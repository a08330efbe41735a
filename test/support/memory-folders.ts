// A folder in memory, for tests of the worker: a file is written beside what has its name, and takes its place when it is
// closed. It can be lost, full or forbidden.

import { concat } from '../../src/crypto/bytes.ts'
import type { PickedFolder } from '../../src/messenger/api.ts'
import type { Folders } from '../../src/worker/folder-backups.ts'

export interface MemoryFolder extends PickedFolder {
  readonly files: Map<string, Uint8Array>
  /** Names of the files that are being written. */
  readonly unfinished: Set<string>
  isPermitted: boolean
  /** Thrown by the next call of it, once. */
  readonly faults: Map<'create' | 'write' | 'close', unknown>
  /** So many bytes of what is written get lost at the end of a file, and nobody says so. */
  lostBytes: number
}

export const memoryFolder = (name: string): MemoryFolder => ({
  name,
  files: new Map(),
  unfinished: new Set(),
  isPermitted: true,
  faults: new Map(),
  lostBytes: 0,
})

/** What a browser keeps of folders. */
export const memoryFolders = (): Folders & {
  readonly now: () => MemoryFolder | undefined
  readonly count: () => number
  readonly lose: () => void
} => {
  let kept = new Map<string, MemoryFolder>()
  const fault = ({ faults }: MemoryFolder, where: 'create' | 'write' | 'close'): void => {
    if (!faults.has(where)) return
    const thrown = faults.get(where)
    faults.delete(where)
    throw thrown
  }
  return {
    now: () => [...kept.values()].at(-1),
    count: () => kept.size,
    lose: () => kept.clear(),
    keep: async (id, folder) => {
      kept.set(id, folder as MemoryFolder) // Tests pick no other.
    },
    keptOnly: async (id) => {
      kept = new Map([...kept].filter(([other]) => other === id))
      return kept.get(id)
    },
    forget: async () => kept.clear(),
    mayWrite: async (folder) => (folder as MemoryFolder).isPermitted,
    create: async (picked, name) => {
      const folder = picked as MemoryFolder
      fault(folder, 'create')
      if (!folder.isPermitted) throw new DOMException('', 'NotAllowedError')
      const parts: Uint8Array[] = []
      folder.unfinished.add(name)
      return {
        write: async (bytes) => {
          fault(folder, 'write')
          parts.push(bytes.slice())
        },
        close: async () => {
          fault(folder, 'close')
          const whole = concat(...parts)
          folder.files.set(name, whole.slice(0, whole.length - folder.lostBytes))
          folder.unfinished.delete(name)
        },
        abort: async () => void folder.unfinished.delete(name),
      }
    },
    sizeOf: async (picked, name) => {
      const file = (picked as MemoryFolder).files.get(name)
      if (file === undefined) throw new DOMException('', 'NotFoundError')
      return file.length
    },
  }
}
