// The addresses of the screens, in the part of the URL that no server sees. A code is never part of one.

import type { ContactId, LinkWish } from '../messenger/api.ts'

export type Route =
  | { readonly screen: 'home' }
  /** `again`: the contact to be paired with once more. */
  | { readonly screen: 'show-code'; readonly again: ContactId | undefined }
  /**
   * `roomId`: 32 hexadecimal digits from a link or QR code; undefined where the person types the whole code. Never with
   * `again`: who makes a link does not say whom it is from.
   */
  | { readonly screen: 'enter-code'; readonly roomId: string | undefined; readonly again: ContactId | undefined }
  /** `at`: the place of the message to show; undefined: where reading goes on. */
  | { readonly screen: 'conversation'; readonly contactId: ContactId; readonly at?: number | undefined }
  | { readonly screen: 'contact-details'; readonly contactId: ContactId }
  /** Of all conversations, or of one. */
  | { readonly screen: 'search'; readonly contactId: ContactId | undefined }
  /** `role`: this device is the main one, or the new one. `roomId`: from a link or QR code of the other one. */
  | { readonly screen: 'link-device'; readonly role: LinkRole; readonly roomId: string | undefined }
  | { readonly screen: 'settings' | 'back-up' | 'restore' | 'devices' }

type LinkRole = LinkWish['role']

const ROOM_ID = /^[0-9a-f]{32}$/
const CONTACT_ID = /^[0-9a-f]{64}$/

const PLACE = /^[1-9][0-9]{0,14}$/

const conversationRoute = ([contactId = '', part, place, ...more]: readonly string[]): Route | undefined => {
  if (!CONTACT_ID.test(contactId) || more.length > 0) return undefined
  if (part === undefined) return { screen: 'conversation', contactId }
  if (part === 'at') return place !== undefined && PLACE.test(place) ? { screen: 'conversation', contactId, at: Number(place) } : undefined
  if (place !== undefined) return undefined
  if (part === 'search') return { screen: 'search', contactId }
  return part === 'details' ? { screen: 'contact-details', contactId } : undefined
}

const linkRoute = ([role, roomId, ...more]: readonly string[]): Route | undefined => {
  if ((role !== 'main' && role !== 'new') || more.length > 0 || (roomId !== undefined && !ROOM_ID.test(roomId))) return undefined
  return { screen: 'link-device', role, roomId }
}

const routeAt = (path: string): Route | undefined => {
  const [first, ...parts] = path.replace(/^\/+|\/+$/g, '').split('/')
  const [only, ...more] = parts
  if (first === 'c') return conversationRoute(parts)
  if (first === 'link') return linkRoute(parts)
  if (more.length > 0) return undefined
  const again = only !== undefined && CONTACT_ID.test(only) ? only : undefined
  const roomId = only !== undefined && ROOM_ID.test(only) ? only : undefined
  switch (first) {
    case 'show':
      return only === again ? { screen: 'show-code', again } : undefined
    case 'enter':
      return only === (again ?? roomId) ? { screen: 'enter-code', roomId, again } : undefined
    case 'settings':
      return only === undefined ? { screen: 'settings' } : undefined
    case 'search':
      return only === undefined ? { screen: 'search', contactId: undefined } : undefined
    case 'back-up':
    case 'restore':
    case 'devices':
      return only === undefined ? { screen: first } : undefined
    default:
      return undefined
  }
}

/** Whatever is not an address of ours leads home. */
export const parseRoute = (path: string): Route => routeAt(path) ?? { screen: 'home' }

/** The path behind the `#`. */
export const pathTo = (route: Route): string => {
  switch (route.screen) {
    case 'home':
      return '/'
    case 'show-code':
      return route.again === undefined ? '/show' : `/show/${route.again}`
    case 'enter-code': {
      const to = route.roomId ?? route.again
      return to === undefined ? '/enter' : `/enter/${to}`
    }
    case 'conversation':
      return route.at === undefined ? `/c/${route.contactId}` : `/c/${route.contactId}/at/${route.at}`
    case 'contact-details':
      return `/c/${route.contactId}/details`
    case 'search':
      return route.contactId === undefined ? '/search' : `/c/${route.contactId}/search`
    case 'link-device':
      return route.roomId === undefined ? `/link/${route.role}` : `/link/${route.role}/${route.roomId}`
    case 'settings':
    case 'back-up':
    case 'restore':
    case 'devices':
      return `/${route.screen}`
  }
}

/** What a host copies or shows as a QR code: it leads to the room and says nothing of the code. */
export const invitationLink = (origin: string, roomId: string, link?: LinkRole): string => {
  if (link === undefined) return `${origin}/#${pathTo({ screen: 'enter-code', roomId, again: undefined })}`
  // Who follows it is the other one.
  return `${origin}/#${pathTo({ screen: 'link-device', role: link === 'main' ? 'new' : 'main', roomId })}`
}

export type Invitation =
  | { readonly ok: true; readonly roomId: string }
  | { readonly ok: false; readonly reason: 'not-an-invitation' | 'other-address' }

/** Reads a pasted or scanned invitation; `other-address` names a link to somebody else's Parley. */
export const readInvitation = (text: string, origin: string): Invitation => {
  if (!URL.canParse(text.trim())) return { ok: false, reason: 'not-an-invitation' }
  const link = new URL(text.trim())
  if (link.protocol !== 'https:' && link.protocol !== 'http:') return { ok: false, reason: 'not-an-invitation' }
  const route = parseRoute(link.hash.replace(/^#/, ''))
  if ((route.screen !== 'enter-code' && route.screen !== 'link-device') || route.roomId === undefined)
    return { ok: false, reason: 'not-an-invitation' }
  return link.origin === origin ? { ok: true, roomId: route.roomId } : { ok: false, reason: 'other-address' }
}
