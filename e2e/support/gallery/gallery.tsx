// Draws one scene: `?scene=conversation&theme=dark`. Without one it lists them all.

import { createRoot } from 'react-dom/client'
import type { Event, ToWorker } from '../../../src/messenger/api.ts'
import { loadLanguage } from '../../../src/ui/language.ts'
import { createParley } from '../../../src/ui/parley.ts'
import { Root, Speaking } from '../../../src/ui/root.tsx'
import '../../../src/ui/tokens.css'
import { CannotStart } from '../../../src/ui/trouble/cannot-start.tsx'
import { offer } from '../../../src/ui/window/new-version.ts'
import { watchNotifications } from '../../../src/ui/window/notifications.ts'
import { bursts } from './bursts.ts'
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
    () => navigator.storage.persist(),
  )
  const followNotifications = watchNotifications(parley.missMessage)
  const tell = (event: Event): void => {
    followNotifications(event)
    parley.receive(event)
  }
  Object.assign(globalThis, { parley, tell, bursts })
  for (const event of scene.events) tell(event)
  root.render(<Root language={language} parley={parley} />)
  const drawn = (): Promise<number> => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  // Beside home every screen has a heading of its own; some are fetched late.
  const stands = (): boolean => scene.path === '/' || document.querySelectorAll('h1').length > 1
  const buttonToPress = (): HTMLElement | undefined =>
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === scene.press)
  do await drawn()
  while (!stands())
  for (const event of scene.late ?? []) tell(event)
  if (scene.missed) parley.missMessage()
  if (scene.newVersion) offer(() => undefined)
  if (scene.press !== undefined) {
    while (!buttonToPress()) await drawn()
    buttonToPress()?.click()
  }
  if (scene.pressed) {
    await drawn()
    for (const event of scene.pressed) tell(event)
  }
  await drawn()
  document.documentElement.dataset['told'] = 'everything'
}
