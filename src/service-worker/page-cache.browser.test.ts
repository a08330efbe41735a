import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createPageCache, type PageFile } from './page-cache.ts'

// With the browser's own caches, and files that the test's server has: those of public/.

const PATHS = ['/icon.svg', '/manifest.webmanifest']
const OURS = 'parley-page-'

let files: readonly PageFile[] = []

const integrityOf = async (bytes: ArrayBuffer): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `sha256-${btoa(String.fromCharCode(...digest))}`
}
const fileAt = async (path: string): Promise<PageFile> => ({
  path,
  integrity: await integrityOf(await (await fetch(path)).arrayBuffer()),
})
const clear = async (): Promise<void> => {
  for (const name of await caches.keys()) await caches.delete(name)
}
const keptIn = async (version: string): Promise<readonly string[]> => {
  const requests = await (await caches.open(OURS + version)).keys()
  return requests.map(({ url }) => new URL(url).pathname).sort()
}
const textOf = async (answer: Promise<Response> | undefined): Promise<string | undefined> => (await answer)?.text()
const asked = (path: string, init?: RequestInit): Request => new Request(new URL(path, location.origin), init)

beforeAll(async () => {
  files = await Promise.all(PATHS.map(fileAt))
})
beforeEach(clear)
afterEach(async () => {
  vi.restoreAllMocks()
  await clear()
})

describe('installing', () => {
  test('keeps every file, past the browser’s own cache', async () => {
    const fetching = vi.spyOn(globalThis, 'fetch')
    await createPageCache({ version: 'a', files }).install()
    expect(await keptIn('a')).toEqual(PATHS)
    expect(fetching.mock.calls.map(([path, init]) => [path, init?.cache])).toEqual(PATHS.map((path) => [path, 'reload']))
  })

  test.each([
    ['a file with other bytes', (good: PageFile) => ({ ...good, integrity: 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' })],
    ['a file that is not there', (good: PageFile) => ({ ...good, path: '/nowhere.svg' })],
  ])('%s: nothing is kept', async (_, spoil) => {
    const [first, second] = files
    if (!first || !second) throw new Error('two files')
    await expect(createPageCache({ version: 'a', files: [first, spoil(second)] }).install()).rejects.toThrow()
    expect(await caches.keys()).toEqual([])
  })

  test.each([
    ['an answer that is no success', new Response('Not found', { status: 404 })],
    ['an answer that nobody has sent', new Response('of a script')],
  ])('%s: nothing is kept', async (_, answer) => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer)
    await expect(createPageCache({ version: 'a', files }).install()).rejects.toThrow('page-cache: /icon.svg')
    expect(await caches.keys()).toEqual([])
  })

  test('no room for all: nothing is kept', async () => {
    vi.spyOn(Cache.prototype, 'put').mockResolvedValueOnce().mockRejectedValueOnce(new DOMException('full', 'QuotaExceededError'))
    await expect(createPageCache({ version: 'a', files }).install()).rejects.toThrow('full')
    expect(await caches.keys()).toEqual([])
  })

  test('the running version once more, and it fails: the running one stays', async () => {
    const running = createPageCache({ version: 'a', files })
    await running.install()
    vi.spyOn(Cache.prototype, 'put').mockRejectedValue(new DOMException('full', 'QuotaExceededError'))
    await expect(running.install()).rejects.toThrow('full')
    expect(await keptIn('a')).toEqual(PATHS)
  })
})

describe('answering', () => {
  const page = () => createPageCache({ version: 'a', files: [...files, { path: '/index.html', integrity: '' }] })
  beforeEach(async () => {
    const cache = await caches.open(`${OURS}a`)
    await cache.put('/index.html', new Response('the document'))
    await cache.put('/icon.svg', new Response('the icon', { headers: { vary: 'accept-encoding' } }))
  })

  test.each(['/', '/index.html', '/?utm_source=x', '/#/settings'])('%s is the document', async (path) => {
    expect(await textOf(page().answer(asked(path)))).toBe('the document')
  })

  test('a file is the one of this version, whatever is accepted', async () => {
    const other = await caches.open(`${OURS}b`)
    await other.put('/icon.svg', new Response('another icon'))
    expect(await textOf(page().answer(asked('/icon.svg', { headers: { accept: 'image/*' } })))).toBe('the icon')
  })

  test.each(['/relay', '/peer', '/healthz', '/metrics', '/assets/other-12345678.js', '/icon.svg?v=2', '/service-worker.js', '/INDEX.HTML'])(
    '%s is left to the network',
    (path) => {
      expect(page().answer(asked(path))).toBeUndefined()
    },
  )

  test('so is what does not get, and what is of another origin', () => {
    expect(page().answer(asked('/', { method: 'HEAD' }))).toBeUndefined()
    expect(page().answer(asked('/icon.svg', { method: 'POST' }))).toBeUndefined()
    expect(page().answer(new Request('https://other.example/icon.svg'))).toBeUndefined()
  })

  test.each([
    ['that the browser has lost', () => caches.delete(`${OURS}a`)],
    ['that cannot be read', () => vi.spyOn(CacheStorage.prototype, 'match').mockRejectedValue(new Error('unreadable'))],
  ])('a file %s comes from the network', async (_, lose) => {
    await lose()
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('from the server'))
    expect(await textOf(page().answer(asked('/icon.svg')))).toBe('from the server')
  })
})

describe('forgetting', () => {
  beforeEach(async () => {
    for (const name of [`${OURS}old`, `${OURS}older`, `${OURS}a`, 'of somebody else']) await caches.open(name)
  })

  test('takes the other versions and nothing else', async () => {
    await createPageCache({ version: 'a', files }).forgetOthers(() => false)
    expect(await caches.keys()).toEqual([`${OURS}a`, 'of somebody else'])
  })

  test('waits while a newer one comes: it could be taken for an older', async () => {
    await createPageCache({ version: 'a', files }).forgetOthers(() => true)
    expect(await caches.keys()).toHaveLength(4)
  })
})
