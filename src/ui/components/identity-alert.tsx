// A contact's identity has changed: what that means, and the two answers. Until one is given, nothing is sent.

import type { ContactView } from '../../messenger/api.ts'
import { useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import { Button } from './button.tsx'
import { Notice } from './notice.tsx'

export const IdentityAlert = ({ contact }: { readonly contact: ContactView }) => {
  const { common, identity } = useSentences()
  const { send } = useParley()
  const { contactId } = contact
  const name = contact.name || common.unnamed
  const decide = (accept: boolean) => (): void => send({ type: 'decide-identity', contactId, accept })
  return (
    <Notice
      tone="alarm"
      title={identity.changed(name)}
      answers={
        <>
          <Button onClick={decide(false)}>{identity.keep}</Button>
          <Button weight="danger" onClick={decide(true)}>
            {identity.accept}
          </Button>
        </>
      }
    >
      {identity.meaning(name)}
    </Notice>
  )
}
