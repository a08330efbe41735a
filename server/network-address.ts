// Who a request comes from, as far as counting needs it: an IPv4 address, or an IPv6 network of 64 bits, which is the
// least that one subscriber gets. Never logged, never stored.

import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6, type Socket } from 'node:net'

/**
 * The network address of the browser behind a request.
 *
 * @param trustedHops reverse proxies in front of the relay, each of which appends to X-Forwarded-For what it saw; what
 *   stands before their entries is the client's own claim and is not believed
 */
export const networkAddressOf = (request: IncomingMessage, trustedHops: number): string => {
  const forwarded = [request.headers['x-forwarded-for'] ?? ''].flat().join(',').split(',')
  const claimed = trustedHops > 0 ? forwarded.at(-trustedHops)?.trim() : undefined
  return group(claimed) ?? networkAddressOfSocket(request.socket)
}

/** The same for a bare connection, before it has asked for anything. */
export const networkAddressOfSocket = ({ remoteAddress }: Socket): string => group(remoteAddress) ?? 'unknown'

/** Whether a request was made on this very machine, not by a proxy on it for somebody else. */
export const isFromThisMachine = (request: IncomingMessage): boolean => {
  const isForwarded = 'x-forwarded-for' in request.headers || 'forwarded' in request.headers
  const seen = request.socket.remoteAddress ?? ''
  return !isForwarded && (seen === '::1' || networkAddressOfSocket(request.socket).startsWith('127.'))
}

/** `203.0.113.7`, `2001:db8:0:1/64`, or undefined for what is no address. */
const group = (address: string | undefined): string | undefined => {
  if (address === undefined) return undefined
  const bare = address.replace(/^::ffff:(?=[0-9.]+$)/i, '')
  if (isIPv4(bare)) return bare
  if (!isIPv6(bare)) return undefined
  const [head = '', tail] = bare.replace(/%.*$/, '').split('::')
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'))
  // The dotted end of a mapped address counts as two groups; which ones does not matter to the first four.
  const tailLength = tail === undefined ? 0 : groupsOf(tail).length + (tail.includes('.') ? 1 : 0)
  const heads = groupsOf(head)
  const missing = tail === undefined ? 0 : 8 - heads.length - tailLength
  const groups = [...heads, ...Array.from({ length: missing }, () => '0'), ...groupsOf(tail ?? '')]
  const network = groups.slice(0, 4).map((digits) => Number.parseInt(digits, 16).toString(16))
  return `${network.join(':')}/64`
}
