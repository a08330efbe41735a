// Reads a STUN or TURN server as a person writes it (RFC 7064, RFC 7065).

import type { Settings } from '../../messenger/api.ts'

type IceServer = Settings['iceServers'][number]

export type WrongServer = 'bad-address' | 'needs-login'

const ADDRESS = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?(\?transport=(udp|tcp))?$/i
const MAX_LENGTH = 512

export type ReadServer = { readonly ok: true; readonly server: IceServer } | { readonly ok: false; readonly reason: WrongServer }

/** A TURN server needs a name and a password, a STUN server has neither. */
export const parseServer = (address: string, user: string, password: string): ReadServer => {
  const url = address.trim()
  if (url.length > MAX_LENGTH || !ADDRESS.test(url)) return { ok: false, reason: 'bad-address' }
  if (/^stun/i.test(url)) return { ok: true, server: { urls: [url], username: undefined, credential: undefined } }
  if (user.trim() === '' || password === '' || user.length > MAX_LENGTH || password.length > MAX_LENGTH)
    return { ok: false, reason: 'needs-login' }
  return { ok: true, server: { urls: [url], username: user.trim(), credential: password } }
}
