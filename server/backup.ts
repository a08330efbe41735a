// Copies the store while the relay runs, or while it does not: `node dist/relay/backup.js FILE`, in the environment of the
// relay (DATA_DIR). A process of its own, so that it asks nothing of the one that serves.

import process from 'node:process'
import { ConfigurationError } from './configuration.ts'
import { copyStore } from './store/copy.ts'

const main = async () => {
  const [path, ...more] = process.argv.slice(2)
  if (!path || more.length > 0) throw new ConfigurationError('Name one file: where the copy goes.')
  await copyStore(process.env['DATA_DIR'] || 'data', path)
  console.log(`${path} is a copy. It holds the relay's own key: keep it as you keep the original.`)
}

main().catch((error: unknown) => {
  console.error(`No copy was made. ${error instanceof Error ? error.message : 'Why is unknown.'}`)
  process.exit(error instanceof ConfigurationError ? 1 : 70)
})
