import { describe, expect, test } from 'vitest'
import { type BundleWithKeys, person } from '../../../test/support/people.ts'
import { seededRandom } from '../../../test/support/seeded-random.ts'
import { ascii, asSecret, concat, join, toHex, u32 } from '../../crypto/bytes.ts'
import { hkdfSha512, sha256 } from '../../crypto/hash.ts'
import { mlKem1024 } from '../../crypto/ml-kem.ts'
import { type X25519KeyPair, x25519Agree, x25519KeyPair } from '../../crypto/x25519.ts'
import { accept, type Handshake, initiate, type PairingPsk, type Party, readHandshake, type SessionKeys } from './pqxdh.ts'

const alice = person('alice')
const bob = person('bob')
const mallory = person('mallory')
const withOneTime = bob.bundle(0)
const withLastResort = bob.bundle('last-resort')
const psk: PairingPsk = asSecret<'PairingPsk'>(new Uint8Array(32).fill(0x5a))
const otherPsk: PairingPsk = asSecret<'PairingPsk'>(new Uint8Array(32).fill(0x5b))

type Initiation = Partial<Parameters<typeof initiate>[0]>
const initiating = (keys: BundleWithKeys, changes: Initiation = {}) =>
  initiate({
    ours: alice.party,
    ourIdentity: alice.identity,
    theirs: bob.party,
    bundle: keys.bundle,
    psk: undefined,
    random: seededRandom('initiation'),
    ...changes,
  })
const initiated = (keys: BundleWithKeys, changes: Initiation = {}): { keys: SessionKeys; handshake: Handshake; bytes: Uint8Array } => {
  const result = initiating(keys, changes)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  const read = readHandshake(result.handshake)
  if (!read.ok) throw new Error(`refused: ${read.reason}`)
  return { keys: result.keys, handshake: read.handshake, bytes: result.handshake }
}

type Acceptance = Partial<Parameters<typeof accept>[0]>
const accepting = (keys: BundleWithKeys, handshake: Handshake, changes: Acceptance = {}) => {
  const { signedPrekey, oneTimeX25519, kemSeed, bundleHash } = keys
  const prekeys = { signedPrekey, oneTimeX25519, kemSeed, bundleHash }
  return accept({ ours: bob.party, ourIdentity: bob.identity, theirs: alice.party, handshake, ...prekeys, psk: undefined, ...changes })
}
const accepted = (keys: BundleWithKeys, handshake: Handshake, changes: Acceptance = {}): SessionKeys => {
  const result = accepting(keys, handshake, changes)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.keys
}

const SECRETS = ['rootKey', 'headerKeyA', 'headerKeyB'] as const
const expectOtherSecrets = (theirs: SessionKeys, ours: SessionKeys) => {
  for (const name of SECRETS) expect(theirs[name]).not.toEqual(ours[name])
}

describe.each([
  ['one-time keys', withOneTime],
  ['the last-resort key', withLastResort],
])('an agreement under %s', (_, keys) => {
  test.each([
    ['without a pairing psk', undefined],
    ['with one', psk],
  ])('%s gives both sides the same', (_case, shared) => {
    const alices = initiated(keys, { psk: shared })
    expect(accepted(keys, alices.handshake, { psk: shared })).toEqual(alices.keys)
    for (const name of SECRETS) expect(alices.keys[name]).toHaveLength(32)
    expect(alices.keys.adHash).toHaveLength(32)
    expect(new Set(SECRETS.map((name) => toHex(alices.keys[name]))).size).toBe(3)
  })

  test('names the keys that it used', () => {
    const { handshake } = initiated(keys)
    expect(handshake.statementHash).toEqual(keys.bundle.statementHash)
    expect(handshake.signedPrekeyId).toBe(keys.bundle.signedPrekey.id)
    expect(handshake.oneTimeX25519Id).toBe(keys.bundle.oneTimeX25519?.id)
    const kem = keys.bundle.oneTimeKem ? { kind: 'one-time', id: 100 } : { kind: 'last-resort', id: 1 }
    expect(handshake.kem).toEqual(kem)
  })

  test('is never made twice', () => {
    const first = initiated(keys)
    const second = initiated(keys, { random: seededRandom('another') })
    expect(second.handshake.baseKey).not.toEqual(first.handshake.baseKey)
    expectOtherSecrets(second.keys, first.keys)
    expect(second.keys.adHash).toEqual(first.keys.adHash)
  })

  test('needs the same pairing psk on both sides', () => {
    for (const [hers, his] of [
      [psk, undefined],
      [undefined, psk],
      [psk, otherPsk],
    ]) {
      const alices = initiated(keys, { psk: hers })
      expectOtherSecrets(accepted(keys, alices.handshake, { psk: his }), alices.keys)
    }
  })

  test('needs the bundle as it was served', () => {
    const alices = initiated(keys)
    const bobs = accepted(keys, alices.handshake, { bundleHash: bob.bundle(1).bundleHash })
    expect(bobs.adHash).not.toEqual(alices.keys.adHash)
    expect(bobs.rootKey).toEqual(alices.keys.rootKey)
  })
})

