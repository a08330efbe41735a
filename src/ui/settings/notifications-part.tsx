// Whether this device tells of new messages while Parley is out of sight, and what stands in the way.

import type { Settings } from '../../messenger/api.ts'
import { Switch } from '../components/switch.tsx'
import { useNotifications } from '../components/use-notifications.ts'
import { useSentences } from '../language.ts'
import { Part } from './part.tsx'

export const NotificationsPart = ({ choice }: { readonly choice: Settings['notifications'] }) => {
  const { notifications, settings } = useSentences()
  const { permission, turnOff, turnOn } = useNotifications()
  const isPossible = permission === 'granted' || permission === 'default'
  return (
    <Part title={settings.arrivals}>
      <Switch
        label={notifications.notifications}
        hint={isPossible ? notifications.hint : notifications[permission]}
        isOn={choice === 'on' && permission === 'granted'}
        disabled={!isPossible}
        onChange={(isOn) => (isOn ? turnOn() : turnOff())}
      />
    </Part>
  )
}
