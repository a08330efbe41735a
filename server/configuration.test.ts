import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigurationError, readConfiguration } from './configuration.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'relay.json')
/** The sentence with which this environment and this file are refused. */
const complaint = (relayJson: unknown, environment: Readonly<Record<string, string>> = {}): string => {
  writeFileSync(file, typeof relayJson === 'string' ? relayJson : JSON.stringify(relayJson))
  try {
    readConfiguration({ DATA_DIR: folder, ...environment })
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.replace(file, 'FILE')
    throw error
  }
  return 'accepted'
}

test('nothing set: the defaults', () => {
  const { settings, ...rest } = readConfiguration({ DATA_DIR: join(folder, 'nowhere') })
  expect(rest).toMatchObject({ port: 8080, host: undefined, trustedHops: 0, tls: undefined })
  expect(settings).toMatchObject({ roomLifeMs: 300_000, relayOnly: false, iceServers: [], allowedOrigins: [], metricsFor: 'this-machine' })
  expect(settings.turn).toBeUndefined()
  expect(settings.limits.joinsPerRoom).toBe(20)
  expect(settings.limits).toMatchObject({ envelopesPerMailbox: 10_000, bytesPerMailbox: 64 * 2 ** 20, storedBytes: 8 * 2 ** 30 })
})

test('what is kept lies where relay.json does; without DATA_DIR in the folder data', () => {
  expect(readConfiguration({ DATA_DIR: join(folder, 'nowhere') }).dataFolder).toBe(join(folder, 'nowhere'))
  expect(readConfiguration({}).dataFolder).toBe(join(process.cwd(), 'data'))
})

test('what is kept is never served: DATA_DIR in the folder of the page is refused', () => {
  for (const pageFolder of [folder, tmpdir()])
    expect(complaint({}, { PAGE_DIR: pageFolder })).toContain('must not lie in the folder of the page')
  expect(complaint({}, { PAGE_DIR: `${folder}-beside` })).toBe('accepted')
})

test('empty variables count as absent', () => {
  expect(
    readConfiguration({ DATA_DIR: join(folder, 'nowhere'), PORT: '', HOST: '', TLS_CERT: '', TLS_KEY: '', TRUST_PROXY: '' }),
  ).toMatchObject({
    port: 8080,
    host: undefined,
    tls: undefined,
  })
})

test('what is set holds, what is not keeps its default', () => {
  const relayJson = { roomLifeMs: 60_000, limits: { rooms: 7, joinsPerAddress: { burst: 1, perSecond: 0.25 } } }
  writeFileSync(file, JSON.stringify(relayJson))
  const { port, trustedHops, settings } = readConfiguration({ DATA_DIR: folder, PORT: '0', TRUST_PROXY: '2' })
  expect({ port, trustedHops }).toEqual({ port: 0, trustedHops: 2 })
  expect(settings.roomLifeMs).toBe(60_000)
  expect(settings.limits).toMatchObject({ rooms: 7, joinsPerAddress: { burst: 1, perSecond: 0.25 }, joinsPerRoom: 20 })
})

describe('is refused in one sentence', () => {
  test.each([
    [{ PORT: '65536' }, 'PORT must be a whole number from 0 to 65535, and is "65536".'],
    [{ PORT: 'http' }, 'PORT must be a whole number from 0 to 65535, and is "http".'],
    [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY must be a whole number from 0 to 8, and is "true".'],
    [{ TLS_CERT: 'cert.pem' }, 'TLS_CERT and TLS_KEY go together: a certificate (with its chain) and its key, as PEM files.'],
    [{ TLS_CERT: 'no-such.pem', TLS_KEY: 'no-such.pem' }, 'TLS_CERT names no-such.pem, which cannot be read (ENOENT).'],
  ])('%j', (environment, sentence) => {
    expect(complaint({}, environment)).toBe(sentence)
  })

  test.each([
    ['{', 'FILE is not JSON.'],
    ['7', /^FILE: the whole: .*Object/],
    [{ roomLife: 7 }, /^FILE: roomLife: /],
    [{ roomLifeMs: 'long' }, /^FILE: roomLifeMs: .*number/],
    [{ roomLifeMs: 999 }, /^FILE: roomLifeMs: .*1000/],
    [{ limits: { joinsPerRoom: -1 } }, /^FILE: limits\.joinsPerRoom: /],
    [{ limits: { joinsPerRooms: 1 } }, /^FILE: limits\.joinsPerRooms: /],
    [{ limits: { storedBytes: '8 GiB' } }, /^FILE: limits\.storedBytes: .*number/],
    [{ limits: { pendingBytesPerConnection: 4_096 } }, /^FILE: limits\.pendingBytesPerConnection: .*65536/],
    [{ limits: { bytesPerConnection: { burst: 1, perSecond: 1 } } }, /^FILE: limits\.bytesPerConnection\.burst: .*65536/],
    [{ iceServers: [{ urls: ['http://stun.example'] }] }, 'FILE: iceServers.0.urls.0: must start with stun:, stuns:, turn: or turns:.'],
    [{ iceServers: Array.from({ length: 8 }, () => ({ urls: ['stun:stun.example'] })) }, /^FILE: iceServers: /],
    [{ turn: { urls: ['turn:turn.example'], secret: 'short' } }, /^FILE: turn\.secret: /],
    [{ turn: { urls: ['stun:stun.example'], secret: 'a secret of the operator' } }, 'FILE: turn.urls.0: must start with turn: or turns:.'],
    [{ allowedOrigins: ['https://other.example/'] }, 'FILE: allowedOrigins.0: must be like https://parley.example.'],
  ])('%j', (relayJson, sentence) => {
    expect(complaint(relayJson)).toMatch(sentence)
  })
})
