// What is stored here cannot be opened. Nothing was changed, nothing else runs; and where it will never open again, it can
// be wiped.

import { useState } from 'react'
import type { Obstruction } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { ConfirmWipe } from '../components/confirm-wipe.tsx'
import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'

export const Shut = ({ why }: { readonly why: Obstruction }) => {
  const { settings, shut, troubles } = useSentences()
  const [isWiping, setWiping] = useState(false)
  if (why !== 'record-damaged') return <Statement title={shut.title} text={troubles[why]} closeness={1} failed />
  return (
    <Statement title={shut.title} text={shut.damaged} closeness={1} failed>
      <Button weight="danger" onClick={() => setWiping(true)}>
        {settings.wipe}
      </Button>
      {isWiping && <ConfirmWipe onCancel={() => setWiping(false)} />}
    </Statement>
  )
}
