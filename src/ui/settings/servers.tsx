// The list of one's own STUN and TURN servers: add one, remove one.

import { type FormEvent, useState } from 'react'
import type { Settings } from '../../messenger/api.ts'
import { Button } from '../components/button.tsx'
import { Field } from '../components/field.tsx'
import { type Sentences, useSentences } from '../language.ts'
import { useParley } from '../parley.ts'
import styles from './connection-part.module.css'
import { parseServer, type WrongServer } from './parse-server.ts'

const MAX_SERVERS = 8

const sentences: Readonly<Record<WrongServer, keyof Sentences['connection'] & ('badAddress' | 'needsLogin')>> = {
  'bad-address': 'badAddress',
  'needs-login': 'needsLogin',
}

export const Servers = ({ iceServers }: { readonly iceServers: Settings['iceServers'] }) => {
  const words = useSentences().connection
  const { send } = useParley()
  const [address, setAddress] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [wrong, setWrong] = useState<string>()
  const change = (changed: Settings['iceServers']): void => send({ type: 'change-settings', settings: { iceServers: changed } })
  const add = (event: FormEvent): void => {
    event.preventDefault()
    if (iceServers.length >= MAX_SERVERS) return setWrong(words.tooManyServers)
    const read = parseServer(address, user, password)
    if (!read.ok) return setWrong(words[sentences[read.reason]])
    change([...iceServers, read.server])
    setWrong(undefined)
    setAddress('')
    setUser('')
    setPassword('')
  }
  return (
    <form className={styles['group']} onSubmit={add} autoComplete="off">
      <h3>{words.servers}</h3>
      <p className={styles['hint']}>{words.serversHint}</p>
      {iceServers.length === 0 ? (
        <p>{words.noServers}</p>
      ) : (
        <ul className={styles['group']}>
          {iceServers.map(({ urls }, index) => (
            <li key={`${index}:${urls.join()}`} className={styles['copy']}>
              <bdi dir="ltr">{urls.join(', ')}</bdi>
              <Button
                weight="quiet"
                aria-label={words.removeServer(urls.join(', '))}
                onClick={() => change(iceServers.filter((_, other) => other !== index))}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Field
        label={words.address}
        hint={words.addressHint}
        wrong={wrong}
        value={address}
        onChange={setAddress}
        dir="ltr"
        inputMode="url"
        spellCheck={false}
      />
      <Field label={words.user} value={user} onChange={setUser} dir="ltr" autoComplete="off" spellCheck={false} />
      <Field label={words.password} value={password} onChange={setPassword} dir="ltr" type="password" autoComplete="off" />
      <div>
        <Button type="submit">{words.addServer}</Button>
      </div>
    </form>
  )
}
