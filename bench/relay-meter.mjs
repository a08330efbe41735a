// Loaded into a measured process before anything of its own: tells its processor time and the memory that it holds, whenever
// it is asked, and ends the process with the one that measures. Plain JavaScript, so that nothing has to translate it there.

import process from 'node:process'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

/** After a collection of garbage: what is held, not when the engine last looked. */
const residentBytes = async () => {
  // What the first round lets go of may hold memory outside of the heap, which is freed a turn later.
  for (let round = 0; round < 3; round++) {
    collect()
    await turn()
  }
  return process.memoryUsage.rss()
}

const cpuMs = () => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

/** @param {unknown} asked */
const tell = async (asked) => process.send?.(asked === 'memory' ? await residentBytes() : cpuMs())

process.on('message', (asked) => void tell(asked))
process.once('disconnect', () => process.exit())
