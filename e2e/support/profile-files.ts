// A browser's profile as somebody sees it who has its disk.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @returns how many of these bytes stand in any file below the folder */
export const countIn = async (folder: string, pieces: readonly Buffer[]): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = new Set<Buffer>()
  for (const entry of entries.filter((each) => each.isFile())) {
    const bytes = await readFile(join(entry.parentPath, entry.name))
    for (const piece of pieces) if (bytes.includes(piece)) found.add(piece)
  }
  return found.size
}
