// Starts the relay and ends it: reads the configuration, prints where Parley is, drains on SIGTERM and SIGINT.

import { networkInterfaces } from 'node:os'
import process from 'node:process'
import { destination, pino } from 'pino'
import { type Configuration, ConfigurationError, readConfiguration } from './configuration.ts'
import { createMetrics } from './metrics.ts'
import { startRelay } from './relay.ts'

const main = async () => {
  const configuration = readConfiguration(process.env)
  const log = pino({ level: configuration.settings.logLevel, base: null }, destination({ fd: 2, sync: true }))
  const metrics = createMetrics()
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      metrics.errors.inc()
      log.error({ error: error instanceof Error ? error.stack : 'not an error' }, 'a bug; going on')
    })
  }
  const relay = await startRelay(configuration, metrics, log)

  for (const line of whereItIs(configuration, relay.port)) console.log(line)

  const stop = async () => {
    log.info('draining')
    await relay.drain()
    log.info('stopped')
    process.exit(0)
  }
  process.once('SIGTERM', () => void stop())
  process.once('SIGINT', () => void stop())
}

const whereItIs = ({ host, tls }: Configuration, port: number): string[] => {
  const at = (name: string) => `${tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
  const isEverywhere = host === undefined || host === '::' || host === '0.0.0.0'
  const parley = `Parley is at ${at(isEverywhere ? 'localhost' : host)}`
  if (!tls) return [parley, 'On other devices browsers want https: set TLS_CERT and TLS_KEY, or see docs/running-a-relay.md for a proxy.']
  const others = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return [
    parley,
    ...others
      .filter(({ family, internal }) => isEverywhere && family === 'IPv4' && !internal)
      .map(({ address }) => `On other devices: ${at(address)}`),
  ]
}

/** What is wrong in a sentence, and whether the operator can put it right. */
const explain = (error: unknown): readonly [sentence: string, isTheirs: boolean] => {
  if (!(error instanceof Error)) return ['Why is unknown.', false]
  if ('syscall' in error && 'code' in error) return [`It cannot listen there (${String(error.code)}); set PORT or HOST.`, true]
  return [error.message, error instanceof ConfigurationError]
}

main().catch((error: unknown) => {
  const [sentence, isTheirs] = explain(error)
  console.error(`Parley did not start. ${sentence}`)
  process.exit(isTheirs ? 1 : 70)
})
