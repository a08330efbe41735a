// Said early: the main device has not been seen for long, and what it signs runs out.

import type { OwnDeviceView } from '../../messenger/api.ts'
import { useLanguage } from '../language.ts'
import { listEnd } from '../standing.ts'
import { dateAndTime } from '../time.ts'
import { Notice } from './notice.tsx'
import { useNow } from './use-now.ts'

interface ListEndsProps {
  readonly devices: readonly OwnDeviceView[]
  /** Where it lies over other screens. */
  readonly onClose?: () => void
}

export const ListEnds = ({ devices, onClose }: ListEndsProps) => {
  const { locale, sentences } = useLanguage()
  const end = listEnd(devices, useNow(60_000))
  if (end === undefined) return null
  return (
    <Notice tone="alarm" {...(onClose && { closeLabel: sentences.dismiss, onClose })}>
      {end.isOver ? sentences.devices.hasEnded : sentences.devices.endsAt(dateAndTime(locale, end.atMs))}
    </Notice>
  )
}
