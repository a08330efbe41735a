// Reads the vectors of Project Wycheproof. What is done with a case, and what counts as right, is told in the tests
// beside src/crypto/.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

/** What every case has; a file's own fields are hexadecimal strings beside these. */
interface Common {
  readonly tcId: number
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

/** A case, with the numbers and keys of its group where the file keeps them there. */
export type WycheproofCase<Field extends string> = Common & { readonly [Name in Field]: string } & { readonly group: WycheproofGroup }

interface WycheproofGroup {
  readonly ivSize?: number
  readonly tagSize?: number
  readonly publicKey?: { readonly pk: string }
}

interface WycheproofFile<Field extends string> {
  readonly numberOfTests: number
  readonly testGroups: readonly (WycheproofGroup & { readonly tests: readonly WycheproofCase<Field>[] })[]
}

/** All cases of a file, and never fewer than it says it has. @param name without `_test.json` */
export const wycheproof = <Field extends string>(name: string): readonly WycheproofCase<Field>[] => {
  const path = fileURLToPath(new URL(`../vectors/wycheproof/${name}_test.json`, import.meta.url))
  const text = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`))
  // The files are part of this repository: their shape is known.
  const file = JSON.parse(text.toString('utf8')) as WycheproofFile<Field>
  const cases = file.testGroups.flatMap(({ tests, ...group }) => tests.map((each) => ({ ...each, group })))
  if (cases.length !== file.numberOfTests) throw new Error(`${name}: ${cases.length} cases of ${file.numberOfTests}`)
  return cases
}

/** What became of a case: as `valid` ones must, as `invalid` ones must, or neither (which is told). */
export type Verdict = 'accepted' | 'refused' | `wrong: ${string}`

/**
 * Judges every case and counts by what Wycheproof says and what we did: `{ 'valid accepted': 12, 'invalid refused': 3 }`.
 * A wrong one is counted under its number, so that no count can hide it.
 */
export const judge = <Case extends Common>(cases: readonly Case[], verdictOn: (each: Case) => Verdict): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const each of cases) {
    const verdict = verdictOn(each)
    const isWrong =
      verdict.startsWith('wrong') ||
      (each.result === 'valid' && verdict === 'refused') ||
      (each.result === 'invalid' && verdict === 'accepted')
    const line = `${each.result} ${verdict}${isWrong ? ` (case ${each.tcId}: ${each.flags.join(', ')})` : ''}`
    counts[line] = (counts[line] ?? 0) + 1
  }
  return counts
}
