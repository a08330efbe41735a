// What a person chose for this device.

import type { Settings } from './api.ts'
import { shortName } from './contacts.ts'
import { endAllMeetings } from './meet.ts'
import { setRegister } from './registers.ts'
import type { Turn } from './turn.ts'
import { settingsOf } from './views.ts'

export const changeSettings = (turn: Turn, changes: Partial<Settings>): undefined => {
  const before = settingsOf(turn)
  applySettings(turn, changes)
  const { displayName, relayOnly } = settingsOf(turn)
  if (displayName !== before.displayName) setRegister(turn, { type: 'own-name', name: displayName })
  if (relayOnly !== before.relayOnly) setRegister(turn, { type: 'relay-only', isOn: relayOnly })
}

/** Here only: the other devices are not told. */
export const applySettings = (turn: Turn, changes: Partial<Settings>): void => {
  const before = settingsOf(turn)
  const settings: Settings = { ...before, ...changes }
  const kept: Settings = { ...settings, displayName: shortName(settings.displayName) }
  turn.put('settings', 'settings', kept)
  // A line that is open shows this device's network address as long as it lasts.
  if (kept.relayOnly && !before.relayOnly) {
    for (const [contactId] of turn.all('contacts')) {
      endAllMeetings(turn, contactId)
      turn.touch(contactId)
    }
  }
  turn.tell({ type: 'settings-changed', settings: kept })
}
