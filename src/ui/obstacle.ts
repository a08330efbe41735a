// What keeps Parley from starting in this window, if anything.

export type Obstacle = 'insecure-address' | 'storage' | 'locks' | 'workers' | 'cryptography'

/** The first thing that is missing. A page from an insecure address lacks most of the others, so it comes first. */
export const findObstacle = (window: Window & typeof globalThis): Obstacle | undefined => {
  if (!window.isSecureContext) return 'insecure-address'
  if (!('indexedDB' in window && 'databases' in window.indexedDB)) return 'storage'
  if (!('locks' in window.navigator)) return 'locks'
  if (!('Worker' in window)) return 'workers'
  if (!('subtle' in window.crypto)) return 'cryptography'
  return undefined
}