describe('the keys', () => {
  const party = ({ accountKey, tag, identityKey }: Party) => concat(Uint8Array.of(1), accountKey, u32(tag), Uint8Array.of(2), identityKey)

  const derived = (keys: BundleWithKeys, shared: Uint8Array) => {
    const base = x25519KeyPair(seededRandom('initiation'))
    const agree = (ours: X25519KeyPair, theirs: Uint8Array) => x25519Agree(ours.privateKey, theirs) ?? new Uint8Array(0)
    const { kemCiphertext } = initiated(keys).handshake
    const material = concat(
      new Uint8Array(32).fill(0xff),
      agree(alice.identity, keys.signedPrekey.publicKey),
      agree(base, bob.identity.publicKey),
      agree(base, keys.signedPrekey.publicKey),
      ...(keys.oneTimeX25519 ? [agree(base, keys.oneTimeX25519.publicKey)] : []),
      mlKem1024.decapsulate(keys.kemSeed, kemCiphertext) ?? new Uint8Array(0),
      shared,
    )
    const info = ascii('parley/pqxdh/keys/v1_CURVE25519_SHA-512_ML-KEM-1024')
    const ad = join(ascii('parley/pqxdh/associated-data/v1'), party(alice.party), party(bob.party), sha256(keys.served))
    return { keys: hkdfSha512<'Expected'>(material, new Uint8Array(64), info, 96), adHash: sha256(ad) }
  }

  test.each([
    ['one-time keys, no psk', withOneTime, undefined],
    ['one-time keys and psk', withOneTime, psk],
    ['last resort, no psk', withLastResort, undefined],
    ['last resort and psk', withLastResort, psk],
  ])('are derived as the page says: %s', (_, keys, shared) => {
    const expected = derived(keys, shared ?? new Uint8Array(32))
    const { rootKey, headerKeyA, headerKeyB, adHash } = initiated(keys, { psk: shared }).keys
    expect(concat(rootKey, headerKeyA, headerKeyB)).toEqual(Uint8Array.from(expected.keys))
    expect(adHash).toEqual(expected.adHash)
  })

  const known = ({ keys, bytes }: ReturnType<typeof initiated>) => ({
    rootKey: toHex(keys.rootKey),
    headerKeyA: toHex(keys.headerKeyA),
    headerKeyB: toHex(keys.headerKeyB),
    adHash: toHex(keys.adHash),
    handshake: toHex(sha256(bytes)),
  })

  test('are known from fixed randomness: one-time keys, with a psk', () => {
    expect(known(initiated(withOneTime, { psk }))).toEqual({
      rootKey: '555fb9a99a75a743d77edfd750e602739b4c109a647e58b58ec38fc34355d3a1',
      headerKeyA: '4c664f813ac9c62d5695a318fabafda1371560939e809f11e9ed7332034622ef',
      headerKeyB: '737ef83ed6cfb636f80a6ddb9ab65b176c09f31cf9b5c017fd37b44cfec69d22',
      adHash: '9dd8f5257d292067a9c6540d4cbf44784648d97de76c8f04688da1ea98739c5d',
      handshake: '0753a0ca5f3e1c228a485ef844716a0a158f515e750f47a027c078a3f54c3a07',
    })
  })

  test('are known from fixed randomness: last resort, no psk', () => {
    expect(known(initiated(withLastResort))).toEqual({
      rootKey: '18d037a9c31e055d0608549f72f29ab4435c219c3b39e9568d7a6b64f5c05620',
      headerKeyA: '98105bcb222bd1c8ecd1078920e5cbd50ae5512b5c01290a237537ea2bbb2b79',
      headerKeyB: '3dc8101d9b1cff2a159e223f98c875aff8916b4e344516c9409cb144906e7201',
      adHash: '042d604f6e430cf258bca77e9a6647882a8aec2fdd24809e40ea5acaf5c7c9af',
      handshake: 'fb3ffedaface7b5ee41e197ec9392cae33d7781999f5739eb28bb0ab0cc888d8',
    })
  })
})

