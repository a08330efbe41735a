// What two devices of one person say to each other when one is linked, byte by byte (docs/protocols/linking.md, Words). What
// they may say and when, and whether it is believed, is decided in linking.ts.

import { bytes, type Codec, decode, encode, fixed, MAX_FRAME_LENGTH, rest, struct, text, type Union, u32, union } from '../../wire/codec.ts'
import { type Device, deviceFields, SIGNATURE_LENGTH, signingPublicKey } from '../identity/identity.ts'
import { ADDRESS_LENGTH, MAX_SUGGESTED_NAME_LENGTH } from './introduction.ts'

/** The main device says whose account it is. */
export interface AccountWord {
  /** 1,984 bytes. */
  readonly accountKey: Uint8Array
  /** The person's own name; may be empty. */
  readonly name: string
  /** Of the list that is to have a successor. */
  readonly listVersion: number
  /** 32 bytes. */
  readonly listHash: Uint8Array
}

/** The new device says who it is. */
export interface EntryWord {
  readonly device: Device
  /** By the device key, over the account's id and the entry. */
  readonly countersignature: Uint8Array
  /** As served. */
  readonly bundle: Uint8Array
  /** 32 bytes: where the main device deposits for the new one. */
  readonly address: Uint8Array
}

/** The main device hands over the list that has the new device on it, and says where it is written to itself. */
export interface ListedWord {
  /** As served, of the main device. */
  readonly bundle: Uint8Array
  /** 32 bytes: where the new device deposits for the main one. */
  readonly address: Uint8Array
  /** As signed. */
  readonly deviceList: Uint8Array
}

interface Words {
  readonly newcomer: object
  readonly account: AccountWord
  readonly entry: EntryWord
  readonly listed: ListedWord
  readonly done: object
}
export type LinkWord = Union<Words>

const bundle = bytes(MAX_FRAME_LENGTH - 1)
const address = fixed(ADDRESS_LENGTH)
const word: Codec<LinkWord> = union<Words>({
  newcomer: [1, struct({})],
  account: [
    2,
    struct({
      accountKey: signingPublicKey,
      name: text(MAX_SUGGESTED_NAME_LENGTH),
      listVersion: u32,
      listHash: fixed(32),
    }),
  ],
  entry: [3, struct({ device: deviceFields, countersignature: fixed(SIGNATURE_LENGTH), bundle, address })],
  listed: [4, struct({ bundle, address, deviceList: rest })],
  done: [5, struct({})],
})

export const writeWord = (said: LinkWord): Uint8Array => encode(word, said)

/** @returns undefined for what is no word */
export const readWord = (plaintext: Uint8Array): LinkWord | undefined => {
  const decoded = decode(word, plaintext)
  return decoded.ok ? decoded.value : undefined
}
