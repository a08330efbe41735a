// What is stored here cannot be opened. Nothing was changed, nothing else runs; and where it will never open again, it can
// be wiped.

import { useState } from 'react'
import type { Obstruction } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Confirm } from '../components/dialog.tsx'
import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'

export const Shut = ({ why }: { readonly why: Obstruction }) => {
  const { settings, shut, troubles } = useSentences()
  const { send } = useParley()
  const [isWiping, setWiping] = useState(false)
  if (why !== 'record-damaged') return <Statement title={shut.title} text={troubles[why]} closeness={1} failed />
  return (
    <Statement title={shut.title} text={shut.damaged} closeness={1} failed>
      <Button weight="danger" onClick={() => setWiping(true)}>
        {settings.wipe}
      </Button>
      {isWiping && (
        <Confirm
          title={settings.wipeTitle}
          confirm={settings.wipeConfirm}
          onConfirm={() => send({ type: 'wipe-device' })}
          onCancel={() => setWiping(false)}
        >
          {settings.wipeWarning}
        </Confirm>
      )}
    </Statement>
  )
}
