// How much the built page weighs, compressed as a relay without Brotli would send it.

import { readdir, readFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Figure, kilobytes } from './figures.ts'

const PAGE = resolve(import.meta.dirname, '../dist/page')

export interface PageSizes {
  /** The document, and the scripts and styles that it names: a newcomer's home screen is usable on them. */
  readonly firstLoad: number
  /** The same and the worker. */
  readonly withWorker: number
  /** Every file. */
  readonly everything: number
}

const gzipped = async (path: string): Promise<number> => gzipSync(await readFile(path), { level: 9 }).length

/** @returns bytes after gzip -9, of the page that was built last */
export const measurePage = async (): Promise<PageSizes> => {
  const files = await readdir(PAGE, { recursive: true, withFileTypes: true })
  const plain = files.filter((file) => file.isFile() && !/\.(br|gz)$/.test(file.name))
  const paths = plain.map((file) => join(file.parentPath, file.name))
  const sizeByUrl = new Map<string, number>(
    await Promise.all(paths.map(async (path) => [`/${relative(PAGE, path).split(sep).join('/')}`, await gzipped(path)] as const)),
  )
  const sum = (urls: Iterable<string>): number => [...urls].reduce((total, url) => total + (sizeByUrl.get(url) ?? 0), 0)

  const document = await readFile(join(PAGE, 'index.html'), 'utf8')
  // Icons and the manifest are not waited for.
  const named = [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].flatMap(([, url]) => url ?? [])
  const workers = [...sizeByUrl.keys()].filter((url) => /^\/assets\/worker-[^/]+\.js$/.test(url))
  if (named.length === 0 || workers.length !== 1) throw new Error('sizes: the page is not built as expected')
  const screens = sum(['/index.html', ...named])
  return { firstLoad: screens, withWorker: screens + sum(workers), everything: sum(sizeByUrl.keys()) }
}

/** Bytes that may be fetched before there is something to click. */
export const FIRST_LOAD_TARGET = 160_000

export const sizeFigures = async (): Promise<readonly Figure[]> => {
  const { everything, firstLoad, withWorker } = await measurePage()
  const figure = (name: string, size: number, target = ''): Figure => ({
    name,
    value: kilobytes(size),
    floor: '',
    ratio: '',
    target,
    met: undefined,
  })
  return [
    {
      ...figure('page, gzip: first load (document, script, style)', firstLoad, `<= ${kilobytes(FIRST_LOAD_TARGET)}`),
      met: firstLoad <= FIRST_LOAD_TARGET,
    },
    figure('page, gzip: the same and the worker', withWorker),
    figure('page, gzip: every file', everything),
  ]
}
