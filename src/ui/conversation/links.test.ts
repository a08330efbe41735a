import { describe, expect, test } from 'vitest'
import { splitLinks } from './links.ts'

const linksIn = (text: string): readonly string[] => splitLinks(text).flatMap((stretch) => (stretch.type === 'link' ? [stretch.href] : []))

const hostile = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'ftp://example.org/x',
  '//example.org/x',
  'blob:https://example.org/0',
  '<a href="https://example.org" onclick="x()">x</a>',
  '<img src=x onerror=alert(1)>',
  'https://user:secret@example.org/',
  'https://paypal.com@example.org/',
  'https://example.org/\u202egnp.exe',
  '\ud800https://',
  `https://${'a'.repeat(5000)}`,
  '('.repeat(3000),
  'a@'.repeat(3000),
  '\u0000\u0001\uffff',
]

test.each(hostile)('hostile text %# comes out as it went in', (text) => {
  const stretches = splitLinks(text)
  expect(stretches.map((stretch) => stretch.text).join('')).toBe(text)
  for (const stretch of stretches) {
    if (stretch.type !== 'link') continue
    expect(stretch.href).toMatch(/^(https?:\/\/[^/@]*(\/|$)|mailto:)/)
  }
})

test.each(hostile.slice(0, 8))('%s is no link', (text) => expect(linksIn(text)).toEqual([]))

test('an address that reorders what is shown is no link', () => {
  expect(linksIn('https://example.org/\u202egnp.exe')).toEqual([])
})

test('an address that pretends leads exactly where its underlined part says', () => {
  expect(splitLinks('https://bank.example@evil.example/')[0]).toEqual({
    type: 'link',
    text: 'https://bank.example',
    href: 'https://bank.example/',
  })
})

describe('ordinary text', () => {
  test('plain text is one stretch, and so is none', () => {
    expect(splitLinks('no address here')).toEqual([{ type: 'text', text: 'no address here' }])
    expect(splitLinks('')).toEqual([{ type: 'text', text: '' }])
  })

  test('addresses stand between the words; the full stop is not theirs', () => {
    expect(splitLinks('see https://example.org/a?b=c#d. Or not')).toEqual([
      { type: 'text', text: 'see ' },
      { type: 'link', text: 'https://example.org/a?b=c#d', href: 'https://example.org/a?b=c#d' },
      { type: 'text', text: '. Or not' },
    ])
  })

  test('http stays http, no scheme means https, mail is mail', () => {
    expect(linksIn('http://example.org')).toEqual(['http://example.org/'])
    expect(linksIn('example.org')).toEqual(['https://example.org/'])
    expect(linksIn('anna@example.org')).toEqual(['mailto:anna@example.org'])
  })

  test('what is shown is what was written, where it leads is the name that the network knows', () => {
    expect(splitLinks('https://аpple.com')).toEqual([{ type: 'link', text: 'https://аpple.com', href: 'https://xn--pple-43d.com/' }])
  })

  test('beyond ten thousand characters nothing is searched', () => {
    const text = `${'a '.repeat(6_000)}https://example.org`
    expect(splitLinks(text)).toEqual([{ type: 'text', text }])
  })
})
