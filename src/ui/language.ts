// Which language the screens speak: the person's choice, else the browser's, else English.

import { createContext, useContext } from 'react'
import { en, type Sentences } from './sentences/en.ts'

/** Languages other than English are fetched when they are needed. */
const complete = {
  en: () => Promise.resolve(en),
  de: () => import('./sentences/de.ts').then(({ de }) => de),
} satisfies Record<string, () => Promise<Sentences>>

export type LanguageTag = keyof typeof complete

/** Each with its own name for itself. */
export const languages: readonly { readonly tag: LanguageTag; readonly name: string }[] = [
  { tag: 'en', name: 'English' },
  { tag: 'de', name: 'Deutsch' },
]

export interface Language {
  readonly tag: LanguageTag
  /** For dates and numbers: keeps the region of the browser's own setting. */
  readonly locale: string
  readonly sentences: Sentences
}

export const english: Language = { tag: 'en', locale: 'en', sentences: en }

let spoken = english
/** What was loaded last, for words outside of the screens. */
export const currentLanguage = (): Language => spoken

const KEY = 'parley.language'
const isTag = (tag: string | null | undefined): tag is LanguageTag => tag !== null && tag !== undefined && Object.hasOwn(complete, tag)
const primary = (locale: string): string => locale.toLowerCase().split('-')[0] ?? ''

/** What the person chose on this device, if anything. */
export const chosenLanguage = (): LanguageTag | undefined => {
  const stored = localStorage.getItem(KEY)
  return isTag(stored) ? stored : undefined
}

/** `undefined` goes back to the browser's language. */
export const chooseLanguage = (tag: LanguageTag | undefined): void => {
  if (tag === undefined) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, tag)
}

/** The language and locale for a choice and a browser's preferences; pure. */
export const pickLanguage = (
  chosen: LanguageTag | undefined,
  preferred: readonly string[],
): { readonly tag: LanguageTag; readonly locale: string } => {
  const matching = chosen ?? preferred.map(primary).find(isTag) ?? 'en'
  return { tag: matching, locale: preferred.find((locale) => primary(locale) === matching) ?? matching }
}

export const loadLanguage = async (): Promise<Language> => {
  const { tag, locale } = pickLanguage(chosenLanguage(), navigator.languages)
  const sentences = await complete[tag]()
  document.documentElement.lang = locale
  document.documentElement.dir = sentences.direction
  spoken = { tag, locale, sentences }
  return spoken
}

export type { Sentences }

interface LanguageChoice extends Language {
  readonly choose: (tag: LanguageTag | undefined) => void
}

const LanguageContext = createContext<LanguageChoice>({ ...english, choose: () => undefined })
export const LanguageProvider = LanguageContext.Provider

export const useLanguage = (): LanguageChoice => useContext(LanguageContext)
export const useSentences = (): Sentences => useLanguage().sentences
