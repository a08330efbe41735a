// Conversations as a page that can be read without Parley: HTML in pieces, so that a page of any length is written without
// being held. It has no scripts, loads nothing, and whatever people wrote is text in it and nothing else.

import type { ExportWords } from './api.ts'
import type { Message } from './state.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Text that cannot become markup, in an element or in a quoted attribute. Controls are shown as what they are not: a reader
 * of a page has no use for them, and a zero byte or an escape may have one for what reads it next.
 */
export const escapeText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd')
    .replace(/[&<>"']/gu, (letter) => entities[letter] ?? '')

/** Nothing is fetched, run or sent, whatever stands in the page. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

// Each text in an element with `dir`: it is isolated, so that marks of direction in it end with it.
const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 44rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere }
h2 { margin: 3rem 0 1rem }
article { margin: 0 0 1rem; padding: 0 0 0 .75rem; border-inline-start: .25rem solid #888 }
article[data-ours] { border-color: #2a7 }
header { font-size: .875rem; opacity: .8 }
p { margin: 0; white-space: pre-wrap }
`

export const pageHead = ({ language, madeAt, title }: ExportWords, madeAtText: string): string =>
  `<!doctype html>
<html lang="${escapeText(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeText(POLICY)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeText(title)}</h1>
<p>${escapeText(madeAt.replace('{time}', () => madeAtText))}</p>
`

export const conversationHead = (name: string, { unnamed }: ExportWords): string =>
  `<section>\n<h2 dir="auto">${escapeText(name === '' ? unnamed : name)}</h2>\n`

export const conversationEnd = '</section>\n'

/** @param time when it was sent, as people read it; @param isoTime as machines do */
export const messageItem = (
  { direction, state, text }: Message,
  name: string,
  { failed, unnamed, you }: ExportWords,
  time: string,
  isoTime: string,
): string => {
  const author = direction === 'out' ? you : name === '' ? unnamed : name
  const note = state === 'failed' ? ` (${escapeText(failed)})` : ''
  return `<article${direction === 'out' ? ' data-ours' : ''}><header><bdi>${escapeText(author)}</bdi>, <time datetime="${escapeText(isoTime)}">${escapeText(time)}</time>${note}</header><p dir="auto">${escapeText(text)}</p></article>\n`
}

export const pageEnd = '</body>\n</html>\n'
