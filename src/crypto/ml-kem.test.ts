import { describe, expect, it } from 'vitest'
import { judge, type Verdict, type WycheproofCase, wycheproof } from '../../test/support/wycheproof.ts'
import { asSecret, equal, fromHex } from './bytes.ts'
import { type MlKemSeed, mlKem768, mlKem1024 } from './ml-kem.ts'

type Kem = typeof mlKem768
type KeyCase = WycheproofCase<'seed' | 'ek'>
type OpenCase = WycheproofCase<'seed' | 'c' | 'K'> & { readonly ek?: string }
type EncapsCase = WycheproofCase<'ek' | 'm' | 'c' | 'K'>

/** A seed is ours and never arrives: one of a wrong length is a bug, which throws. */
const orThrown = (verdict: () => Verdict): Verdict => {
  try {
    return verdict()
  } catch {
    return 'refused'
  }
}
const seedOf = (hex: string): MlKemSeed => asSecret<'MlKemSeed'>(fromHex(hex))

const keyVerdict =
  (kem: Kem) =>
  (each: KeyCase): Verdict => {
    const { encapsulationKey } = kem.keyPairFromSeed(seedOf(each.seed))
    if (!equal(encapsulationKey, fromHex(each.ek))) return 'wrong: encapsulation key'
    return kem.isEncapsulationKey(encapsulationKey) ? 'accepted' : 'wrong: own key refused'
  }

const openVerdict =
  (kem: Kem) =>
  (each: OpenCase): Verdict =>
    orThrown(() => {
      const seed = seedOf(each.seed)
      const shared = kem.decapsulate(seed, fromHex(each.c))
      if (shared === undefined) return 'refused'
      if (each.ek !== undefined && !equal(kem.keyPairFromSeed(seed).encapsulationKey, fromHex(each.ek))) return 'wrong: encapsulation key'
      return equal(shared, fromHex(each.K)) ? 'accepted' : 'wrong: shared secret'
    })

const encapsVerdict =
  (kem: Kem) =>
  (each: EncapsCase): Verdict => {
    const ek = fromHex(each.ek)
    const encapsulated = kem.encapsulate(ek, () => fromHex(each.m))
    if (kem.isEncapsulationKey(ek) !== (encapsulated !== undefined)) return 'wrong: our two checks of the key disagree'
    if (encapsulated === undefined) return 'refused'
    if (!equal(encapsulated.ciphertext, fromHex(each.c))) return 'wrong: ciphertext'
    return equal(encapsulated.shared, fromHex(each.K)) ? 'accepted' : 'wrong: shared secret'
  }

describe.each([
  { name: '768', kem: mlKem768, encaps: { 'valid accepted': 133, 'invalid refused': 132 } },
  { name: '1024', kem: mlKem1024, encaps: { 'valid accepted': 133, 'invalid refused': 136 } },
])('Wycheproof, ML-KEM-$name', ({ name, kem, encaps }) => {
  it('key generation from a seed: 100 cases', () => {
    const cases: readonly KeyCase[] = wycheproof(`mlkem_${name}_keygen_seed`)
    expect(judge(cases, keyVerdict(kem))).toEqual({ 'valid accepted': 100 })
  })

  it('decapsulation: 193 cases, 20 of them with seeds of a wrong length', () => {
    const cases: readonly OpenCase[] = wycheproof(`mlkem_${name}`)
    expect(judge(cases, openVerdict(kem))).toEqual({ 'valid accepted': 153, 'invalid refused': 40 })
    expect(cases.filter((each) => each.seed.length !== 128)).toHaveLength(20)
  })

  it('encapsulation: 265 and 269 cases, most invalid ones with coefficients above q', () => {
    const cases: readonly EncapsCase[] = wycheproof(`mlkem_${name}_encaps`)
    expect(judge(cases, encapsVerdict(kem))).toEqual(encaps)
  })
})

it('rejects implicitly: another ciphertext gives another secret, not an error', () => {
  const pair = mlKem768.keyPairFromSeed(asSecret<'MlKemSeed'>(new Uint8Array(64).fill(1)))
  const made = mlKem768.encapsulate(pair.encapsulationKey, (length) => new Uint8Array(length).fill(2))
  if (made === undefined) throw new Error('the key is well formed')
  const altered = made.ciphertext.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
  expect(mlKem768.decapsulate(pair.seed, made.ciphertext)).toEqual(made.shared)
  expect(mlKem768.decapsulate(pair.seed, altered)).not.toEqual(made.shared)
  expect(mlKem768.decapsulate(pair.seed, altered)).toHaveLength(32)
})
