// One side's pairing as its screen follows it: what an earlier one left behind is not shown, readiness leads on to the
// conversation, and leaving the screen calls the pairing off.

import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { ContactId, LinkWish, PairingView } from '../../messenger/api.ts'
import { useParley } from '../parley.ts'
import { pathTo } from '../route.ts'

type Side = PairingView['side']
/** The phases that a pairing of this side can be in; those that both sides know belong to either. */
export type PairingOf<S extends Side> =
  | Extract<PairingView, { side: S }>
  | Extract<PairingView, { side: 'host' | 'guest'; phase: 'ready' | 'linked' | 'failed' }>

const isOver = (pairing: PairingView | undefined): boolean =>
  pairing?.phase === 'ready' || pairing?.phase === 'linked' || pairing?.phase === 'failed'

/**
 * @param again the contact to be paired with once more: led to in any case, as it is there that the person is asked if
 * somebody else has answered
 * @param link which device this is, where one's own are linked
 * @returns what belongs to `side` and began, or still runs, while the screen stands
 */
export const usePairing = <S extends Side>(
  pairing: PairingView | undefined,
  side: S,
  again: ContactId | undefined,
  link?: LinkWish['role'],
): PairingOf<S> | undefined => {
  const [, navigate] = useLocation()
  const { send } = useParley()
  const [leftBehind] = useState(() => (isOver(pairing) ? pairing : undefined))
  const ours = pairing?.side === side && pairing.link === link && pairing !== leftBehind ? pairing : undefined

  const phase = useRef(ours?.phase)
  useEffect(() => {
    phase.current = ours?.phase
    if (ours?.phase === 'ready') navigate(pathTo({ screen: 'conversation', contactId: again ?? ours.contactId }), { replace: true })
  }, [ours, navigate, again])

  useEffect(
    () => () => {
      const isRunning =
        phase.current !== undefined && phase.current !== 'ready' && phase.current !== 'linked' && phase.current !== 'unconfirmed'
      if (isRunning) send({ type: 'cancel-pairing' })
    },
    [send],
  )
  // The union was narrowed by `side` above, which the compiler does not carry through a type parameter.
  return ours as PairingOf<S> | undefined
}
