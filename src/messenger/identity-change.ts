// Somebody who seems to be another account than before: nothing is sent until the person has decided. Seen where a person
// pairs again with a contact and another account answers, and where another account writes under an introduction.

import { fromHex, toHex } from '../crypto/bytes.ts'
import type { ContactId } from './api.ts'
import { becomeContact, refuseAccount } from './introductions.ts'
import { setRegister } from './registers.ts'
import { giveUp } from './send.ts'
import type { IdentityChange } from './state.ts'
import type { Pending, Turn } from './turn.ts'

/** Stops a contact until the person decides. Only the first such claim counts. */
export const identityChanged = (turn: Turn, contactId: ContactId, identityChange: IdentityChange): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined || contact.identityChange !== undefined || contact.replacedBy !== undefined) return
  if (identityChange.wrote !== undefined && isRefusedElsewhere(turn, contactId, identityChange.contactId))
    return refuseClaim(turn, contactId, identityChange, identityChange.wrote)
  turn.put('contacts', contactId, { ...contact, identityChange })
  turn.touch(contactId)
}

/** The person has refused the claim on another device, where it came before it did here. */
const isRefusedElsewhere = (turn: Turn, contactId: ContactId, claimant: ContactId): boolean => {
  const setting = turn.get('registers', `identity/${contactId}`)?.setting
  return setting?.type === 'identity' && !setting.isAccepted && toHex(setting.claimant) === claimant
}

/** The person pairs with somebody once more, and another account answered. */
export const pairedAgain = (turn: Turn, again: ContactId | undefined, contactId: ContactId): void => {
  if (again !== undefined && again !== contactId) identityChanged(turn, again, { contactId, wrote: undefined, atMs: turn.nowMs })
}

export const decideIdentity = (turn: Turn, contactId: ContactId, accept: boolean): Pending | undefined => {
  const change = turn.get('contacts', contactId)?.identityChange
  if (change === undefined) return undefined
  setRegister(turn, { type: 'identity', contactId: fromHex(contactId), claimant: fromHex(change.contactId), isAccepted: accept })
  return decided(turn, contactId, change, accept)
}

/**
 * The person has decided on another device. Here only: the others are not told.
 *
 * @param claimant the account that claims to be the contact, of which may be known here or not
 */
export const applyDecision = (turn: Turn, contactId: ContactId, claimant: ContactId, isAccepted: boolean): void => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return
  const { identityChange } = contact
  if (identityChange?.contactId === claimant) return void decided(turn, contactId, identityChange, isAccepted)
  if (!isAccepted) return
  turn.put('contacts', contactId, { ...contact, identityChange: undefined, replacedBy: claimant })
  turn.touch(contactId)
}

const decided = (turn: Turn, contactId: ContactId, change: IdentityChange, accept: boolean): Pending | undefined => {
  const contact = turn.get('contacts', contactId)
  if (contact === undefined) return undefined
  turn.touch(contactId)
  if (!accept) {
    turn.put('contacts', contactId, { ...contact, identityChange: undefined })
    if (change.wrote !== undefined) refuseClaim(turn, contactId, change, change.wrote)
    return undefined
  }
  turn.put('contacts', contactId, { ...contact, identityChange: undefined, replacedBy: change.contactId })
  if (change.wrote !== undefined) acceptClaim(turn, contactId, change, change.wrote)
  const heir = turn.get('contacts', change.contactId)
  if (heir !== undefined) {
    turn.put('contacts', change.contactId, { ...heir, name: contact.name })
    turn.touch(change.contactId)
  }
  // What waited for the old identity never leaves: it is said.
  return giveUp(turn, ({ contactId: to }) => to === contactId)
}

type Claim = NonNullable<IdentityChange['wrote']>

const introductionOf = (turn: Turn, contactId: ContactId) => {
  const { origin } = turn.get('contacts', contactId) ?? {}
  return origin?.how === 'introduced' ? turn.get('introductions', origin.introductionId) : undefined
}

/** The claimant takes the place of who was introduced; what it wrote comes again, as nobody has confirmed it. */
const acceptClaim = (turn: Turn, contactId: ContactId, change: IdentityChange, { accountKey, deviceList }: Claim): void => {
  const introduction = introductionOf(turn, contactId)
  if (introduction === undefined) return
  const claimed = { ...introduction, contactId: change.contactId, accountKey, deviceList }
  turn.put('introductions', introduction.introductionId, claimed)
  becomeContact(turn, claimed)
}

/** Nothing of the claimant is heard any more. */
const refuseClaim = (turn: Turn, contactId: ContactId, change: IdentityChange, { accountKey, deviceList }: Claim): void => {
  const introduction = introductionOf(turn, contactId)
  if (introduction === undefined) return
  const introductionId = `refused/${change.contactId}`
  turn.put('introductions', introductionId, { ...introduction, introductionId, contactId: change.contactId, accountKey, deviceList })
  refuseAccount(turn, change.contactId)
}
