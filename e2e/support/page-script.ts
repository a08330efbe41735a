// A script for a page on which Parley does not run: a function handed over by itself would miss what it imports.

import { resolve } from 'node:path'
import { build } from 'vite'

/** @returns one classic script with all that the file imports */
export const pageScript = async (file: string): Promise<string> => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry: resolve(file), formats: ['iife'], name: 'script' } },
  })
  const [output] = [built].flat()
  const chunk = output && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined) throw new Error(`page script: ${file} was not built`)
  return chunk.code
}
