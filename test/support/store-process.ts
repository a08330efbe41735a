// Starts store-child.ts and listens to it.

import { spawn } from 'node:child_process'
import { join } from 'node:path'

const script = join(import.meta.dirname, 'store-child.ts')

export interface StoreProcess {
  /** What it said so far, whole lines only: `kept 7`. */
  readonly lines: readonly string[]
  /** Resolves when it has said so many lines, or has ended. */
  readonly said: (count: number) => Promise<void>
  /** Resolves when a line begins with this, or it has ended. */
  readonly saidThat: (start: string) => Promise<void>
  readonly ended: Promise<number | null>
  /** Ends it in the middle of whatever it does. */
  readonly kill: () => Promise<void>
}

/** @param fileBlocks no file may grow beyond so many blocks of the shell: a disk that is full */
export const startStoreProcess = (
  folder: string,
  task: 'append' | 'pop',
  numbers: readonly number[] = [],
  fileBlocks?: number,
): StoreProcess => {
  const command = [process.execPath, '--import', 'tsx', script, folder, task, ...numbers.map(String)]
  const limited = ['sh', '-c', `ulimit -f ${fileBlocks} && exec "$@"`, 'sh', ...command]
  const [file = '', ...args] = fileBlocks === undefined ? command : limited
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  const watchers = new Set<() => void>()
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
    for (const watch of watchers) watch()
  })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const until = (holds: () => boolean): Promise<void> =>
    Promise.race([
      ended.then(() => {}),
      new Promise<void>((done) => {
        const watch = () => {
          if (!holds()) return
          watchers.delete(watch)
          done()
        }
        watchers.add(watch)
        watch()
      }),
    ])
  return {
    lines,
    said: (count) => until(() => lines.length >= count),
    saidThat: (start) => until(() => lines.some((line) => line.startsWith(start))),
    ended,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
