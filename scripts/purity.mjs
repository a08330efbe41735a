// Lint of the pure half: time, chance and waiting are inputs there, so no file may reach for them by itself.
// (oxlint has no rule for syntax; this asks TypeScript's parser.) Usage: node scripts/purity.mjs [root]

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import ts from 'typescript'
import { filesUnder } from './files.mjs'

const root = resolve(process.argv[2] ?? '.')
const floors = ['src/crypto', 'src/wire', 'src/protocol', 'src/messenger']

/** @type {Record<string, string>} */
const reserved = {
  Date: 'no-clock',
  performance: 'no-clock',
  setTimeout: 'no-timers',
  setInterval: 'no-timers',
  setImmediate: 'no-timers',
  queueMicrotask: 'no-timers',
  requestAnimationFrame: 'no-timers',
  crypto: 'no-ambient-randomness',
  globalThis: 'no-globals',
  Promise: 'no-async',
  PromiseLike: 'no-async',
}

/** A name that stands for itself, not for a member of something else. @param {ts.Identifier} node */
const isFree = (node) => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isMethodSignature(parent) || ts.isPropertySignature(parent)) return parent.name !== node
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) return parent.name !== node
  return true
}

/** `Math.max`, but neither `Math.random` nor `Math` as a whole. @param {ts.Node} node */
const isHarmlessMath = (node) => ts.isPropertyAccessExpression(node) && node.name.text !== 'random'

/** @param {ts.Node} node @returns {string | undefined} the rule this node breaks */
const broken = (node) => {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) return 'no-async'
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'no-async'
  if (ts.isIdentifier(node) && node.text === 'Math' && isFree(node) && !isHarmlessMath(node.parent)) return 'no-ambient-randomness'
  if (ts.isIdentifier(node) && Object.hasOwn(reserved, node.text) && isFree(node)) return reserved[node.text]
  return undefined
}

let refusals = 0
for (const file of floors.flatMap((floor) => filesUnder(root, floor)).filter((path) => /(?<!\.test)\.tsx?$/.test(path))) {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  /** @param {ts.Node} node */
  const visit = (node) => {
    const rule = broken(node)
    if (rule) {
      refusals += 1
      const { line, character } = source.getLineAndCharacterOfPosition(node.getStart())
      console.error(`${file}:${line + 1}:${character + 1} ${rule}: ${node.getText().split('\n')[0]}`)
    } else ts.forEachChild(node, visit)
  }
  visit(source)
}
process.exitCode = refusals === 0 ? 0 : 1
