import { expect, test } from 'vitest'
import { kindsOfSelectedPair, type Stat, UNKNOWN_KINDS } from './path.ts'

const statsOf = (...stats: readonly Stat[]) => new Map(stats.map((stat) => [String(stat['id']), stat]))
const local: Stat = { id: 'L', type: 'local-candidate', candidateType: 'host', address: '192.0.2.1' }
const remote: Stat = { id: 'R', type: 'remote-candidate', candidateType: 'srflx', address: '198.51.100.1' }
const other: Stat = { id: 'O', type: 'local-candidate', candidateType: 'relay' }
const pair = (fields: Stat): Stat => ({ type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R', ...fields })

test('names the kinds of the pair that the transport chose', () => {
  const transport: Stat = { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' }
  const stats = statsOf(local, remote, other, pair({ id: 'P1', localCandidateId: 'O' }), pair({ id: 'P2' }), transport)
  expect(kindsOfSelectedPair(stats)).toEqual({ ours: 'host', theirs: 'srflx' })
})

test('names the kinds of the pair that is marked, where there is no transport entry', () => {
  const stats = statsOf(
    local,
    remote,
    other,
    pair({ id: 'P1', localCandidateId: 'O', selected: false }),
    pair({ id: 'P2', selected: true }),
  )
  expect(kindsOfSelectedPair(stats)).toEqual({ ours: 'host', theirs: 'srflx' })
})

test('says unknown where nothing was chosen, and repeats no other word', () => {
  expect(kindsOfSelectedPair(statsOf(local, remote, pair({ id: 'P1' })))).toEqual(UNKNOWN_KINDS)
  const odd = statsOf({ ...local, candidateType: '192.0.2.1' }, remote, pair({ id: 'P', selected: true }))
  expect(kindsOfSelectedPair(odd)).toEqual({ ours: 'unknown', theirs: 'srflx' })
})
