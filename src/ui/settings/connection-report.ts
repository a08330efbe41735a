// The report that a person may copy when they ask for help: kinds, counts and milliseconds; no addresses, no names. It is
// in English in every language, for whoever reads it.

import type { ConnectionView } from '../../messenger/api.ts'

export const connectionReport = (connection: ConnectionView, version: string, browser: string): string => {
  const { directLinesPossible, paths, refusals, relay, relayOnly, storage } = connection
  const lines = paths.map(({ ours, theirs, openedInMs }) => `direct line: ${ours} - ${theirs}, opened in ${Math.round(openedInMs)} ms`)
  const counts = Object.entries(refusals)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `refused ${reason}: ${count}`)
  return [
    `Parley ${version}`,
    `browser: ${browser}`,
    `relay: ${relay}`,
    `direct lines: ${directLinesPossible ? 'possible' : 'blocked'}${relayOnly ? ', switched off' : ''}`,
    ...(lines.length > 0 ? lines : ['direct line: none']),
    ...counts,
    ...(storage
      ? [`storage: ${storage.persistent ? 'persistent' : 'not persistent'}, ${storage.usedBytes} of ${storage.quotaBytes} bytes`]
      : []),
  ].join('\n')
}
