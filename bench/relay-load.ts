// The process that makes the load: everybody who calls the relay or the echo, as one loop of events. Runs one task after
// another and tells what came of each. Started by relay-processes.ts; whatever it does not expect ends it.

import process from 'node:process'
import { connectCrowd, leaveCrowd, listenCrowd } from './relay-crowd.ts'
import { echoAtRate, pushAtPeak, pushAtRate } from './relay-paced.ts'
import { deposit, fetchBundles, fetchMailboxes } from './relay-traffic.ts'

const tasks = { connectCrowd, leaveCrowd, listenCrowd, echoAtRate, pushAtPeak, pushAtRate, deposit, fetchBundles, fetchMailboxes }

export type Tasks = typeof tasks
export type Task = keyof Tasks
export type Asked<Name extends Task> = Parameters<Tasks[Name]>[0]
export type Told<Name extends Task> = Awaited<ReturnType<Tasks[Name]>>

const run = async ({ name, asked }: { readonly name: Task; readonly asked: never }) => {
  process.send?.((await tasks[name](asked)) ?? 'done')
}
process.on('message', (message: { readonly name: Task; readonly asked: never }) => void run(message))
process.once('disconnect', () => process.exit())
