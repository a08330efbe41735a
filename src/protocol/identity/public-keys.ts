// How public keys are written where they are hashed or signed: one byte that says what they are, then the key
// (docs/protocols/identity.md, Public keys). No two kinds share a first byte, so no key can be taken for another kind.

import { behind, type Codec, constant, fixed } from '../../wire/codec.ts'

/** Ed25519 32 || ML-DSA-65 1,952. An account key and a device key have the same form. */
export const ACCOUNT_KEY_LENGTH = 1984

const typed = (type: number, length: number): Codec<Uint8Array> => behind(constant(type), fixed(length))

/** 01 || Ed25519 || ML-DSA-65: 1,985 bytes. */
export const signingPublicKey: Codec<Uint8Array> = typed(1, ACCOUNT_KEY_LENGTH)
/** 02 || X25519: 33 bytes. */
export const x25519PublicKey: Codec<Uint8Array> = typed(2, 32)
/** 03 || ML-KEM-1024 encapsulation key: 1,569 bytes. */
export const mlKem1024PublicKey: Codec<Uint8Array> = typed(3, 1568)
/** 04 || X-Wing encapsulation key: 1,217 bytes. */
export const xWingPublicKey: Codec<Uint8Array> = typed(4, 1216)
