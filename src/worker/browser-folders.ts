// A folder as browsers have it (File System Access): picked by the person, kept across visits, and written into as long as
// the browser thinks that they still want it.

import type { PickedFolder } from '../messenger/api.ts'
import { forgetFolders, keepFolder, keptFolderOnly } from '../store/folder-handle.ts'
import type { Folders } from './folder-backups.ts'

/** Not in every browser, and TypeScript does not have it yet. */
interface CanAsk {
  readonly queryPermission?: (wanted: { readonly mode: 'readwrite' }) => Promise<PermissionState>
}

const handleOf = (folder: PickedFolder): FileSystemDirectoryHandle & CanAsk => {
  if (folder instanceof FileSystemDirectoryHandle) return folder
  throw new DOMException('no folder', 'NotFoundError')
}

export const browserFolders: Folders = {
  keep: (id, folder) => keepFolder(id, handleOf(folder)),
  keptOnly: async (id) => {
    const kept = await keptFolderOnly(id)
    return kept instanceof FileSystemDirectoryHandle ? kept : undefined
  },
  forget: forgetFolders,
  mayWrite: async (folder) => ((await handleOf(folder).queryPermission?.({ mode: 'readwrite' })) ?? 'granted') === 'granted',
  create: async (folder, name) => {
    const handle = handleOf(folder)
    const file = await handle.getFileHandle(name, { create: true })
    // Beside the file: it takes its place when it is closed.
    const stream = await file.createWritable()
    return {
      // What is written is a copy: a view may be of memory that is shared.
      write: (bytes) => stream.write(bytes.slice()),
      close: () => stream.close(),
      abort: async () => {
        await stream.abort()
        if ((await file.getFile()).size === 0) await handle.removeEntry(name)
      },
    }
  },
  sizeOf: async (folder, name) => (await (await handleOf(folder).getFileHandle(name)).getFile()).size,
}
