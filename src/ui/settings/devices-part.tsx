// On how many devices a person has Parley, and the way to them.

import type { OwnDeviceView } from '../../messenger/api.ts'
import { ListEnds } from '../components/list-ends.tsx'
import { useSentences } from '../language.ts'
import { pathTo } from '../route.ts'
import { Part } from './part.tsx'

export const DevicesPart = ({ devices }: { readonly devices: readonly OwnDeviceView[] }) => {
  const { devices: sentences } = useSentences()
  return (
    <Part title={sentences.part}>
      <p>{devices.length > 1 ? sentences.several(devices.length) : sentences.alone}</p>
      <ListEnds devices={devices} />
      <div>
        <a href={`#${pathTo({ screen: 'devices' })}`}>{sentences.title}</a>
      </div>
    </Part>
  )
}
