// Data folders of relays, each its own, gone when the test is over.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export const dataFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-data-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
