// Where a file goes that the person saves: to the place that they pick, where the browser lets them, and else among their
// downloads. The worker writes it (worker/browser-files.ts); nothing of it is held here.

import type { PickedFile } from '../../messenger/api.ts'

/** Where the worker leaves what is handed out. */
const FOLDER = 'handed-out'

/** Not in every browser, and TypeScript does not have it yet. */
interface CanPick {
  readonly showSaveFilePicker?: (options: {
    readonly suggestedName: string
    readonly types: readonly { readonly description: string; readonly accept: Readonly<Record<string, readonly string[]>> }[]
  }) => Promise<FileSystemFileHandle>
}

export interface Kind {
  readonly description: string
  readonly mime: string
  readonly ending: string
}

/** @returns where it shall go, undefined for the downloads; `no` where the person does not want to after all */
export const pickPlace = async (suggestedName: string, { description, ending, mime }: Kind): Promise<PickedFile | undefined | 'no'> => {
  const { showSaveFilePicker } = window as CanPick
  if (showSaveFilePicker === undefined) return undefined
  try {
    return await showSaveFilePicker.call(window, { suggestedName, types: [{ description, accept: { [mime]: [ending] } }] })
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') return 'no'
    // A browser that does not let this page pick still has downloads.
    return undefined
  }
}

/** `2026-11-21` */
export const today = (): string => new Date().toISOString().slice(0, 10)

/** Hands out what the worker has left under this name, as a download. */
export const handOut = async (name: string): Promise<void> => {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER)
  const file = await (await folder.getFileHandle(name)).getFile()
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has begun by the time that the page goes on.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
