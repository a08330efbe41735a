// The two decisions of SPAKE2 that stop an echo, each a function of its own: a test of an attack leaves exactly one of
// them out and sees the attack succeed. Everything else that aborts is a matter of decoding a point (crypto/p256).

import { equal } from '../../crypto/bytes.ts'

/** A is RFC 9382's initiator and confirms first; B answers. */
export type Role = 'A' | 'B'

/** Whether somebody sends our own share back to us. The RFC's distinct M and N deny him a key; we do not even compute one. */
export const isReflected = (ourShare: Uint8Array, theirShare: Uint8Array): boolean => equal(ourShare, theirShare)

/**
 * The key under which one side confirms (RFC 9382 §4): KcA and KcB differ, so a confirmation cannot be echoed.
 *
 * @param confirmationKeys KcA || KcB, 32 bytes
 * @returns 16 bytes
 */
export const confirmationKeyOf = (role: Role, confirmationKeys: Uint8Array): Uint8Array =>
  role === 'A' ? confirmationKeys.subarray(0, 16) : confirmationKeys.subarray(16, 32)
