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
    { screen: 'contact-details', contactId },
    { screen: 'settings' },
    { screen: 'back-up' },
    { screen: 'restore' },
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
])('%s leads home', (path) => expect(parseRoute(path)).toEqual({ screen: 'home' }))

describe('invitations', () => {
  const origin = 'https://parley.example'

  test('what is shown can be read', () => {
    expect(readInvitation(invitationLink(origin, roomId), origin)).toEqual({ ok: true, roomId })
    expect(readInvitation(` ${invitationLink(origin, roomId)}\n`, origin)).toEqual({ ok: true, roomId })
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
