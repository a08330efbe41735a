import { describe, expect, test } from 'vitest'
import { invitationLink, parseRoute, pathTo, type Route, readInvitation } from './route.ts'

const contactId = '0f'.repeat(32)
const roomId = 'c3'.repeat(16)

test('every address leads to its screen and back', () => {
  const routes: readonly Route[] = [
    { screen: 'home' },
    { screen: 'show-code', again: undefined },
    { screen: 'show-code', again: contactId },
    { screen: 'enter-code', roomId: undefined, again: undefined },
    { screen: 'enter-code', roomId, again: undefined },
    { screen: 'enter-code', roomId: undefined, again: contactId },
    { screen: 'conversation', contactId },
    { screen: 'conversation', contactId, at: 12_345 },
    { screen: 'contact-details', contactId },
    { screen: 'search', contactId },
    { screen: 'search', contactId: undefined },
    { screen: 'settings' },
    { screen: 'back-up' },
    { screen: 'restore' },
    { screen: 'back-up' },
    { screen: 'devices' },
    { screen: 'link-device', role: 'main', roomId: undefined },
    { screen: 'link-device', role: 'new', roomId },
  ]
  for (const route of routes) expect(parseRoute(pathTo(route))).toEqual(route)
})

test.each([
  '',
  '/nowhere',
  '/show/more',
  '/enter/482913',
  `/enter/${roomId}/x`,
  `/enter/${roomId}/${contactId}`,
  `/show/${roomId}`,
  `/show/${contactId}/x`,
  '/settings/x',
  '/restore/x',
  `/enter/${roomId.toUpperCase()}`,
  '/c',
  '/c/short',
  `/c/${contactId}/other`,
  `/c/${contactId}/at`,
  `/c/${contactId}/at/0`,
  `/c/${contactId}/at/1.5`,
  `/c/${contactId}/at/1/2`,
  `/c/${contactId}/search/x`,
  `/c/${contactId}/details/1`,
  '/search/x',
  '/devices/x',
  '/link',
  '/link/',
  '/link/other',
  `/link/${roomId}`,
  '/link/main/482913',
  `/link/new/${roomId.toUpperCase()}`,
  `/link/new/${roomId}/x`,
])('%s leads home', (path) => expect(parseRoute(path)).toEqual({ screen: 'home' }))

describe('invitations', () => {
  const origin = 'https://parley.example'

  test('what is shown can be read', () => {
    expect(readInvitation(invitationLink(origin, roomId), origin)).toEqual({ ok: true, roomId })
    expect(readInvitation(` ${invitationLink(origin, roomId)}\n`, origin)).toEqual({ ok: true, roomId })
  })

  test('that of a device leads the other one to its part of a linking', () => {
    const shownBy = (role: 'main' | 'new') => invitationLink(origin, roomId, role)
    expect(parseRoute(new URL(shownBy('main')).hash.slice(1))).toEqual({ screen: 'link-device', role: 'new', roomId })
    expect(parseRoute(new URL(shownBy('new')).hash.slice(1))).toEqual({ screen: 'link-device', role: 'main', roomId })
    expect(readInvitation(shownBy('main'), origin)).toEqual({ ok: true, roomId })
    expect(readInvitation(`${origin}/#/link/main`, origin)).toEqual({ ok: false, reason: 'not-an-invitation' })
  })

  test('an invitation to another relay is named as such', () => {
    expect(readInvitation(invitationLink('https://other.example', roomId), origin)).toEqual({ ok: false, reason: 'other-address' })
  })

  test.each([
    '',
    'hello',
    'javascript:alert(1)',
    'https://parley.example/',
    'https://parley.example/#/enter/27482913',
    'ftp://parley.example/#/enter/x',
  ])('%s is none', (text) => expect(readInvitation(text, origin)).toEqual({ ok: false, reason: 'not-an-invitation' }))
})
