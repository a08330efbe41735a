// SPAKE2's arithmetic on P-256 (RFC 9382 §3.3): shares and the group element K. It checks nothing of the protocol.

import {
  type P256Point,
  type P256Scalar,
  p256Multiply,
  p256MultiplyBase,
  p256PointBytes,
  p256PointFromCompressedHex,
} from '../../crypto/p256.ts'
import type { Role } from './checks.ts'

// RFC 9382 §6: nobody knows their discrete logarithms.
const M = p256PointFromCompressedHex('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f')
const N = p256PointFromCompressedHex('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49')
const maskOf = (role: Role): P256Point => (role === 'A' ? M : N)

/** @returns pA = x * P + w * M, or pB = y * P + w * N, in 65 bytes; undefined for the identity */
export const shareOf = (role: Role, w: P256Scalar, scalar: P256Scalar): Uint8Array | undefined =>
  p256PointBytes(p256MultiplyBase(scalar).add(p256Multiply(maskOf(role), w)))

/**
 * K = x * (pB - w * N) for A, y * (pA - w * M) for B. The group's cofactor is 1.
 *
 * @param role ours
 * @returns 65 bytes, or undefined where K is the identity
 */
export const groupElementOf = (role: Role, w: P256Scalar, scalar: P256Scalar, theirShare: P256Point): Uint8Array | undefined => {
  const unmasked = theirShare.subtract(p256Multiply(maskOf(role === 'A' ? 'B' : 'A'), w))
  return unmasked.is0() ? undefined : p256PointBytes(p256Multiply(unmasked, scalar))
}
