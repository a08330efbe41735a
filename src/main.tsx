// Starts the window: the screens, the two pipes and the worker, and the lines between them. Nothing is decided here.

import { createRoot } from 'react-dom/client'
import type { Report } from './messenger/api.ts'
import { loadLanguage } from './ui/language.ts'
import { findObstacle } from './ui/obstacle.ts'
import { createParley } from './ui/parley.ts'
import { Root, Speaking } from './ui/root.tsx'
import './ui/tokens.css'
import { CannotStart } from './ui/trouble/cannot-start.tsx'
import { initialView, newcomersView } from './ui/view.ts'
import { watchActing } from './ui/window/acting.ts'
import { watchActivity } from './ui/window/activity.ts'
import { reload, watchLeaving } from './ui/window/leaving.ts'
import { followMarker, isMarkerPresent } from './ui/window/marker.ts'
import { watchNewVersion } from './ui/window/new-version.ts'
import { watchNotifications } from './ui/window/notifications.ts'
import { followNameAnswered } from './ui/window/own-name-answered.ts'
import { watchPresence } from './ui/window/presence.ts'
import { watchStorage } from './ui/window/storage.ts'
import { followTheme, showRememberedTheme } from './ui/window/theme.ts'
import { connectWorker } from './worker/connect.ts'
import { trustedServiceWorkerUrl } from './worker/trusted-urls.ts'

const page = document.getElementById('root')
if (!page) throw new Error('index.html has no #root')

const language = loadLanguage()
const obstacle = findObstacle(window)
showRememberedTheme()

if (obstacle) {
  const root = createRoot(page)
  void language.then((spoken) =>
    root.render(
      <Speaking language={spoken}>
        <CannotStart obstacle={obstacle} />
      </Speaking>,
    ),
  )
} else {
  const worker = connectWorker()
  worker.post({ type: 'start', markerPresent: isMarkerPresent() })
  const report = (told: Report): void => worker.post({ type: 'report', report: told })

  const storage = watchStorage(report)
  const parley = createParley(worker.post, storage.keep, isMarkerPresent() ? initialView : newcomersView)
  const followNotifications = watchNotifications(parley.missMessage)
  const root = createRoot(page)
  const drawn = language.then((spoken) => root.render(<Root language={spoken} parley={parley} />))

  // The pipes are fetched once the first screen stands; whatever is ordered until then waits for them, in order.
  const isTls = location.protocol === 'https:'
  const pipes = drawn
    .then(() => import('./transport/transport.ts'))
    .then(({ createTransport }) =>
      createTransport({
        relayUrl: new URL(`${isTls ? 'wss' : 'ws'}://${location.host}/relay`),
        signalling: { host: location.hostname, port: Number(location.port || (isTls ? 443 : 80)), path: '/peer', secure: isTls },
        report,
      }),
    )
  pipes.catch(() => parley.receive({ type: 'trouble', trouble: 'unexpected' }))
  let transport: Awaited<typeof pipes> | undefined
  void pipes.then((opened) => {
    transport = opened
  })
  worker.onMessage((message) => {
    if (message.type === 'order') {
      if (transport) transport.carryOut(message.order)
      else void pipes.then(({ carryOut }) => carryOut(message.order))
      return
    }
    if (message.type === 'ping') return worker.post({ type: 'pong', asker: message.asker })
    if (message.type === 'sends-settled') return parley.settle(message.count)
    if (message.event.type === 'locking') {
      worker.terminate()
      return reload()
    }
    followMarker(message.event)
    followTheme(message.event)
    followNameAnswered(message.event)
    followNotifications(message.event)
    parley.receive(message.event)
  })
  if (import.meta.env.PROD) watchNewVersion(trustedServiceWorkerUrl(), pipes, parley)
  watchPresence(report)
  watchActivity(() => worker.post({ type: 'person-acted' }))
  watchActing(parley.view, parley.takeOver)
  watchLeaving(parley, () => transport?.close())
}
