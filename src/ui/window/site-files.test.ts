import { afterEach, expect, test, vi } from 'vitest'
import { clearFiles } from './site-files.ts'

afterEach(() => vi.unstubAllGlobals())

const storage = { 'clear-site-data': '"storage"' }

test.each<readonly [string, boolean, () => Response | Promise<never>]>([
  ['as the relay does', true, () => new Response(null, { status: 204, headers: storage })],
  ['without what browsers look for', false, () => new Response('<!doctype html>')],
  ['with less', false, () => new Response(null, { status: 204, headers: { 'clear-site-data': '"cache"' } })],
  ['with a refusal', false, () => new Response('Forbidden', { status: 403, headers: storage })],
  ['not at all', false, () => Promise.reject(new TypeError('no network'))],
])('an answer %s: the files are gone, %s', async (_, areGone, answer) => {
  vi.stubGlobal('fetch', async () => answer())
  expect(await clearFiles()).toBe(areGone)
})
