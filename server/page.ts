// The built page, read once at start, with what the build compressed of it, and served from memory. A path that is not one
// of its files leads nowhere, so no request ever reaches the file system.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
/** What the build puts beside a file that gets smaller by it (vite.config.ts); in order of preference. */
const ENCODINGS: readonly (readonly [suffix: string, encoding: string])[] = [
  ['.br', 'br'],
  ['.gz', 'gzip'],
]

/** Vite puts a hash of the contents into these names. */
const HASHED = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/

interface PageFile {
  readonly headers: OutgoingHttpHeaders
  readonly etag: string
  readonly plain: Buffer
  /** In order of preference. */
  readonly compressed: readonly (readonly [encoding: string, body: Buffer])[]
}

export interface PageAnswer {
  readonly status: 200 | 304
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer | undefined
}

export interface Page {
  /** @returns undefined where the page has no such file */
  readonly answer: (path: string, headers: IncomingHttpHeaders) => PageAnswer | undefined
  readonly isEmpty: boolean
}

/** Reads the folder that the build left; one that is not there is an empty page. */
export const loadPage = async (folder: string): Promise<Page> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const paths = new Set(entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name))))
  const files = new Map<string, PageFile>()
  const load = async (path: string) => {
    const url = `/${path.split(sep).join('/')}`
    files.set(url, await loadFile(folder, path, url, paths))
  }
  const isCompressed = (path: string) => ENCODINGS.some(([suffix]) => path.endsWith(suffix) && paths.has(path.slice(0, -suffix.length)))
  await Promise.all([...paths].filter((path) => !isCompressed(path)).map(load))
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return {
    answer: (path, headers) => {
      const file = files.get(path)
      return file && answerWith(file, headers)
    },
    isEmpty: index === undefined,
  }
}

const loadFile = async (folder: string, path: string, url: string, paths: ReadonlySet<string>): Promise<PageFile> => {
  const plain = await readFile(join(folder, path))
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  const there = ENCODINGS.filter(([suffix]) => paths.has(path + suffix))
  return {
    plain,
    compressed: await Promise.all(
      there.map(async ([suffix, encoding]) => [encoding, await readFile(join(folder, path + suffix))] as const),
    ),
    etag,
    headers: {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cache-control': HASHED.test(url) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
      vary: 'accept-encoding',
    },
  }
}

const answerWith = ({ headers, etag, plain, compressed }: PageFile, asked: IncomingHttpHeaders): PageAnswer => {
  if (isListed(asked['if-none-match'], etag)) return { status: 304, headers, body: undefined }
  const [encoding, body] = compressed.find(([name]) => accepts(asked['accept-encoding'], name)) ?? [undefined, plain]
  return {
    status: 200,
    headers: { ...headers, ...(encoding ? { 'content-encoding': encoding } : {}), 'content-length': body.length },
    body,
  }
}

/** RFC 9110 §13.1.2: weak comparison. */
const isListed = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((listed) => listed.trim().replace(/^W\//, '') === etag) ?? false

/** RFC 9110 §12.5.3, without ranking by weight: a coding that is named and not forbidden is accepted. */
const accepts = (acceptEncoding: string | string[] | undefined, encoding: string): boolean =>
  [acceptEncoding ?? []].flat().some((header) =>
    header.split(',').some((item) => {
      const [name, weight] = item.split(';').map((part) => part.trim())
      return name === encoding && !/^q=0(\.0*)?$/.test(weight ?? '')
    }),
  )
