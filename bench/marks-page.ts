// Runs in each measured page before anything of its own: clocks for what a person does and sees. Milliseconds since 1970,
// which all pages of a machine share.

interface Marks {
  /** `Show a code` could be clicked, counted from the navigation. */
  interactiveAfterMs?: number
  /** Last click on a button, by what is written on it. */
  readonly clickedAtMs: Record<string, number>
  /** The code stood there. */
  codeAtMs?: number
  /** The conversation stood there, with the field for messages: a pairing is over. */
  readyAtMs?: number
  /** Last Enter in that field. */
  enteredAtMs?: number
  /** When a message was painted, by its text. */
  readonly shownAtMs: Record<string, number>
}

declare global {
  interface Window {
    marks: Marks
  }
}

const marks: Marks = { clickedAtMs: {}, shownAtMs: {} }
window.marks = marks

const look = (): void => {
  if (marks.interactiveAfterMs === undefined) {
    const buttons = [...document.querySelectorAll<HTMLButtonElement>('main button')]
    if (buttons.some(({ disabled, textContent }) => !disabled && textContent.includes('Show a code')))
      marks.interactiveAfterMs = performance.now()
  }
  const code = document.querySelector('[aria-label="Your code"]')?.textContent ?? ''
  if (/\d \d{3} \d{3}/.test(code)) marks.codeAtMs ??= Date.now()
  if (document.querySelector('textarea[aria-label="Message"]')) marks.readyAtMs ??= Date.now()
  for (const { textContent } of document.querySelectorAll('[role="list"] [data-text]')) {
    if (marks.shownAtMs[textContent] !== undefined) continue
    marks.shownAtMs[textContent] = Number.POSITIVE_INFINITY
    requestAnimationFrame(() => {
      marks.shownAtMs[textContent] = Date.now()
    })
  }
}

new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
const early = { capture: true }
document.addEventListener(
  'click',
  ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null
    if (button) marks.clickedAtMs[button.textContent.trim()] = Date.now()
  },
  early,
)
document.addEventListener(
  'keydown',
  ({ key, target }) => {
    if (key === 'Enter' && target instanceof HTMLTextAreaElement) marks.enteredAtMs = Date.now()
  },
  early,
)

export {}
