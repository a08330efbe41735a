import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildServiceWorker } from '../scripts/service-worker.mjs'

// What the build puts into the service worker: each file that the relay serves, as it is, and nothing else.

const files = { 'index.html': '<!doctype html>', 'icon.svg': '<svg/>', 'assets/index-BxK3f_9a.js': 'export {}' }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-built-'))
  await mkdir(join(folder, 'assets'))
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content)
  for (const path of ['index.html.br', 'icon.svg.gz']) await writeFile(join(folder, path), 'compressed')
})
afterEach(() => rm(folder, { recursive: true }))

const built = async (): Promise<string> => {
  await buildServiceWorker(folder)
  return readFile(join(folder, 'service-worker.js'), 'utf8')
}
const versionIn = (script: string): string | undefined => /version:[`'"]([0-9a-f]{16})[`'"]/.exec(script)?.[1]

test('names every file with its hash, but neither itself nor what is compressed', async () => {
  await built()
  const again = await built()
  const listed = [...again.matchAll(/path:[`'"]([^`'"]+)[`'"],integrity:[`'"]([^`'"]+)[`'"]/g)].map(([, path, integrity]) => ({
    path,
    integrity,
  }))
  const expected = Object.entries(files).map(([path, content]) => ({
    path: `/${path}`,
    integrity: `sha256-${createHash('sha256').update(content).digest('base64')}`,
  }))
  expect(listed).toHaveLength(expected.length)
  expect(listed).toEqual(expect.arrayContaining(expected))
})

test('is the same for the same files, and another version for any other byte', async () => {
  const first = await built()
  expect(versionIn(first)).toMatch(/^[0-9a-f]{16}$/)
  expect(await built()).toBe(first)
  await writeFile(join(folder, 'icon.svg'), '<svg />')
  expect(versionIn(await built())).not.toBe(versionIn(first))
})

test('is one classic script', async () => {
  expect(await built()).not.toMatch(/^\s*(import|export)\b/m)
})
