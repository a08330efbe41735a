// Said early: the main device has not been seen for long, and what it signs runs out.

import type { OwnDeviceView } from '../../messenger/api.ts'
import { useLanguage } from '../language.ts'
import { dateAndTime } from '../time.ts'
import { Notice } from './notice.tsx'
import { useNow } from './use-now.ts'

const SAID_BEFORE_MS = 30 * 86_400_000

export const ListEnds = ({ devices }: { readonly devices: readonly OwnDeviceView[] }) => {
  const { locale, sentences } = useLanguage()
  const nowMs = useNow(60_000)
  const endsAtMs = devices.find(({ isThis }) => isThis)?.listEndsAtMs
  if (endsAtMs === undefined || endsAtMs - nowMs > SAID_BEFORE_MS) return null
  const when = dateAndTime(locale, endsAtMs)
  return <Notice tone="alarm">{endsAtMs <= nowMs ? sentences.devices.hasEnded : sentences.devices.endsAt(when)}</Notice>
}
