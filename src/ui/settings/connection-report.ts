// The report that a person may copy when they ask for help: kinds, counts and milliseconds; no addresses, no names. It is
// in English in every language, for whoever reads it.

import type { ConnectionView, MisbehaviourView } from '../../messenger/api.ts'

/** How often each kind was counted, one line a kind. */
const counted = (title: string, counts: readonly (readonly [kind: string, count: number])[]): readonly string[] => {
  const sumByKind = new Map<string, number>()
  for (const [kind, count] of counts) sumByKind.set(kind, (sumByKind.get(kind) ?? 0) + count)
  return [...sumByKind].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${title} ${kind}: ${count}`)
}

export const connectionReport = (
  connection: ConnectionView,
  misbehaviour: readonly MisbehaviourView[],
  version: string,
  browser: string,
): string => {
  const { directLinesPossible, paths, refusals, relay, relayOnly, storage } = connection
  const lines = paths.map(({ ours, theirs, openedInMs }) => `direct line: ${ours} - ${theirs}, opened in ${Math.round(openedInMs)} ms`)
  return [
    `Parley ${version}`,
    `browser: ${browser}`,
    `relay: ${relay}`,
    `direct lines: ${directLinesPossible ? 'possible' : 'blocked'}${relayOnly ? ', switched off' : ''}`,
    ...(lines.length > 0 ? lines : ['direct line: none']),
    ...counted('refused', Object.entries(refusals)),
    ...counted(
      'misbehaviour',
      misbehaviour.map(({ what, count }) => [what, count]),
    ),
    ...(storage
      ? [`storage: ${storage.persistent ? 'persistent' : 'not persistent'}, ${storage.usedBytes} of ${storage.quotaBytes} bytes`]
      : []),
  ].join('\n')
}
