// After everything was deleted from this device. Deleted rows stay in a browser's files for a while, so it is asked to delete
// the files; nothing can begin afresh before it has, or what is new would go with them. Of several tabs only the one that was
// asked does so: another might sleep first, and then delete what has begun since.

import { useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { clearFiles } from '../window/site-files.ts'

export const Wiped = () => {
  const { wiped } = useSentences()
  const { wipedHere } = useParley()
  const [files, setFiles] = useState<'asked' | 'gone' | 'left'>(wipedHere() ? 'asked' : 'gone')
  useEffect(() => {
    if (!wipedHere()) return
    void clearFiles().then((areGone) => setFiles(areGone ? 'gone' : 'left'))
  }, [wipedHere])
  // Whoever closes the page before leaves the files.
  const text = { asked: wiped.clearing, gone: wiped.text, left: wiped.filesLeft }[files]
  const again = (): void => {
    history.replaceState(undefined, '', '/')
    location.reload()
  }
  return (
    <Statement title={wiped.title} text={text} closeness={1}>
      <Button weight="primary" disabled={files === 'asked'} onClick={again}>
        {wiped.again}
      </Button>
    </Statement>
  )
}
