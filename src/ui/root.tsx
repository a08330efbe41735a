// The outermost frame of the screens: the language they speak and the line to the worker.

import { type ReactNode, useCallback, useState } from 'react'
import { App } from './app.tsx'
import { chooseLanguage, type Language, LanguageProvider, loadLanguage } from './language.ts'
import { type Parley, ParleyProvider } from './parley.ts'

/** Draws `children` in a language that a person may change. */
export const Speaking = ({ language, children }: { readonly language: Language; readonly children: ReactNode }) => {
  const [spoken, setSpoken] = useState(language)
  const choose = useCallback((tag: Language['tag'] | undefined): void => {
    chooseLanguage(tag)
    void loadLanguage().then(setSpoken)
  }, [])
  return <LanguageProvider value={{ ...spoken, choose }}>{children}</LanguageProvider>
}

export const Root = ({ language, parley }: { readonly language: Language; readonly parley: Parley }) => (
  <Speaking language={language}>
    <ParleyProvider value={parley}>
      <App />
    </ParleyProvider>
  </Speaking>
)
