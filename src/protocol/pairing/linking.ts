// Linking (docs/protocols/linking.md): a person's new device and the main one, which signs the account's list, find each other
// by the same six digits as two people who pair, and the new device enters the list. What each says is believed here, after
// code-, key- and seal-checks that are a pairing's own. It signs nothing and stores nothing.
//
//   new  ──newcomer──▶ main        only where the new device typed the code
//   main ──account───▶ new
//   new  ──entry─────▶ main
//   main ──listed────▶ new
//   new  ──done──────▶ main

import { accountIdOf, CLOCK_TOLERANCE_MS, type DeviceList, readDeviceList } from '../identity/identity.ts'
import { readBundle } from '../prekeys/prekeys.ts'
import type { Ceremony, SaidAt } from './ceremony.ts'
import type { PairingRefusal } from './checks.ts'
import type { CodeKind } from './code-kinds.ts'
import { isInOrder, isLater, lastFlightOf, mayEnter, namesUs, type Role, speaksForItself } from './link-checks.ts'
import { type AccountWord, type EntryWord, type ListedWord, readWord, writeWord } from './link-words.ts'

/** The list that a device is to enter, as the main device has it. */
export interface OwnAccount {
  readonly accountKey: Uint8Array
  readonly list: Pick<DeviceList, 'devices'>
}

/** A word that was believed, with what was read out of it. */
export type SaidWord =
  | { readonly type: 'newcomer' | 'done' }
  | { readonly type: 'account'; readonly word: AccountWord; readonly accountId: Uint8Array }
  | { readonly type: 'entry'; readonly word: EntryWord }
  /** `account`: what the main device said before. */
  | { readonly type: 'listed'; readonly word: ListedWord; readonly account: AccountWord }

type Read = ReturnType<Ceremony<SaidWord>['read']>
const BAD = { ok: false, reason: 'bad-introduction' } as const satisfies { readonly ok: false; readonly reason: PairingRefusal }

/** @param role ours; the main device shows with `main-shows` and types with `new-shows` */
export const linking = (
  kind: Exclude<CodeKind, 'pairing'>,
  own: { readonly role: 'main'; readonly account: OwnAccount } | { readonly role: 'new' },
): Ceremony<SaidWord> => ({
  kind,
  lastFlight: lastFlightOf(kind),
  read: (plaintext, at) => {
    const said = readWord(plaintext)
    if (said === undefined || !isInOrder(kind, at.flight, said.type)) return BAD
    switch (said.type) {
      case 'newcomer':
      case 'done':
        return { ok: true, said: { type: said.type } }
      case 'account':
        return { ok: true, said: { type: 'account', word: said, accountId: accountIdOf(said.accountKey) } }
      case 'entry':
        return own.role === 'main' ? readEntry(said, own.account, at.nowMs) : BAD
      case 'listed':
        return readListed(said, at)
    }
  },
})

/** Who types is a new device: its first word tells nothing. */
export const NEWCOMER: Uint8Array = writeWord({ type: 'newcomer' })
export const DONE: Uint8Array = writeWord({ type: 'done' })
export const writeAccount = (word: AccountWord): Uint8Array => writeWord({ type: 'account', ...word })
export const writeEntry = (word: EntryWord): Uint8Array => writeWord({ type: 'entry', ...word })
export const writeListed = (word: ListedWord): Uint8Array => writeWord({ type: 'listed', ...word })

/** What a role's code is called, by who shows it. */
export const kindOf = (role: Role, shows: boolean): Exclude<CodeKind, 'pairing'> =>
  (role === 'main') === shows ? 'main-shows' : 'new-shows'

const readEntry = (word: EntryWord, { accountKey, list }: OwnAccount, nowMs: number): Read => {
  const accountId = accountIdOf(accountKey)
  const { device, countersignature } = word
  if (!speaksForItself(device, accountId, countersignature) || !mayEnter(list, device)) return BAD
  const read = readBundle(word.bundle, { accountId, device, nowMs })
  // Signed for this linking: by a clock so far behind that it would not believe what it is told once it is listed.
  if (!read.ok || read.bundle.createdAtMs < nowMs - CLOCK_TOLERANCE_MS) return BAD
  return { ok: true, said: { type: 'entry', word } }
}

const readListed = (word: ListedWord, { heard, nowMs, said }: SaidAt<SaidWord>): Read => {
  const ours = said && readWord(said)
  if (heard?.type !== 'account' || ours?.type !== 'entry') return BAD
  const { accountKey, listHash: hash, listVersion: version } = heard.word
  const read = readDeviceList(word.deviceList, { accountKey, nowMs, known: { version, hash } })
  if (!read.ok || !isLater(read.list.version, version) || read.list.expiresAtMs <= nowMs || !namesUs(read.list, ours.device)) return BAD
  const others = read.list.devices.filter(({ tag }) => tag !== ours.device.tag)
  const isOfAnother = others.some((device) => readBundle(word.bundle, { accountId: heard.accountId, device, nowMs }).ok)
  return isOfAnother ? { ok: true, said: { type: 'listed', word, account: heard.word } } : BAD
}
