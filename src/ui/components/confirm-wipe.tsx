// The last question before this device is wiped, wherever that was asked for.

import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { Confirm } from './dialog.tsx'

export const ConfirmWipe = ({ onCancel }: { readonly onCancel: () => void }) => {
  const { settings } = useSentences()
  const { send } = useParley()
  return (
    <Confirm title={settings.wipeTitle} confirm={settings.wipeConfirm} onConfirm={() => send({ type: 'wipe-device' })} onCancel={onCancel}>
      {settings.wipeWarning}
    </Confirm>
  )
}
