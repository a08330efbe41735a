// `npm run types`: each part of the house is a program of its own, with the platform that it may see.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { root } from './install.mjs'

const programs = ['pure', 'window', 'worker', 'server', 'test']
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** @param {string} program @returns {Promise<boolean>} */
const check = (program) =>
  new Promise((done) => {
    const child = spawn(process.execPath, [tsc, '--project', `tsconfig.${program}.json`, '--pretty', 'false'], { cwd: root })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => {
      console.log(`${program}: ${code === 0 ? 'ok' : 'refused'}`)
      if (output) console.log(output.trimEnd())
      done(code === 0)
    })
  })

// Two at a time: the machines this is built for have two cores.
const waiting = [...programs]
let sound = true
const worker = async () => {
  for (let program = waiting.shift(); program; program = waiting.shift()) sound = (await check(program)) && sound
}
await Promise.all([worker(), worker()])
process.exitCode = sound ? 0 : 1
