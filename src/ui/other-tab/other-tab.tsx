// Another tab holds the profile and this one cannot go through it: it waits for the person's choice.

import { Button } from '../components/button.tsx'
import { Statement } from '../components/statement.tsx'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'

export const OtherTab = () => {
  const { otherTab } = useSentences()
  const { takeOver } = useParley()
  return (
    <Statement title={otherTab.title} text={otherTab.text} closeness={3}>
      <Button weight="primary" onClick={takeOver}>
        {otherTab.useHere}
      </Button>
    </Statement>
  )
}
