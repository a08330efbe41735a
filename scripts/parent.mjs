import process from 'node:process'

/**
 * Ends this process when the one that started it is gone. `npm start` hands a SIGTERM to the shell between npm and us, and not every
 * shell hands it on: without this the relay would outlive its command.
 */
export const endWithParent = () => {
  if (!process.env['npm_lifecycle_event']) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 200)
  watch.unref()
}
