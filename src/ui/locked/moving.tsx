// Everything is being encrypted anew, because a lock was set or removed.

import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'

export const Moving = ({ lockIsSet, done, total }: { readonly lockIsSet: boolean; readonly done: number; readonly total: number }) => {
  const { lock } = useSentences()
  return (
    <Statement title={lockIsSet ? lock.settingTitle : lock.removingTitle} text={lock.moving} closeness={2}>
      <progress aria-label={lockIsSet ? lock.settingTitle : lock.removingTitle} max={Math.max(1, total)} value={done} />
    </Statement>
  )
}
