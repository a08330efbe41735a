// While the relay is asked to delete what it keeps of this device.

import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'

export const Leaving = () => {
  const { leaving } = useSentences()
  return <Statement title={leaving.title} text={leaving.text} closeness={0} />
}
