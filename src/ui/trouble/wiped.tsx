// After everything was deleted from this device.

import { Button } from '../components/button.tsx'
import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'

export const Wiped = () => {
  const { wiped } = useSentences()
  const again = (): void => {
    history.replaceState(undefined, '', '/')
    location.reload()
  }
  return (
    <Statement title={wiped.title} text={wiped.text} closeness={1}>
      <Button weight="primary" onClick={again}>
        {wiped.again}
      </Button>
    </Statement>
  )
}
