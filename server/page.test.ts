import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadPage, type Page } from './page.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-page-'))
const script = 'export const answer = 42\n'.repeat(100)
const markup = '<!doctype html><title>Parley</title>'
let page: Page

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), markup)
  writeFileSync(join(folder, 'assets/main-BxK3f_9a.js'), script)
  writeFileSync(join(folder, 'assets/main-BxK3f_9a.js.br'), brotliCompressSync(script))
  writeFileSync(join(folder, 'assets/main-BxK3f_9a.js.gz'), gzipSync(script))
  writeFileSync(join(folder, 'service-worker.js'), script)
  writeFileSync(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, 'odd.bin'), Buffer.of(0, 1, 2))
  symlinkSync('/etc/hostname', join(folder, 'link.txt'))
  page = await loadPage(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a file', () => {
  test('index.html answers for the root, is asked for anew each time', () => {
    const answer = page.answer('/', {})
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' } })
    expect(String(answer?.body)).toBe(markup)
    expect(page.answer('/index.html', {})).toEqual(answer)
  })

  test('with a hash in its name is kept for good', () => {
    expect(page.answer('/assets/main-BxK3f_9a.js', {})?.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-length': script.length,
      vary: 'accept-encoding',
    })
  })

  test('that browsers look for newer versions in is a script, and asked for anew each time', () => {
    expect(page.answer('/service-worker.js', {})?.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-cache',
    })
  })

  test('of no known type is bytes', () => {
    expect(page.answer('/odd.bin', {})?.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'cache-control': 'no-cache' })
  })

  test('that the browser has is not sent again', () => {
    const etag = String(page.answer('/', {})?.headers['etag'])
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    for (const ifNoneMatch of [etag, `W/${etag}`, `"other", ${etag}`]) {
      expect(page.answer('/', { 'if-none-match': ifNoneMatch })).toMatchObject({ status: 304, body: undefined })
    }
    expect(page.answer('/', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 })
  })
})

describe('compression', () => {
  const ask = (acceptEncoding: string) => page.answer('/assets/main-BxK3f_9a.js', { 'accept-encoding': acceptEncoding })

  test('brotli first, gzip else, plain else', () => {
    const br = ask('gzip, deflate, br')
    const gzip = ask('gzip')
    expect(br?.headers['content-encoding']).toBe('br')
    expect(gzip?.headers['content-encoding']).toBe('gzip')
    expect(String(brotliDecompressSync(br?.body ?? ''))).toBe(script)
    expect(String(gunzipSync(gzip?.body ?? ''))).toBe(script)
    expect(br?.headers['content-length']).toBe(br?.body?.length)
    for (const none of ['', 'identity', 'br;q=0', 'gzip;q=0.0, br; q=0']) expect(ask(none)?.headers['content-encoding']).toBeUndefined()
  })

  test('only of what the build has compressed', () => {
    expect(page.answer('/odd.bin', { 'accept-encoding': 'br, gzip' })?.headers['content-encoding']).toBeUndefined()
    expect(page.answer('/icon.svg', { 'accept-encoding': 'gzip' })?.headers['content-encoding']).toBeUndefined()
  })

  test('has no path of its own', () => {
    expect(page.answer('/assets/main-BxK3f_9a.js.br', {})).toBeUndefined()
    expect(page.answer('/assets/main-BxK3f_9a.js.gz', {})).toBeUndefined()
  })
})

test.each([
  '/../page.test.ts',
  '/assets/../index.html',
  '/%2e%2e/etc/passwd',
  '//index.html',
  '/assets',
  '/assets/',
  '/link.txt',
  '/INDEX.HTML',
  '',
])('%j is no file of the page', (path) => {
  expect(page.answer(path, {})).toBeUndefined()
})

test('a folder that is not there is an empty page', async () => {
  const empty = await loadPage(join(folder, 'nowhere'))
  expect(empty.isEmpty).toBe(true)
  expect(page.isEmpty).toBe(false)
  expect(empty.answer('/', {})).toBeUndefined()
})
