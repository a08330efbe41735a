// The floors: what each protocol has to call, called bare and in its order, on keys of no meaning. Runs in Node and in a
// page. Nothing of src/ is in here, so that what src/ adds shows.

import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { randomBytes as random } from '@noble/hashes/utils.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'

type Kem = typeof ml_kem768

const TAG_LENGTH = 16
const HEADER_LENGTH = 32 + 4 + 4 + 1184 + 1 + 1088

const x25519Pair = () => {
  const privateKey = random(32)
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) }
}
const kemPair = (kem: Kem) => {
  const seed = random(64)
  return { seed, publicKey: kem.keygen(seed).publicKey }
}

/** PQXDH, both sides, with a one-time X25519 key (revision 3, §3.3 and §3.4). */
export const bareSetUp = (): { readonly initiate: () => void; readonly accept: () => void } => {
  const [ourIdentity, theirIdentity, signedPrekey, oneTime, base] = [x25519Pair(), x25519Pair(), x25519Pair(), x25519Pair(), x25519Pair()]
  const kem = kemPair(ml_kem1024)
  const { cipherText } = ml_kem1024.encapsulate(kem.publicKey, random(32))
  const edwardsPoint = ed25519.Point.BASE.multiply(5n).toBytes()
  const derive = (): void => {
    hkdf(sha512, new Uint8Array(32 * 7), new Uint8Array(0), new Uint8Array(54), 96)
    sha256(new Uint8Array(4_100))
  }
  return {
    initiate: () => {
      const { privateKey } = x25519Pair()
      x25519.getSharedSecret(ourIdentity.privateKey, signedPrekey.publicKey)
      for (const { publicKey } of [theirIdentity, signedPrekey, oneTime]) x25519.getSharedSecret(privateKey, publicKey)
      ml_kem1024.encapsulate(kem.publicKey, random(32))
      derive()
    },
    accept: () => {
      // The base key has to be of prime order.
      ed25519.Point.fromBytes(edwardsPoint).isTorsionFree()
      x25519.getSharedSecret(signedPrekey.privateKey, ourIdentity.publicKey)
      for (const { privateKey } of [theirIdentity, signedPrekey, oneTime]) x25519.getSharedSecret(privateKey, base.publicKey)
      ml_kem1024.decapsulate(cipherText, ml_kem1024.keygen(kem.seed).secretKey)
      derive()
    },
  }
}

/** One message, sealed and opened with encrypted headers (Double Ratchet revision 4, §4). */
export const bareMessage = (
  plaintext: Uint8Array,
): {
  readonly seal: () => void
  /** @param triedBefore header keys of other chains that are tried in vain */
  readonly open: (triedBefore: number) => void
} => {
  const [headerKey, otherHeaderKey, chainKey, header, headerAssociated] = [
    random(32),
    random(32),
    random(32),
    random(HEADER_LENGTH),
    random(33),
  ]
  // Version, adh, two tags, envelope id and sealed header, each behind its length.
  const bodyAssociated = random(6 * 4 + 1 + 32 + 4 + 4 + 16 + HEADER_LENGTH + TAG_LENGTH)
  const stepChain = (): Uint8Array => {
    const messageKey = hmac(sha256, chainKey, Uint8Array.of(1))
    hmac(sha256, chainKey, Uint8Array.of(2))
    return messageKey
  }
  const sealed = () => {
    const nonce = random(24)
    const sealedHeader = xchacha20poly1305(headerKey, nonce, headerAssociated).encrypt(header)
    return { nonce, sealedHeader, body: xchacha20poly1305(stepChain(), nonce, bodyAssociated).encrypt(plaintext) }
  }
  const opensHeader = (key: Uint8Array, { nonce, sealedHeader }: ReturnType<typeof sealed>): boolean => {
    try {
      xchacha20poly1305(key, nonce, headerAssociated).decrypt(sealedHeader)
      return true
    } catch {
      return false
    }
  }
  const message = sealed()
  return {
    seal: () => void sealed(),
    open: (triedBefore) => {
      for (let tried = 0; tried < triedBefore; tried++) opensHeader(otherHeaderKey, message)
      opensHeader(headerKey, message)
      // What a chain says of itself must be what it said first.
      sha256(header)
      xchacha20poly1305(stepChain(), message.nonce, bodyAssociated).decrypt(message.body)
    },
  }
}