describe('an unknown key share: two who agree on keys agree on who they are', () => {
  test("Mallory passes Bob's keys off as hers: Alice means Mallory, Bob means Alice", () => {
    // Mallory's own account signs a statement with Bob's identity key and prekeys; the bundle is hers and valid.
    const asMallory: Party = { accountKey: mallory.party.accountKey, tag: mallory.party.tag, identityKey: bob.party.identityKey }
    const bundle = { ...withOneTime.bundle, accountId: mallory.accountId, tag: mallory.party.tag }
    const alices = initiated(withOneTime, { theirs: asMallory, bundle })
    expect(accepted(withOneTime, alices.handshake).adHash).not.toEqual(alices.keys.adHash)
  })

  test("Mallory passes Alice's key off as hers: Alice means Bob, Bob means Mallory", () => {
    const alices = initiated(withOneTime)
    const asMallory: Party = { accountKey: mallory.party.accountKey, tag: mallory.party.tag, identityKey: alice.party.identityKey }
    const bobs = accepted(withOneTime, alices.handshake, { theirs: asMallory })
    expect(bobs.rootKey).toEqual(alices.keys.rootKey)
    expect(bobs.adHash).not.toEqual(alices.keys.adHash)
  })

  test.each([
    ['account key', { accountKey: mallory.party.accountKey }],
    ['tag', { tag: alice.party.tag ^ 1 }],
  ])('Bob has another %s of the initiator', (_, changes) => {
    const alices = initiated(withOneTime)
    const bobs = accepted(withOneTime, alices.handshake, { theirs: { ...alice.party, ...changes } })
    expect(bobs.adHash).not.toEqual(alices.keys.adHash)
  })

  test('Bob has another identity key of the initiator: no secret is shared either', () => {
    const alices = initiated(withOneTime)
    const bobs = accepted(withOneTime, alices.handshake, { theirs: { ...alice.party, identityKey: mallory.party.identityKey } })
    expectOtherSecrets(bobs, alices.keys)
    expect(bobs.adHash).not.toEqual(alices.keys.adHash)
  })

  test('Mallory cannot begin in the name of Alice without her identity key', () => {
    const forged = initiated(withOneTime, {
      ours: { ...alice.party, identityKey: mallory.party.identityKey },
      ourIdentity: mallory.identity,
    })
    expectOtherSecrets(accepted(withOneTime, forged.handshake), forged.keys)
  })

  test('the two roles are not exchangeable', () => {
    const alices = initiated(withOneTime)
    const mirrored = accept({
      ours: alice.party,
      ourIdentity: alice.identity,
      theirs: bob.party,
      handshake: { ...alices.handshake, oneTimeX25519Id: undefined },
      signedPrekey: alice.signed.x25519,
      oneTimeX25519: undefined,
      kemSeed: alice.signed.lastResort.seed,
      bundleHash: withOneTime.bundleHash,
      psk: undefined,
    })
    if (!mirrored.ok) throw new Error(`refused: ${mirrored.reason}`)
    expectOtherSecrets(mirrored.keys, alices.keys)
    expect(mirrored.keys.adHash).not.toEqual(alices.keys.adHash)
  })
})

