// The last question before this device is wiped, wherever that was asked for.

import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { Confirm } from './dialog.tsx'

interface ConfirmWipeProps {
  /** In place of the one for who has nothing but this device, or of whom nothing is known here. */
  readonly warning?: string | undefined
  readonly onCancel: () => void
}

export const ConfirmWipe = ({ onCancel, warning }: ConfirmWipeProps) => {
  const { settings } = useSentences()
  const { send } = useParley()
  return (
    <Confirm title={settings.wipeTitle} confirm={settings.wipeConfirm} onConfirm={() => send({ type: 'wipe-device' })} onCancel={onCancel}>
      {warning ?? settings.wipeWarning}
    </Confirm>
  )
}
