// Whether this browser lets Parley show notifications, and the person's answer to that.

import { useSyncExternalStore } from 'react'
import { useParley } from '../parley.ts'
import { askForPermission, notificationPermission, onPermissionChange, type Permission } from '../window/notifications.ts'

interface Notifications {
  readonly permission: Permission
  /** Asks the browser too, where that is still needed: to be called by a click. */
  readonly turnOn: () => void
  readonly turnOff: () => void
}

export const useNotifications = (): Notifications => {
  const { send } = useParley()
  const permission = useSyncExternalStore(onPermissionChange, notificationPermission)
  const choose = (notifications: 'on' | 'off'): void => send({ type: 'change-settings', settings: { notifications } })
  return {
    permission,
    turnOn: () => {
      askForPermission().then(
        (granted) => choose(granted === 'granted' ? 'on' : 'off'),
        () => choose('off'),
      )
    },
    turnOff: () => choose('off'),
  }
}
