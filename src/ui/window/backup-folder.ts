// A folder for backups: picked by the person where the browser lets them, and asked for again when the browser wants that.
// The worker writes into it (worker/browser-folders.ts).

import type { PickedFolder } from '../../messenger/api.ts'

type Mode = { readonly mode: 'readwrite' }

/** Not in every browser, and TypeScript does not have it yet. */
interface CanPick {
  readonly showDirectoryPicker?: (options: Mode & { readonly id: string }) => Promise<FileSystemDirectoryHandle>
}
interface CanAsk {
  readonly requestPermission?: (wanted: Mode) => Promise<PermissionState>
}

export const canPickFolder = (): boolean => (window as CanPick).showDirectoryPicker !== undefined

/** Undefined where the person does not want to after all, or the browser does not let this page have that folder. */
export const pickFolder = async (): Promise<PickedFolder | undefined> => {
  try {
    return await (window as CanPick).showDirectoryPicker?.({ id: 'parley-backups', mode: 'readwrite' })
  } catch (failure) {
    if (failure instanceof DOMException) return undefined
    throw failure
  }
}

/** The browser asks the person, if it has to; only upon something that they do. */
export const mayWriteTo = async (folder: PickedFolder & CanAsk): Promise<boolean> => {
  const answer = await folder.requestPermission?.({ mode: 'readwrite' })
  return (answer ?? 'granted') === 'granted'
}