/** One change of direction: the sender's half of a ratchet step and the receiver's. */
export const bareStep = (): { readonly send: () => void; readonly receive: () => void } => {
  const [ours, theirs, theirKem] = [x25519Pair(), x25519Pair(), kemPair(ml_kem768)]
  const { cipherText } = ml_kem768.encapsulate(theirKem.publicKey, random(32))
  const derive = (): void => void hkdf(sha256, new Uint8Array(64), new Uint8Array(32), new Uint8Array(2_400), 96)
  return {
    send: () => {
      const { privateKey } = x25519Pair()
      ml_kem768.keygen(random(64))
      ml_kem768.encapsulate(theirKem.publicKey, random(32))
      x25519.getSharedSecret(privateKey, theirs.publicKey)
      derive()
    },
    receive: () => {
      x25519.getSharedSecret(theirs.privateKey, ours.publicKey)
      ml_kem768.decapsulate(cipherText, ml_kem768.keygen(theirKem.seed).secretKey)
      derive()
    },
  }
}

/** Everything that a pairing computes between `Connect` and both sides being ready, one thing after another. */
export const barePairing = (): (() => void) => {
  const statement = random(3_000)
  const signatures = (() => {
    const [edSeed, dsa] = [random(32), ml_dsa65.keygen(random(32))]
    const ed = ed25519.sign(statement, edSeed)
    const dsaSignature = ml_dsa65.sign(statement, dsa.secretKey)
    return { edKey: ed25519.getPublicKey(edSeed), ed, dsaKey: dsa.publicKey, dsa: dsaSignature }
  })()
  const kem = kemPair(ml_kem768)
  const { cipherText } = ml_kem768.encapsulate(kem.publicKey, random(32))
  const [setUp, message, step] = [bareSetUp(), bareMessage(new Uint8Array(1_600)), bareStep()]
  const other = p256.Point.BASE.multiply(12_345n)
  const scalar = p256.Point.Fn.fromBytes(p256.utils.randomSecretKey())

  /** x G + w M, RFC 9382 §3.3. */
  const share = () => p256.Point.BASE.multiply(scalar).add(other.multiply(scalar))
  /** x (S - w N). */
  const agree = () => other.subtract(other.multiply(scalar)).multiply(scalar)
  /** The account's and the device's signature under the list of devices, and the one under the prekeys. */
  const verifyIntroduction = (): void => {
    for (let signature = 0; signature < 3; signature++) {
      ed25519.verify(signatures.ed, statement, signatures.edKey, { zip215: false })
      ml_dsa65.verify(signatures.dsa, statement, signatures.dsaKey)
    }
  }
  const safetyNumber = (): void => {
    for (let i = 0; i < 2 * 5_200; i++) sha512(new Uint8Array(97))
  }
  return () => {
    // Host, flight 1.
    share()
    ml_kem768.keygen(random(64))
    // Guest, flight 2.
    scrypt(new Uint8Array(6), new Uint8Array(48), { N: 2 ** 12, r: 8, p: 1, dkLen: 48 })
    share()
    ml_kem768.encapsulate(kem.publicKey, random(32))
    agree()
    // Host, flight 3, with the first message of the session.
    agree()
    ml_kem768.decapsulate(cipherText, ml_kem768.keygen(kem.seed).secretKey)
    verifyIntroduction()
    setUp.initiate()
    step.send()
    message.seal()
    // Guest, and its answer.
    verifyIntroduction()
    setUp.accept()
    step.receive()
    message.open(0)
    safetyNumber()
    step.send()
    message.seal()
    // Host.
    step.receive()
    message.open(0)
    safetyNumber()
  }
}
