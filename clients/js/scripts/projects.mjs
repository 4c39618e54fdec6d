// The programs that have the packed package: tests/nodes/ with the libraries that its lock files say, and tests/readme/projects/ with what the README says to
// install, where its snippets are compiled. What takes long is done once, until what it depends on changes.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { applyDiff, findBlock, readBlocks } from './readme.mjs'

const root = join(import.meta.dirname, '..')
const nodes = join(root, 'tests', 'nodes')
const readme = join(root, 'tests', 'readme')
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const tarballName = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

function run(what, file, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (status === 0) return
  console.error(`${what} failed${error ? `: ${error.message}` : ''}\n${stdout ?? ''}${stderr ?? ''}`)
  process.exit(status || 1)
}

const npmFile = process.env.npm_execpath
const npm = (what, cwd, ...args) => (npmFile === undefined ? run(what, 'npm', args, cwd) : run(what, process.execPath, [npmFile, ...args], cwd))
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

/** Does the work unless the folder says that it was done with the same inputs. */
function once(folder, inputs, work) {
  const stamp = join(folder, 'node_modules', '.stamp')
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(input)
  const want = hash.digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return
  work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, want)
}

/** The tarball is in no lock file: its hash changes with every line of the sources. */
const installTarball = (folder, tarball) => npm(`installing the tarball in ${folder}`, folder, 'install', '--no-save', '--prefer-offline', '--loglevel=error', tarball)

/** Runs the README's lines as they are. */
const runLines = (lines, cwd) => run(`"${lines.trim()}"`, 'sh', ['-e', '-c', lines], cwd)

/** Builds the package as the README says, in a copy, because that installs anew. */
function buildAsWritten(lines, scratch) {
  once(join(root, 'node_modules', '.readme-build'), [lines, readFileSync(join(root, 'package.json')), readFileSync(join(root, 'package-lock.json'))], () => {
    const copy = join(scratch, 'clients', 'js')
    cpSync(root, copy, { recursive: true, filter: (path) => !['node_modules', 'dist', 'tests'].includes(basename(path)) && !path.endsWith('.tgz') })
    runLines(lines, scratch)
    if (!existsSync(join(copy, tarballName))) throw new Error(`the README's lines have made no ${tarballName}`)
  })
}

/** Installs as the README says beside what the files make of a new folder, and compiles the programs there. */
function readmeProject(folder, lines, files, programs, tarball) {
  once(folder, [lines, JSON.stringify(files)], () => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    writeFileSync(join(folder, '.npmrc'), 'audit=false\nfund=false\n')
    copyFileSync(tarball, join(folder, tarballName))
    runLines(lines, folder)
  })
  installTarball(folder, tarball)
  for (const [file, text] of Object.entries(programs)) writeFileSync(join(folder, file), text)
  writeJson(join(folder, 'tsconfig.json'), { extends: '../../tsconfig.json', compilerOptions: { outDir: 'built', rootDir: '.' }, files: Object.keys(programs) })
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  run(`compiling the README's programs in ${folder}`, process.execPath, [tsc, '-p', folder], folder)
}

export function prepareProjects() {
  const scratch = mkdtempSync(join(tmpdir(), 'openpond-dht-'))
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
  const blocks = readBlocks(join(root, 'README.md'))
  const diffs = blocks.filter(({ language }) => language === 'diff')

  buildAsWritten(findBlock(blocks, 'sh', 'npm pack'), scratch)
  npm('npm pack', root, 'pack', '--pack-destination', scratch, '--loglevel=error')
  const tarball = join(scratch, tarballName)

  for (const generation of ['libp2p2', 'libp2p3']) {
    const folder = join(nodes, generation)
    once(folder, ['package.json', 'package-lock.json'].map((file) => readFileSync(join(folder, file))), () => npm(`npm ci in ${folder}`, folder, 'ci', '--loglevel=error'))
    installTarball(folder, tarball)
  }

  const programs = {
    'agent.ts': findBlock(blocks, 'ts', '// agent.ts'),
    'openpond-node.ts': diffs.reduce((text, diff) => applyDiff(text, diff.text), readFileSync(join(readme, 'openpond-node.ts'), 'utf8'))
  }
  const openpond = Object.fromEntries(['package.json', 'package-lock.json'].map((file) => [file, readFileSync(join(readme, 'openpond', file), 'utf8')]))
  const fresh = { 'package.json': JSON.stringify({ name: 'a-new-project', private: true, type: 'module' }) }
  readmeProject(join(readme, 'projects', 'libp2p2'), findBlock(blocks, 'sh', 'tgz @libp2p/ping'), openpond, programs, tarball)
  readmeProject(join(readme, 'projects', 'libp2p3'), findBlock(blocks, 'sh', 'libp2p@3'), fresh, programs, tarball)
}
