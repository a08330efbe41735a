// First messages of a device (docs/protocols/introductions.md): of people who were introduced, and of a device that a contact
// does not know yet. How ours are wrapped until the other side has told us an address, and how those of others are unwrapped. Sealing only; what is believed of the contents, and
// what becomes of them, is told in introductions.ts and receive.ts.

import { concat, equal, fromHex, toHex } from '../crypto/bytes.ts'
import {
  decodeFirstContact,
  encodeFirstContact,
  type FirstContact,
  hashOfDeviceList,
  open as openSealed,
  SEALED_OVERHEAD,
  seal as sealTo,
} from '../protocol/sealed/sealed.ts'
import { encodeEnvelope } from '../wire/envelope.ts'
import type { ContactId } from './api.ts'
import { deviceOf } from './contacts.ts'
import { INTRODUCTION_ID_LENGTH } from './content.ts'
import type { SealedEnvelope } from './state.ts'
import { selfOf, type Turn } from './turn.ts'

export interface Wrapping {
  /** Bytes by which what is wrapped grows, at the least. */
  readonly overhead: number
  /** @param paddedLength of what stands in the envelope */
  readonly seal: (envelopeId: Uint8Array, sessionMessage: Uint8Array, paddedLength: number) => SealedEnvelope
}

/**
 * How messages for a device are wrapped that has not told us an address.
 *
 * @param withList the first of them carries our device list, the others its hash
 * @returns undefined for a device that has
 */
export const wrapFirstContact = (turn: Turn, contactId: ContactId, tag: number, withList: boolean): Wrapping | undefined => {
  const contact = turn.get('contacts', contactId)
  const device = deviceOf(turn, contactId, tag)
  if (contact === undefined || device?.firstContact === undefined || device.theirAddress !== undefined) return undefined
  const { address, sealingKey } = device.firstContact
  const { account, deviceList, tag: ourTag } = selfOf(turn)
  const contentsWith = (sessionMessage: Uint8Array): Uint8Array =>
    encodeFirstContact({
      accountKey: account.publicKey,
      tag: ourTag,
      devices: withList ? { type: 'whole', deviceList } : { type: 'hash', hash: hashOfDeviceList(deviceList) },
      replyAddress: device.ourAddress,
      // To whom we are a contact already, it says nothing.
      introductionId: contact.origin.how === 'introduced' ? fromHex(contact.origin.introductionId) : new Uint8Array(INTRODUCTION_ID_LENGTH),
      sessionMessage,
    })
  return {
    overhead: contentsWith(new Uint8Array(0)).length + SEALED_OVERHEAD,
    seal: (id, sessionMessage, paddedLength) => {
      const sealed = sealTo({
        sealingKey,
        contents: contentsWith(sessionMessage),
        paddedLength,
        associated: concat(id, address),
        random: turn.random,
      })
      if (!sealed.ok) throw new Error(`wrapFirstContact: ${sealed.reason}`)
      const bytes = encodeEnvelope({ type: 'sealed', id, sealed: sealed.sealed })
      return { id: toHex(id), bytes, firstContactAddress: address }
    },
  }
}

/** Opens what came to our first-contact address, under each sealing key that is still kept, newest first. Nothing in it is believed yet. */
export const unwrapFirstContact = (
  turn: Turn,
  ourAddress: Uint8Array,
  envelopeId: Uint8Array,
  sealed: Uint8Array,
): { readonly ok: true; readonly contents: FirstContact } | { readonly ok: false; readonly reason: 'malformed' | 'bad-seal' } => {
  const newestFirst = turn
    .all('signedPrekeys')
    .map(([, row]) => row)
    .sort((a, b) => b.id - a.id)
  for (const { sealing } of newestFirst) {
    const opened = openSealed({ seed: sealing.seed, sealed, associated: concat(envelopeId, ourAddress) })
    if (!opened.ok) {
      if (opened.reason === 'malformed') return { ok: false, reason: 'malformed' }
      continue
    }
    const contents = decodeFirstContact(opened.contents)
    return contents.ok ? { ok: true, contents: contents.value } : { ok: false, reason: 'malformed' }
  }
  return { ok: false, reason: 'bad-seal' }
}

/** Whether a hash of a repeat names this list. */
export const isHashOfList = (hash: Uint8Array, deviceList: Uint8Array): boolean => equal(hash, hashOfDeviceList(deviceList))
