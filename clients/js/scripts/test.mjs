// npm test: builds and packs the package, installs the tarball beside each generation of js-libp2p (tests/nodes/), checks that the README's program
// compiles there, and runs vitest. Arguments are vitest's.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needNode } from './node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const GENERATIONS = ['libp2p2', 'libp2p3']

needNode()

function run(what, file, args, cwd = root, output = 'inherit') {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', output, output] })
  if (status === 0) return stdout
  console.error(`${what} failed${error ? `: ${error.message}` : ''}\n${stdout ?? ''}${stderr ?? ''}`)
  process.exit(status || 1)
}

const npmFile = process.env.npm_execpath
const npm = (what, cwd, ...args) =>
  npmFile === undefined ? run(what, 'npm', args, cwd, 'pipe') : run(what, process.execPath, [npmFile, ...args], cwd, 'pipe')
const bin = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file)
const tsc = bin('typescript', 'bin/tsc')

/** Installs what the folder's lock file says, once. */
function installLocked(folder) {
  const stamp = join(folder, 'node_modules', '.stamp')
  const want = createHash('sha256').update(readFileSync(join(folder, 'package.json'))).update(readFileSync(join(folder, 'package-lock.json'))).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return
  npm(`npm ci in ${folder}`, folder, 'ci', '--loglevel=error')
  writeFileSync(stamp, want)
}

/** The README's program: its one block of TypeScript that starts with its file name. */
function readmeProgram() {
  const block = /```ts\n(\/\/ agent\.ts\n[\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))
  if (block === null) throw new Error('README.md has no agent.ts')
  return block[1]
}

const isUnitOnly = process.argv.join(' ').includes('--project unit')
const scratch = mkdtempSync(join(tmpdir(), 'openpond-dht-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
if (!isUnitOnly) npm('npm pack', root, 'pack', '--pack-destination', scratch, '--loglevel=error')
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const tarball = join(scratch, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)

for (const generation of isUnitOnly ? [] : GENERATIONS) {
  const folder = join(root, 'tests', 'nodes', generation)
  installLocked(folder)
  // The tarball is not in the lock file: its hash changes with every line of the sources.
  npm(`installing the tarball in ${folder}`, folder, 'install', '--no-save', '--prefer-offline', '--loglevel=error', tarball)
  writeFileSync(join(folder, 'agent.ts'), readmeProgram())
  run(`compiling the README's program for ${generation}`, process.execPath, [tsc, '-p', folder])
}

run('vitest', process.execPath, [bin('vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)])
