// Which pages may open a WebSocket here: browsers let any page try, and say from which origin (RFC 6455 §10.2).

import type { IncomingHttpHeaders } from 'node:http'

/** Whether a request comes from a page of the host it asks, or from one of the origins that the operator allows. */
export const isSameSite = ({ origin, host }: IncomingHttpHeaders, allowedOrigins: readonly string[]): boolean => {
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: originHost } = new URL(origin)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return allowedOrigins.includes(origin) || (isWeb && originHost === host.toLowerCase())
}
