// Tells of messages that come while the page is out of sight: who has written, never what. Whether it may is the person's
// choice in the settings and the browser's besides.

import type { ContactId, Event } from '../../messenger/api.ts'
import { currentLanguage } from '../language.ts'
import { pathTo } from '../route.ts'

/** `unsupported`: this browser has none for pages. */
export type Permission = NotificationPermission | 'unsupported'

/** Another message of the same contact within this time is part of what was told, in milliseconds. */
const QUIET_MS = 5_000

/** Chromium on Android has the class and refuses to use it. */
let isRefused = false

export const notificationPermission = (): Permission =>
  isRefused || !('Notification' in globalThis) ? 'unsupported' : Notification.permission

/** Asks the browser, which asks the person where it does not know yet. Has to be called by a click. */
export const askForPermission = async (): Promise<Permission> =>
  notificationPermission() === 'default' ? Notification.requestPermission() : notificationPermission()

/** @returns what stops calling */
export const onPermissionChange = (changed: () => void): (() => void) => {
  const controller = new AbortController()
  const { signal } = controller
  // Browsers without this interface show a change when the page is seen again.
  document.addEventListener('visibilitychange', changed, { signal })
  navigator.permissions?.query({ name: 'notifications' }).then(
    (status) => status.addEventListener('change', changed, { signal }),
    () => undefined,
  )
  return () => controller.abort()
}

interface Shown {
  readonly notification: Notification
  readonly atMs: number
}

const show = (contactId: ContactId, name: string): Notification | undefined => {
  const { locale, sentences } = currentLanguage()
  const { common, notifications } = sentences
  try {
    const notification = new Notification(name || common.unnamed, {
      body: notifications.newMessage,
      dir: 'auto',
      lang: locale,
      icon: '/icon-192.png',
      tag: `parley/${contactId}`,
    })
    notification.addEventListener('click', () => {
      window.focus()
      location.hash = pathTo({ screen: 'conversation', contactId })
      notification.close()
    })
    return notification
  } catch {
    isRefused = true
    return undefined
  }
}

/**
 * Follows the events of the worker. Of several tabs each asks about notifications, and the one that has the profile shows them.
 *
 * @param missMessage called when a message has come unseen and the person was never asked about notifications
 */
export const watchNotifications = (missMessage: () => void): ((event: Event) => void) => {
  const nameByContact = new Map<ContactId, string>()
  const shownByContact = new Map<ContactId, Shown>()
  let choice = 'unasked'

  const close = (contactId: ContactId): void => {
    shownByContact.get(contactId)?.notification.close()
    shownByContact.delete(contactId)
  }
  const closeAll = (): void => {
    for (const contactId of shownByContact.keys()) close(contactId)
  }
  const isAskable = (): boolean => choice === 'unasked' && ['default', 'granted'].includes(notificationPermission())
  const tellOf = (contactId: ContactId): void => {
    if (choice !== 'on' || notificationPermission() !== 'granted') return
    const nowMs = Date.now()
    if (nowMs - (shownByContact.get(contactId)?.atMs ?? 0) < QUIET_MS) return
    const notification = show(contactId, nameByContact.get(contactId) ?? '')
    if (notification) shownByContact.set(contactId, { notification, atMs: nowMs })
  }

  // What it leads to is gone with the page.
  addEventListener('pagehide', closeAll)
  return (event) => {
    switch (event.type) {
      case 'opened':
        choice = event.settings.notifications
        nameByContact.clear()
        for (const { contactId, name } of event.contacts) nameByContact.set(contactId, name)
        return
      case 'settings-changed':
        choice = event.settings.notifications
        return
      case 'contact-changed':
        nameByContact.set(event.contact.contactId, event.contact.name)
        if (event.contact.unread === 0) close(event.contact.contactId)
        return
      case 'contact-removed':
        nameByContact.delete(event.contactId)
        close(event.contactId)
        return
      case 'message-changed': {
        const isUnseen = event.isNew && event.message.direction === 'in' && document.visibilityState === 'hidden'
        if (isUnseen && isAskable()) missMessage()
        return
      }
      case 'message-missed':
        return tellOf(event.contactId)
      case 'opened-elsewhere':
      case 'wiped':
        closeAll()
        return
      default:
        return
    }
  }
}
