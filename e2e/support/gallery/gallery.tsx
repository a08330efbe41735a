// Draws one scene: `?scene=conversation&theme=dark`. Without one it lists them all.

import { createRoot } from 'react-dom/client'
import type { ToWorker } from '../../../src/messenger/api.ts'
import { loadLanguage } from '../../../src/ui/language.ts'
import { createParley } from '../../../src/ui/parley.ts'
import { Root, Speaking } from '../../../src/ui/root.tsx'
import '../../../src/ui/tokens.css'
import { CannotStart } from '../../../src/ui/trouble/cannot-start.tsx'
import { scenes } from './scenes.ts'

const asked = new URLSearchParams(location.search)
const name = asked.get('scene') ?? ''
const scene = scenes[name]
const theme = asked.get('theme')
if (theme !== null) document.documentElement.dataset['theme'] = theme

const posted: ToWorker[] = []
Object.assign(globalThis, { posted })

const page = document.getElementById('root')
if (!page) throw new Error('index.html has no #root')
const root = createRoot(page)
const language = await loadLanguage()
const direction = asked.get('dir')
if (direction !== null) document.documentElement.dir = direction

if (!scene) {
  root.render(
    <main>
      <h1>Scenes</h1>
      <ul>
        {Object.keys(scenes).map((listed) => (
          <li key={listed}>
            <a href={`?scene=${listed}`}>{listed}</a>
          </li>
        ))}
      </ul>
    </main>,
  )
} else if (name === 'insecure' || name === 'unsupported') {
  root.render(
    <Speaking language={language}>
      <CannotStart obstacle={name === 'insecure' ? 'insecure-address' : 'locks'} />
    </Speaking>,
  )
} else {
  location.hash = scene.path
  const parley = createParley(
    (message) => void posted.push(message),
    async () => undefined,
  )
  Object.assign(globalThis, { parley })
  const [opening, ...rest] = scene.events
  if (opening) parley.receive(opening)
  // What a screen is told before it stands would be taken for left over from an earlier pairing.
  const late = rest.filter(({ type }) => type === 'pairing-changed')
  for (const event of rest) if (!late.includes(event)) parley.receive(event)
  root.render(<Root language={language} parley={parley} />)
  setTimeout(() => {
    for (const event of late) parley.receive(event)
    document.documentElement.dataset['told'] = 'everything'
  }, 100)
}
