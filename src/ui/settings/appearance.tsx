// Colours and language.

import type { Settings } from '../../messenger/api.ts'
import { Choice } from '../components/choice.tsx'
import { chosenLanguage, languages, useLanguage } from '../language.ts'
import { useParley } from '../parley.ts'
import { Part } from './part.tsx'

const themes = ['system', 'light', 'dark'] as const

export const Appearance = ({ theme }: { readonly theme: Settings['theme'] }) => {
  const { choose, sentences } = useLanguage()
  const { settings } = sentences
  const { send } = useParley()
  return (
    <Part title={settings.appearance}>
      <Choice
        label={settings.theme}
        answers={themes.map((value) => ({ value, name: settings.themes[value] }))}
        chosen={theme}
        onChoose={(chosen) => send({ type: 'change-settings', settings: { theme: chosen } })}
      />
      <Choice
        label={settings.language}
        answers={[
          { value: undefined, name: settings.languageOfBrowser },
          ...languages.map(({ tag, name }) => ({ value: tag, name, lang: tag })),
        ]}
        chosen={chosenLanguage()}
        onChoose={choose}
      />
    </Part>
  )
}
