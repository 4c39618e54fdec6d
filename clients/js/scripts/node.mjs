// The Node.js that this package needs. Where the first one in PATH is older, a script goes on under the one that scripts/node-for-interop of the repository
// finds or fetches.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What libp2p 3 and vitest need. */
const LEAST = [22, 12]
const FINDER = fileURLToPath(new URL('../../../scripts/node-for-interop', import.meta.url))

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])
}

function fail(what) {
  console.error(`This needs Node.js ${LEAST.join('.')} or newer, and ${process.execPath} is ${process.versions.node}. ${what}`)
  process.exit(1)
}

/** Returns under a Node.js that is new enough, and does not return under an older one. */
export function needNode() {
  if (isNewEnough(process.versions.node)) return
  if (!existsSync(FINDER)) fail('Put a newer one first in PATH.')
  const found = spawnSync(FINDER, ['--path'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const node = found.stdout?.trim()
  if (found.status !== 0 || !node) fail(`${FINDER} found no other one: put one first in PATH.`)
  // npm's scripts, and what they start, take the first one in PATH.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  if (!isNewEnough(version)) fail(`${node}, which ${FINDER} found, is ${version || 'none'}: put a newer one first in PATH.`)
  console.error(`Node.js ${process.versions.node} is older than ${LEAST.join('.')}: going on with ${version} (${node})`)
  const { status, signal } = spawnSync(node, process.argv.slice(1), { env, stdio: 'inherit' })
  process.exit(status ?? (signal === null ? 1 : 128))
}
