// Names of the store's interface as they are kept: bytes and numbers in place of hexadecimal digits. A name that is none is
// a bug of the caller, which throws before anything is asked of the disk.

import type { Address, DeviceName } from '../store.ts'

const hex = (what: string, text: string, length: number): Uint8Array => {
  if (text.length !== 2 * length || !/^[0-9a-f]*$/.test(text)) throw new Error(`${what}: not ${length} bytes as hexadecimal digits`)
  return Buffer.from(text, 'hex')
}

/** 32 bytes. */
export const addressBytes = (address: Address): Uint8Array => hex('address', address, 32)
/** 16 bytes. */
export const envelopeIdBytes = (envelopeId: string): Uint8Array => hex('envelope id', envelopeId, 16)
/** 32 bytes. */
export const accountBytes = (accountId: string): Uint8Array => hex('account id', accountId, 32)

export const splitDevice = (device: DeviceName): { readonly account: Uint8Array; readonly tag: number } => {
  const [, accountId = '', tag = ''] = /^([0-9a-f]{64})\/(0|[1-9]\d{0,9})$/.exec(device) ?? []
  if (accountId === '' || Number(tag) >= 2 ** 32) throw new Error('device: not an account id and a tag')
  return { account: accountBytes(accountId), tag: Number(tag) }
}
