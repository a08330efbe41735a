// What the devices of one person agree on beside messages, as one of them sets it and as it travels to the others
// (docs/protocols/devices.md, Settings). The bytes and the names only; which of two stays is told in registers.ts.

import { toHex } from '../crypto/bytes.ts'
import { type Codec, fixed, flag, oneOf, optional, struct, text, type Union, u32, u48, union } from '../wire/codec.ts'
import { ACCOUNT_KEY_LENGTH } from '../wire/relay-frames.ts'
import { MAX_NAME_LENGTH } from './api.ts'

const ID_LENGTH = 32
const INTRODUCTION_ID_LENGTH = 16

/** How a contact came to be one. */
export interface ContactFacts {
  readonly accountKey: Uint8Array
  readonly introduced: { readonly introductionId: Uint8Array; readonly by: Uint8Array; readonly byName: string } | undefined
  readonly pairedAtMs: number
}

interface Settings {
  /** What is suggested to people one pairs with. */
  'own-name': { name: string }
  'relay-only': { isOn: boolean }
  /** Which device has the account's secret key. */
  main: { device: number }
  /** `is` undefined: removed. */
  contact: { contactId: Uint8Array; is: ContactFacts | undefined }
  'contact-name': { contactId: Uint8Array; name: string }
  /** What the person said of another account that claims to be this contact. */
  identity: { contactId: Uint8Array; claimant: Uint8Array; isAccepted: boolean }
  /** Whether the person wants to hear of an account that was introduced. */
  introduction: { contactId: Uint8Array; standing: 'accepted' | 'refused' }
}
export type Setting = Union<Settings>

const id = fixed(ID_LENGTH)
const name = text(MAX_NAME_LENGTH)
const facts: Codec<ContactFacts> = struct<ContactFacts>({
  accountKey: fixed(ACCOUNT_KEY_LENGTH),
  introduced: optional(
    struct<NonNullable<ContactFacts['introduced']>>({ introductionId: fixed(INTRODUCTION_ID_LENGTH), by: id, byName: name }),
  ),
  pairedAtMs: u48,
})

export const settingFields: Codec<Setting> = union<Settings>({
  'own-name': [1, struct({ name })],
  'relay-only': [2, struct({ isOn: flag })],
  main: [3, struct({ device: u32 })],
  contact: [4, struct({ contactId: id, is: optional(facts) })],
  'contact-name': [5, struct({ contactId: id, name })],
  identity: [6, struct({ contactId: id, claimant: id, isAccepted: flag })],
  introduction: [7, struct({ contactId: id, standing: oneOf<'accepted' | 'refused'>(['accepted', 'refused']) })],
})

/** Settings of one name take each other's place. */
export const nameOf = (setting: Setting): string => ('contactId' in setting ? `${setting.type}/${toHex(setting.contactId)}` : setting.type)
