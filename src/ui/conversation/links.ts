// Splits a text into plain stretches and web addresses. The text is hostile: only http, https and mailto become links,
// what is shown is exactly what was written, and nothing is ever taken for markup.

import { LinkifyIt } from 'linkify-it'

export type Stretch =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'link'; readonly text: string; readonly href: string }

/** Characters that are searched: finding links takes time that grows with the text. */
const MAX_SEARCHED = 10_000

const linkify = new LinkifyIt({ fuzzyEmail: true, fuzzyLink: true, fuzzyIP: false }).add('ftp:', null).add('//', null)

const ALLOWED = new Set(['http:', 'https:', 'mailto:'])

/** Characters that reorder what stands around them: an address with one could show another than it leads to. */
const REORDERS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/** The address in its normal form, or undefined where it is none of the three kinds or carries a password. */
const safeHref = (url: string): string | undefined => {
  if (REORDERS.test(url) || !URL.canParse(url)) return undefined
  const { href, password, protocol, username } = new URL(url)
  return ALLOWED.has(protocol) && username === '' && password === '' ? href : undefined
}

/** The stretches of `text`, in order; joined they are `text` again. */
export const splitLinks = (text: string): readonly Stretch[] => {
  const stretches: Stretch[] = []
  let end = 0
  for (const match of linkify.match(text.slice(0, MAX_SEARCHED)) ?? []) {
    // Whoever writes an address without a scheme means the safe one.
    const href = safeHref(match.schema === '' ? match.url.replace(/^http:/, 'https:') : match.url)
    if (href === undefined) continue
    if (match.index > end) stretches.push({ type: 'text', text: text.slice(end, match.index) })
    stretches.push({ type: 'link', text: text.slice(match.index, match.lastIndex), href })
    end = match.lastIndex
  }
  if (end < text.length || stretches.length === 0) stretches.push({ type: 'text', text: text.slice(end) })
  return stretches
}
