// The files of one version of the page: all of them are fetched and checked before one is kept, and from then on they are
// answered from here. No other request is looked at, and nothing that a person wrote or read is ever kept here.

export interface PageFile {
  /** `/index.html` */
  readonly path: string
  /** `sha256-...`, as the build has left it. */
  readonly integrity: string
}

export interface PageVersion {
  /** Another one for every other set of files. */
  readonly version: string
  readonly files: readonly PageFile[]
}

export interface PageCache {
  /** Keeps every file of this version, or rejects and keeps none. */
  readonly install: () => Promise<void>
  /** @returns undefined where the network shall answer, as without a service worker */
  readonly answer: (request: Request) => Promise<Response> | undefined
  /** Deletes what earlier versions have kept, unless a newer one is on its way, which will. */
  readonly forgetOthers: (isNewerComing: () => boolean) => Promise<void>
}

const PREFIX = 'parley-page-'
const INDEX = '/index.html'

export const createPageCache = ({ version, files }: PageVersion): PageCache => {
  const name = PREFIX + version
  const paths = new Set(files.map(({ path }) => path))

  /** The path of a file of this version, if that is what is asked for. */
  const pathOf = ({ method, url }: Request): string | undefined => {
    const { origin, pathname, search } = new URL(url)
    if (method !== 'GET' || origin !== location.origin) return undefined
    // As the relay does, and a query after it means nothing.
    if (pathname === '/' || pathname === INDEX) return INDEX
    return search === '' && paths.has(pathname) ? pathname : undefined
  }

  const kept = async (path: string): Promise<Response | undefined> => {
    try {
      return await caches.match(path, { cacheName: name, ignoreVary: true })
    } catch {
      return undefined
    }
  }

  return {
    install: async () => {
      const fetched = await Promise.all(files.map(fetchFile))
      // It can be that of the running version, where a server goes back to it while a newer one waits.
      const wasThere = await caches.has(name)
      try {
        const cache = await caches.open(name)
        await Promise.all(fetched.map(([path, response]) => cache.put(path, response)))
      } catch (failure) {
        if (!wasThere) await caches.delete(name)
        throw failure
      }
    },

    answer: (request) => {
      const path = pathOf(request)
      if (path === undefined) return undefined
      return kept(path).then((response) => response ?? fetch(request))
    },

    forgetOthers: async (isNewerComing) => {
      const others = (await caches.keys()).filter((other) => other.startsWith(PREFIX) && other !== name)
      // Asked after the names: the cache of one that begins now is not among them.
      if (!isNewerComing()) await Promise.all(others.map((other) => caches.delete(other)))
    },
  }
}

/** Past the browser's own cache, and with exactly the bytes that the build has left: versions are never mixed. */
const fetchFile = async ({ path, integrity }: PageFile): Promise<readonly [path: string, response: Response]> => {
  const response = await fetch(path, { cache: 'reload', integrity, redirect: 'error' })
  if (response.status !== 200 || response.type !== 'basic') throw new Error(`page-cache: ${path} is not there as it was built`)
  return [path, response]
}
