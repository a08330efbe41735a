// The secret key of an account, of a device that is known to have it.

import type { Self } from '../../src/messenger/state.ts'
import type { SigningKeys } from '../../src/protocol/identity/identity.ts'

export const signerOf = ({ account: { publicKey, seeds } }: Pick<Self, 'account'>): SigningKeys => {
  if (seeds === undefined) throw new Error('signerOf: not the main device')
  return { publicKey, seeds }
}
