// The group of NIST P-256 as RFC 9382 needs it: uncompressed points and scalars, nothing of ECDSA.

import { p256 } from '@noble/curves/nist.js'
import { asSecret, type Secret } from './bytes.ts'
import type { Random } from './random.ts'

export type P256Point = InstanceType<typeof p256.Point>
export type P256Scalar = Secret<'P256Scalar'>

export const P256_POINT_LENGTH = 65
const ORDER = p256.Point.Fn.ORDER

const scalarBytes = (value: bigint): P256Scalar => asSecret<'P256Scalar'>(p256.Point.Fn.toBytes(value))
const scalarValue = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)

/** @returns 32 bytes big-endian, uniform in [1, n - 1] up to a bias of 2^-128 (FIPS 186-5 A.4.1: 48 bytes reduced) */
export const p256Scalar = (random: Random): P256Scalar => scalarBytes((scalarValue(random(48)) % (ORDER - 1n)) + 1n)

/** @returns the big-endian bytes modulo the group's order as 32 bytes, or undefined where that is zero */
export const p256ScalarFrom = (wide: Uint8Array): P256Scalar | undefined => {
  const value = scalarValue(wide) % ORDER
  return value === 0n ? undefined : scalarBytes(value)
}

/** @returns undefined for anything but 65 bytes that start with 4 and lie on the curve; the identity has no such form */
export const p256Point = (uncompressed: Uint8Array): P256Point | undefined => {
  if (uncompressed.length !== P256_POINT_LENGTH || uncompressed[0] !== 4) return undefined
  try {
    return p256.Point.fromBytes(uncompressed)
  } catch {
    return undefined
  }
}

/** For the constants M and N of the specification, which it prints compressed. Throws on anything else. */
export const p256PointFromCompressedHex = (hex: string): P256Point => p256.Point.fromHex(hex)

/** @returns 65 bytes, or undefined for the identity */
export const p256PointBytes = (point: P256Point): Uint8Array | undefined => (point.is0() ? undefined : point.toBytes(false))

/** @param scalar in [1, n - 1] */
export const p256Multiply = (point: P256Point, scalar: P256Scalar): P256Point => point.multiply(scalarValue(scalar))

/** Multiplies the group's generator. */
export const p256MultiplyBase = (scalar: P256Scalar): P256Point => p256.Point.BASE.multiply(scalarValue(scalar))
