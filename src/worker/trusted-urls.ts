// The addresses of the scripts that the window starts beside itself. The page's policy wants such addresses from the one
// source that it names; that source can be made once and knows these two.

import workerUrl from './worker.ts?worker&url'

/** At the root, so that its scope is the whole page. */
const SERVICE_WORKER_URL = '/service-worker.js'

/** Trusted Types, as far as it is used: TypeScript's DOM does not have it yet. */
interface TrustedTypes {
  readonly createPolicy: (name: string, rules: { readonly createScriptURL: (url: string) => string }) => Policy
}
interface Policy {
  readonly createScriptURL: (url: string) => string | URL
}

let policy: Policy | undefined

const createPolicy = (): Policy => {
  // Absent in browsers without Trusted Types; there the plain string is taken.
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  if (!trustedTypes) return { createScriptURL: (url) => url }
  return trustedTypes.createPolicy('parley', {
    createScriptURL: (url) => {
      if (url !== workerUrl && url !== SERVICE_WORKER_URL) throw new Error('trusted-urls: not a script of ours')
      return url
    },
  })
}

const trusted = (url: string): string | URL => {
  policy ??= createPolicy()
  return policy.createScriptURL(url)
}

export const trustedWorkerUrl = (): string | URL => trusted(workerUrl)
export const trustedServiceWorkerUrl = (): string | URL => trusted(SERVICE_WORKER_URL)
