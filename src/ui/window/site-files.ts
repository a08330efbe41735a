// The files in which the browser keeps what this site has stored, and in which deleted rows stay for a while.

const WITHIN_MS = 5_000

/** @returns whether the browser was told to delete them; not by every answer that passes for one */
export const clearFiles = (): Promise<boolean> =>
  fetch('/clear-site-data', { method: 'POST', signal: AbortSignal.timeout(WITHIN_MS) }).then(
    ({ headers, ok }) => ok && headers.get('clear-site-data')?.includes('"storage"') === true,
    () => false,
  )
