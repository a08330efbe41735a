// Memory of clients that have connected and wait, at the relay and at a bare echo: what each further one holds, after a
// collection of garbage. A client's two kinds of connection are told apart: one only deposits, one listens.

import process from 'node:process'
import type { Figure } from './figures.ts'
import { dataFolder, type Load, type Measured, startEcho, startRelay } from './relay-processes.ts'

const CLIENTS = 5_000
/** So many are there before it is counted: what a process needs only once is in place by then. */
const FIRST_CLIENTS = 1_000
/** Contacts of a client. */
const ADDRESSES_EACH = 10
const TARGET_KIB = 20
/** Files that a process has open beside its clients. */
const OTHER_FILES = 200

/** The hard limit of a process: each raises its own as far when it starts. */
const openFiles = (): number => {
  // Absent on Windows, which has no such limit.
  const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { readonly hard?: number | string } } }
  return Number(report.userLimits?.open_files?.hard) || Number.POSITIVE_INFINITY
}

const kibEach = (bytes: number, clients: number): number => bytes / clients / 1024
const kib = (value: number): string => `${value.toFixed(1)} KiB`

/** KiB of each connection beyond the first ones. */
const connect = async (load: Load, { port, residentBytes }: Measured, at: 'relay' | 'echo', clients: number): Promise<number> => {
  const first = Math.min(FIRST_CLIENTS, Math.ceil(clients / 5))
  await load.run('connectCrowd', { port, at, from: 0, to: first })
  const before = await residentBytes()
  await load.run('connectCrowd', { port, at, from: first, to: clients })
  return kibEach((await residentBytes()) - before, clients - first)
}

const figure = (name: string, value: number, floor: number, targetAbove?: number): Figure => ({
  name,
  value: kib(value),
  floor: kib(floor),
  ratio: (value / floor).toFixed(1),
  target: targetAbove === undefined ? '' : `<= floor + ${targetAbove} KiB`,
  met: targetAbove === undefined ? undefined : value <= floor + targetAbove,
})

export const measureIdle = async (load: Load, scale: number): Promise<readonly Figure[]> => {
  const wanted = Math.ceil(CLIENTS * scale)
  const clients = Math.min(wanted, openFiles() - OTHER_FILES)
  if (clients < wanted)
    console.log(`No process may open more than ${openFiles()} files here (ulimit -n): ${clients} clients instead of ${wanted}.`)
  const folder = dataFolder()
  const echo = await startEcho()
  try {
    const floor = await connect(load, echo, 'echo', clients)
    await load.run('leaveCrowd', {})
    await echo.stop()
    const relay = await startRelay(folder.path)
    try {
      const connected = await connect(load, relay, 'relay', clients)
      const before = await relay.residentBytes()
      await load.run('listenCrowd', { addressesEach: ADDRESSES_EACH })
      const listening = connected + kibEach((await relay.residentBytes()) - before, clients)
      await load.run('leaveCrowd', {})
      return [
        figure(`memory of an idle connection, ${clients.toLocaleString('en-GB')} of them`, connected, floor, TARGET_KIB),
        figure(`the same, listening at ${ADDRESSES_EACH} addresses`, listening, floor, TARGET_KIB),
      ]
    } finally {
      await relay.stop()
    }
  } finally {
    await echo.stop()
    folder.remove()
  }
}
