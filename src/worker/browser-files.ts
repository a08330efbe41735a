// Files as browsers have them: one that the person picked, written in place (File System Access), or one in the page's own
// file system that the window hands out as a download. Either way what is written goes to the disk, and never all of it is held.

import type { PickedFile } from '../messenger/api.ts'
import type { Sink, Source } from './row-stream.ts'
import type { Files } from './transfers.ts'

/** Where files lie that are handed out, one at a time (ui/window/saved-file.ts reads it). */
const FOLDER = 'handed-out'

const picked = async (handle: FileSystemFileHandle): Promise<Sink> => {
  const stream = await handle.createWritable()
  return {
    // What is written is a copy: a view may be of memory that is shared.
    write: (bytes) => stream.write(bytes.slice()),
    close: () => stream.close(),
    // The file that was there before stays.
    abort: () => stream.abort(),
  }
}

const ownFile = async (name: string): Promise<Sink> => {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  const file = await folder.getFileHandle(name, { create: true })
  const access = await file.createSyncAccessHandle()
  access.truncate(0)
  let at = 0
  return {
    write: async (bytes) => {
      if (access.write(bytes.slice(), { at }) < bytes.length) throw new Error('own file: not all was written')
      at += bytes.length
    },
    close: async () => {
      access.flush()
      access.close()
    },
    abort: async () => {
      access.close()
      await folder.removeEntry(name)
    },
  }
}

const forget = async (): Promise<void> => {
  const root = await navigator.storage.getDirectory()
  await root.removeEntry(FOLDER, { recursive: true })
}

const sourceOf = (file: File): Source => ({
  size: file.size,
  read: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
})

export const browserFiles: Files = {
  create: async (to: PickedFile | undefined, name) => {
    if (to instanceof FileSystemFileHandle) return { sink: await picked(to), handedOut: undefined }
    await browserFiles.forget()
    return { sink: await ownFile(name), handedOut: name }
  },
  open: (from) => (from instanceof File ? sourceOf(from) : undefined),
  // There may be none, or it is being read.
  forget: () => forget().catch(() => undefined),
}