describe('an initiator refuses', () => {
  test.each([
    ['account', { accountKey: mallory.party.accountKey }],
    ['tag', { tag: bob.party.tag ^ 1 }],
    ['identity key', { identityKey: mallory.party.identityKey }],
  ])('a bundle of another %s', (_, changes) => {
    expect(initiating(withOneTime, { theirs: { ...bob.party, ...changes } })).toEqual({ ok: false, reason: 'wrong-device' })
  })

  const smallOrder = { id: 1, key: new Uint8Array(32) }
  test.each([
    ['signed prekey of small order', { signedPrekey: smallOrder }],
    ['one-time key of small order', { oneTimeX25519: smallOrder }],
    ['one-time KEM key that is none', { oneTimeKem: { id: 1, key: new Uint8Array(1568).fill(0xff) } }],
  ])('a %s', (_, changes) => {
    expect(initiating(withOneTime, { bundle: { ...withOneTime.bundle, ...changes } })).toEqual({ ok: false, reason: 'bad-key' })
  })

  test('a last-resort key that is none', () => {
    const bundle = { ...withLastResort.bundle, lastResort: { id: 1, key: new Uint8Array(1568).fill(0xff) } }
    expect(initiating(withLastResort, { bundle })).toEqual({ ok: false, reason: 'bad-key' })
  })

  test('an identity key of small order', () => {
    const identityKey = new Uint8Array(32)
    const bundle = { ...withOneTime.bundle, identityKey }
    expect(initiating(withOneTime, { theirs: { ...bob.party, identityKey }, bundle })).toEqual({ ok: false, reason: 'bad-key' })
  })
})

describe('a responder refuses', () => {
  const { handshake } = initiated(withOneTime)
  const bare = initiated(withLastResort).handshake

  test('a handshake whose one-time key it no longer has', () => {
    expect(accepting(withOneTime, handshake, { oneTimeX25519: undefined })).toEqual({ ok: false, reason: 'missing-prekey' })
  })

  test('to add a one-time key that the handshake does not name', () => {
    expect(accepting(withLastResort, bare, { oneTimeX25519: withOneTime.oneTimeX25519 })).toEqual({ ok: false, reason: 'missing-prekey' })
  })

  test.each([new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))])('a base or identity key of small order', (key) => {
    expect(accepting(withOneTime, { ...handshake, baseKey: key })).toEqual({ ok: false, reason: 'bad-key' })
    expect(accepting(withOneTime, handshake, { theirs: { ...alice.party, identityKey: key } })).toEqual({ ok: false, reason: 'bad-key' })
  })

  test('a ciphertext of another length', () => {
    const short = { ...handshake, kemCiphertext: handshake.kemCiphertext.slice(1) }
    expect(accepting(withOneTime, short)).toEqual({ ok: false, reason: 'bad-key' })
  })

  test('nothing by mistake: another prekey than the one that was used gives other secrets', () => {
    const alices = initiated(withOneTime)
    const others = [
      { signedPrekey: mallory.signed.x25519 },
      { oneTimeX25519: bob.bundle(1).oneTimeX25519 },
      { kemSeed: bob.bundle(1).kemSeed },
      { kemSeed: withLastResort.kemSeed },
    ]
    for (const other of others) expectOtherSecrets(accepted(withOneTime, handshake, other), alices.keys)
  })
})

describe('a bug of ours throws', () => {
  test('an identity key pair that is not the party', () => {
    expect(() => initiating(withOneTime, { ourIdentity: mallory.identity })).toThrow()
    expect(() => accepting(withOneTime, initiated(withOneTime).handshake, { ourIdentity: mallory.identity })).toThrow()
  })

  test('a pairing psk that is not 32 bytes', () => {
    const short: PairingPsk = asSecret<'PairingPsk'>(new Uint8Array(31))
    expect(() => initiating(withOneTime, { psk: short })).toThrow()
    expect(() => accepting(withOneTime, initiated(withOneTime).handshake, { psk: short })).toThrow()
  })
})
