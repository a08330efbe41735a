// What an operator can set: seven variables of the environment, and one file for the rest. docs/running-a-relay.md
// explains each. Anything unknown or out of range stops the start with one sentence.

import { readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { createSecureContext } from 'node:tls'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'

const MiB = 1024 * 1024
const GiB = 1024 * MiB

const whole = (min: number, max = Number.MAX_SAFE_INTEGER) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const rate = (burst: number, perSecond: number, leastBurst = 1) =>
  v.optional(
    v.strictObject({ burst: whole(leastBurst), perSecond: v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)) }),
    {
      burst,
      perSecond,
    },
  )
const upTo = (count: number) => v.optional(whole(0), count)
/** No message is longer, so a bucket that holds less would pass nothing. */
const LONGEST = 65_536

const limits = v.strictObject({
  connections: upTo(10_000),
  connectionsPerAddress: upTo(256),
  requestsPerAddress: rate(600, 60),
  upgradesPerAddress: rate(240, 4),
  waitingBytesPerConnection: v.optional(whole(2 * LONGEST), MiB),
  waitingBytes: v.optional(whole(2 * LONGEST), 256 * MiB),
  framesPerConnection: rate(1_000, 200),
  bytesPerConnection: rate(16 * MiB, 2 * MiB, LONGEST),
  framesPerAddress: rate(8_000, 2_000),
  bytesPerAddress: rate(128 * MiB, 16 * MiB, LONGEST),
  rooms: upTo(4_000),
  roomsPerAddress: upTo(32),
  roomsOpenedPerAddress: rate(60, 0.5),
  joinsPerRoom: upTo(20),
  joinsPerAddress: rate(30, 0.5),
  framesPerRoom: upTo(1_000),
  bytesPerRoom: upTo(16 * MiB),
  pendingPerConnection: v.optional(whole(1), 256),
  pendingBytesPerConnection: v.optional(whole(LONGEST), MiB),
  pendingBytes: v.optional(whole(LONGEST), 128 * MiB),
  listenedPerConnection: upTo(4_000),
  listened: upTo(500_000),
  mailboxesOpenedPerAddress: rate(20_000, 10),
  depositsPerTarget: rate(1_000, 200),
  watchedPerConnection: v.optional(whole(1), 1_000),
  // A device may keep 0.8 MB of one-time keys here.
  devices: upTo(20_000),
  envelopesPerMailbox: upTo(10_000),
  bytesPerMailbox: upTo(64 * MiB),
  storedBytes: upTo(8 * GiB),
  authenticationsPerAddress: rate(120, 0.5),
  // In units of 4 KiB, and the longest request has 16 of them.
  publicationsPerAddress: rate(4_000, 20, 16),
  newcomersPerAddress: rate(400, 1 / 600),
  retrievalsPerAddress: rate(300, 2),
  // 6 at once, then one each ten minutes; at most 60 in any hour.
  drainsPerAddressAndTarget: rate(6, 1 / 600),
  drainsPerTarget: rate(30, 1 / 120),
  signalsPerConnection: rate(300, 20),
})

const shortText = v.pipe(v.string(), v.minLength(1), v.maxBytes(512))
const stunOrTurn = v.pipe(shortText, v.regex(/^(stuns?|turns?):\S+$/, 'must start with stun:, stuns:, turn: or turns:'))
const turn = v.pipe(shortText, v.regex(/^turns?:\S+$/, 'must start with turn: or turns:'))
const origin = v.pipe(v.string(), v.regex(/^https?:\/\/[^/]+$/, 'must be like https://parley.example'))

const settings = v.strictObject({
  roomLifeMs: v.optional(whole(1_000, 3_600_000), 300_000),
  relayOnly: v.optional(v.boolean(), false),
  iceServers: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          urls: v.pipe(v.array(stunOrTurn), v.minLength(1), v.maxLength(8)),
          username: v.optional(shortText),
          credential: v.optional(shortText),
        }),
      ),
      v.maxLength(7),
    ),
    [],
  ),
  turn: v.optional(
    v.strictObject({
      urls: v.pipe(v.array(turn), v.minLength(1), v.maxLength(8)),
      secret: v.pipe(v.string(), v.minLength(16)),
      credentialLifeSeconds: v.optional(whole(60, 604_800), 86_400),
    }),
  ),
  allowedOrigins: v.optional(v.array(origin), []),
  metricsFor: v.optional(v.picklist(['this-machine', 'everybody', 'nobody']), 'this-machine'),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  keepAliveMs: v.optional(whole(100, 600_000), 30_000),
  drainMs: v.optional(whole(0, 60_000), 3_000),
  limits: v.optional(limits, {}),
})

export type Settings = v.InferOutput<typeof settings>

export interface Configuration {
  /** 0 takes a free one. */
  readonly port: number
  /** Undefined: every address of this machine. */
  readonly host: string | undefined
  /** Hops of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustedHops: number
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly pageFolder: string
  /** Where relay.json is, and what the relay keeps. */
  readonly dataFolder: string
  readonly settings: Settings
}

/** Something that the operator can put right; its message is a sentence for people. */
export class ConfigurationError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws ConfigurationError */
export const readConfiguration = (environment: Environment): Configuration => {
  const dataFolder = resolve(environment['DATA_DIR'] || 'data')
  // Beside the bundle: dist/relay/main.js and dist/page/.
  const pageFolder = resolve(environment['PAGE_DIR'] || join(dirname(fileURLToPath(import.meta.url)), '../page'))
  // All that lies in the page's folder is served to everybody.
  if (`${dataFolder}${sep}`.startsWith(`${pageFolder}${sep}`)) {
    throw new ConfigurationError(`DATA_DIR (${dataFolder}) must not lie in the folder of the page (${pageFolder}).`)
  }
  return {
    port: number(environment, 'PORT', 8080, 65_535),
    host: environment['HOST'] || undefined,
    trustedHops: number(environment, 'TRUST_PROXY', 0, 8),
    tls: readTls(environment['TLS_CERT'], environment['TLS_KEY']),
    pageFolder,
    dataFolder,
    settings: readSettings(join(dataFolder, 'relay.json')),
  }
}

const number = (environment: Environment, name: string, absent: number, max: number): number => {
  const text = environment[name]
  if (!text) return absent
  if (!/^\d{1,5}$/.test(text) || Number(text) > max)
    throw new ConfigurationError(`${name} must be a whole number from 0 to ${max}, and is "${text}".`)
  return Number(text)
}

const readTls = (certPath: string | undefined, keyPath: string | undefined): Configuration['tls'] => {
  if (!certPath && !keyPath) return undefined
  if (!certPath || !keyPath)
    throw new ConfigurationError('TLS_CERT and TLS_KEY go together: a certificate (with its chain) and its key, as PEM files.')
  const pair = { cert: read('TLS_CERT', certPath), key: read('TLS_KEY', keyPath) }
  try {
    createSecureContext(pair)
  } catch {
    throw new ConfigurationError(`${certPath} and ${keyPath} are not a certificate and its key, as PEM files.`)
  }
  return pair
}

const read = (name: string, path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigurationError(`${name} names ${path}, which cannot be read (${codeOf(error)}).`)
  }
}

const readSettings = (path: string): Settings => {
  let text = '{}'
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw new ConfigurationError(`${path} cannot be read (${codeOf(error)}).`)
  }
  const parsed = v.safeParse(settings, parse(path, text))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new ConfigurationError(`${path}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}.`)
}

const parse = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigurationError(`${path} is not JSON.`)
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')
