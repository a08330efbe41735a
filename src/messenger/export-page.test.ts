import { describe, expect, it } from 'vitest'
import { messageRow } from '../../test/support/rows.ts'
import { conversationHead, escapeText, messageItem, pageHead } from './export-page.ts'

const words = { language: 'en', title: 'T', you: 'You', unnamed: 'Unnamed', madeAt: 'Made {time}.', failed: 'not delivered' }

describe('text in a page', () => {
  it('is text, whatever stands in it', () => {
    expect(escapeText(`<script>alert('"&amp;')</script>`)).toBe('&lt;script&gt;alert(&#39;&quot;&amp;amp;&#39;)&lt;/script&gt;')
    expect(escapeText('a\u0000b\u001bc\u0085d')).toBe('a\ufffdb\ufffdc\ufffdd')
    expect(escapeText('one\ntwo\tthree')).toBe('one\ntwo\tthree')
    expect(escapeText('\ud800 alone')).toBe('\ufffd alone')
  })
})

describe('a page', () => {
  it('allows nothing but its own styles', () => {
    const head = pageHead(words, 'today')
    expect(head).toContain(`content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"`)
    expect(head).toContain('<p>Made today.</p>')
    expect(head).not.toContain('<script')
  })

  it('takes what was made of the time as text, also where it looks like a pattern', () => {
    expect(pageHead(words, "$& $' <b>")).toContain('Made $&amp; $&#39; &lt;b&gt;.')
  })

  it.each(['</h2><script>', '"><img src=x onerror=1>', "' onmouseover='1", '\u202eevil', '<!--', ']]>', '&#60;b&#62;'])(
    'shows a hostile name and text as they are: %s',
    (hostile) => {
      const page = conversationHead(hostile, words) + messageItem(messageRow('bob', 1, { text: hostile }), hostile, words, hostile, hostile)
      // No tags but ours, no attributes but ours, and each text in an element that isolates its direction.
      const tags = page.replace(/ (dir="auto"|data-ours|datetime="[^"<>]*")/g, '').match(/<[^>]*>/g)
      expect(tags).toEqual([
        '<section>',
        '<h2>',
        '</h2>',
        '<article>',
        '<header>',
        '<bdi>',
        '</bdi>',
        '<time>',
        '</time>',
        '</header>',
        '<p>',
        '</p>',
        '</article>',
      ])
      expect(page.match(/<(h2|p) dir="auto">|<bdi>/g)).toHaveLength(3)
    },
  )

  it('says who wrote, and what was not delivered', () => {
    const ours = messageItem(messageRow('bob', 1, { direction: 'out', state: 'failed', text: 'hi' }), 'Bob', words, 'now', 'iso')
    expect(ours).toContain('<bdi>You</bdi>, <time datetime="iso">now</time> (not delivered)')
    expect(messageItem(messageRow('bob', 1), '', words, 'now', 'iso')).toContain('<bdi>Unnamed</bdi>')
    expect(conversationHead('', words)).toContain('>Unnamed<')
  })
})
