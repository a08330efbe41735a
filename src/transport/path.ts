// How a line was found, told by the kinds of the chosen candidates (RFC 8445 section 5.1.1). Addresses are looked past.

const KINDS: readonly unknown[] = ['host', 'srflx', 'prflx', 'relay']
const UNKNOWN = 'unknown'

export interface CandidateKinds {
  readonly ours: string
  readonly theirs: string
}

export const UNKNOWN_KINDS: CandidateKinds = { ours: UNKNOWN, theirs: UNKNOWN }

/** An entry of a report by `getStats`; which fields it has depends on its type and on the browser. */
export type Stat = Readonly<Record<string, unknown>>

/** @param stats every entry of the report, by its id */
export const kindsOfSelectedPair = (stats: ReadonlyMap<string, Stat>): CandidateKinds => {
  const all = [...stats.values()]
  const transport = all.find((stat) => stat['type'] === 'transport' && typeof stat['selectedCandidatePairId'] === 'string')
  const pair =
    stats.get(String(transport?.['selectedCandidatePairId'])) ??
    // Firefox has no transport entry and marks the pair itself.
    all.find((stat) => stat['type'] === 'candidate-pair' && stat['selected'] === true)
  const kindOf = (id: unknown): string => {
    const kind = stats.get(String(id))?.['candidateType']
    return typeof kind === 'string' && KINDS.includes(kind) ? kind : UNKNOWN
  }
  return { ours: kindOf(pair?.['localCandidateId']), theirs: kindOf(pair?.['remoteCandidateId']) }
}
