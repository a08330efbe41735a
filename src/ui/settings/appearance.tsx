// Colours and language.

import { useId } from 'react'
import type { Settings } from '../../messenger/api.ts'
import { chosenLanguage, languages, useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { Part } from './part.tsx'
import styles from './settings.module.css'

const themes = ['system', 'light', 'dark'] as const

export const Appearance = ({ theme }: { readonly theme: Settings['theme'] }) => {
  const { choose, sentences } = useLanguage()
  const { settings } = sentences
  const { send } = useParley()
  const [themeId, languageId] = [useId(), useId()]
  return (
    <Part title={settings.appearance}>
      <div className={styles['choice']}>
        <label htmlFor={themeId}>{settings.theme}</label>
        <select
          id={themeId}
          value={theme}
          onChange={(event) => {
            const chosen = themes.find((known) => known === event.currentTarget.value)
            if (chosen) send({ type: 'change-settings', settings: { theme: chosen } })
          }}
        >
          {themes.map((known) => (
            <option key={known} value={known}>
              {settings.themes[known]}
            </option>
          ))}
        </select>
      </div>
      <div className={styles['choice']}>
        <label htmlFor={languageId}>{settings.language}</label>
        <select
          id={languageId}
          value={chosenLanguage() ?? ''}
          onChange={(event) => choose(languages.find(({ tag }) => tag === event.currentTarget.value)?.tag)}
        >
          <option value="">{settings.languageOfBrowser}</option>
          {languages.map(({ tag, name }) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </Part>
  )
}
