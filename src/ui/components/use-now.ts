// The present, for countdowns and for days that pass while a screen is open.

import { useEffect, useState } from 'react'

/** Milliseconds since the epoch, anew every `everyMs`. */
export const useNow = (everyMs: number): number => {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return nowMs
}
