// The addresses of the screens, in the part of the URL that no server sees. A code is never part of one.

import type { ContactId } from '../messenger/api.ts'

export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'show-code' }
  /** `roomId`: 32 hexadecimal digits from a link or QR code; undefined where the person types the whole code. */
  | { readonly screen: 'enter-code'; readonly roomId: string | undefined }
  | { readonly screen: 'conversation' | 'contact-details'; readonly contactId: ContactId }
  | { readonly screen: 'settings' }

const ROOM_ID = /^[0-9a-f]{32}$/
const CONTACT_ID = /^[0-9a-f]{64}$/

/** Whatever is not an address of ours leads home. */
export const parseRoute = (path: string): Route => {
  const [first = '', second, third, ...more] = path.replace(/^\/+|\/+$/g, '').split('/')
  if (more.length > 0) return { screen: 'home' }
  if (first === 'show' && second === undefined) return { screen: 'show-code' }
  if (first === 'settings' && second === undefined) return { screen: 'settings' }
  if (first === 'enter' && second === undefined) return { screen: 'enter-code', roomId: undefined }
  if (first === 'enter' && second !== undefined && third === undefined && ROOM_ID.test(second))
    return { screen: 'enter-code', roomId: second }
  if (first === 'c' && second !== undefined && CONTACT_ID.test(second)) {
    if (third === undefined) return { screen: 'conversation', contactId: second }
    if (third === 'details') return { screen: 'contact-details', contactId: second }
  }
  return { screen: 'home' }
}

/** The path behind the `#`. */
export const pathTo = (route: Route): string => {
  switch (route.screen) {
    case 'home':
      return '/'
    case 'show-code':
      return '/show'
    case 'enter-code':
      return route.roomId === undefined ? '/enter' : `/enter/${route.roomId}`
    case 'conversation':
      return `/c/${route.contactId}`
    case 'contact-details':
      return `/c/${route.contactId}/details`
    case 'settings':
      return '/settings'
  }
}

/** What a host copies or shows as a QR code: it leads to the room and says nothing of the code. */
export const invitationLink = (origin: string, roomId: string): string => `${origin}/#${pathTo({ screen: 'enter-code', roomId })}`

export type Invitation =
  | { readonly ok: true; readonly roomId: string }
  | { readonly ok: false; readonly reason: 'not-an-invitation' | 'other-address' }

/** Reads a pasted or scanned invitation; `other-address` names a link to somebody else's Parley. */
export const readInvitation = (text: string, origin: string): Invitation => {
  if (!URL.canParse(text.trim())) return { ok: false, reason: 'not-an-invitation' }
  const link = new URL(text.trim())
  if (link.protocol !== 'https:' && link.protocol !== 'http:') return { ok: false, reason: 'not-an-invitation' }
  const route = parseRoute(link.hash.replace(/^#/, ''))
  if (route.screen !== 'enter-code' || route.roomId === undefined) return { ok: false, reason: 'not-an-invitation' }
  return link.origin === origin ? { ok: true, roomId: route.roomId } : { ok: false, reason: 'other-address' }
}
