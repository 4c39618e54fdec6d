// scripts/node.mjs under a Node.js that says that it is old.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const OLD = 'data:text/javascript,' + encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '20.20.2' })")
const folder = mkdtempSync(join(tmpdir(), 'oj-node-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = join(folder, 'clients', 'js', 'scripts', 'run.mjs')
const finder = join(folder, 'scripts', 'node-for-interop')
cpSync(fileURLToPath(new URL('../../scripts/node.mjs', import.meta.url)), join(folder, 'clients', 'js', 'scripts', 'node.mjs'))
writeFileSync(script, "import { needNode } from './node.mjs'\nneedNode()\nconsole.log(JSON.stringify([process.execPath, process.argv.slice(2), process.env.PATH]))\nprocess.exit(7)\n")

/** What node-for-interop is; none: it is not there. */
function run(text: string | undefined, ...options: string[]) {
  rmSync(finder, { force: true })
  if (text !== undefined) {
    mkdirSync(join(folder, 'scripts'), { recursive: true })
    writeFileSync(finder, `#!/bin/sh\n${text}\n`)
    chmodSync(finder, 0o755)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, script, '--project', 'unit'], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a new one goes on by itself', () => {
  expect(run('exit 1')).toMatchObject({ status: 7, stderr: '' })
})

test('an old one goes on under the one that node-for-interop finds, first in PATH, with the same arguments', () => {
  const newer = join(folder, 'bin', 'node')
  mkdirSync(join(folder, 'bin'), { recursive: true })
  writeFileSync(newer, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`)
  chmodSync(newer, 0o755)
  const { status, stdout, stderr } = run(`[ "$*" = --path ] && echo ${newer}`, '--import', OLD)
  const [, args, path] = JSON.parse(stdout)
  expect([status, args, path.split(':')[0]]).toEqual([7, ['--project', 'unit'], join(folder, 'bin')])
  expect(stderr).toMatch(/^Node\.js 20\.20\.2 is older than 22\.12: going on with [0-9.]+ \(.*\)\n$/)
})

test.each([
  ['there is no node-for-interop', undefined, 'Put a newer one first in PATH.'],
  ['it finds none', 'exit 1', 'found no other one'],
  ['it finds an old one', `echo ${join(folder, 'old')}`, 'is 22.11.0: put a newer one first in PATH']
])('an old one says what is missing when %s', (_what, text, message) => {
  writeFileSync(join(folder, 'old'), '#!/bin/sh\necho 22.11.0\n', { mode: 0o755 })
  const { status, stdout, stderr } = run(text, '--import', OLD)
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toContain('This needs Node.js 22.12 or newer')
  expect(stderr).toContain('is 20.20.2.')
  expect(stderr).toContain(message)
})
