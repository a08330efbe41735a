import process from 'node:process'

const npm = process.env['npm_execpath']
const isWindows = process.platform === 'win32'

/**
 * How to call npm: as the one that started us, else as the one on the PATH (a `.cmd` on Windows, which only a shell can start).
 *
 * @param {readonly string[]} args
 * @returns {{ file: string, args: string[], shell: boolean }}
 */
export const npmCommand = (args) =>
  npm ? { file: process.execPath, args: [npm, ...args], shell: false } : { file: 'npm', args: [...args], shell: isWindows }
