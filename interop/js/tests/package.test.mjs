// The npm package of clients/js, as scripts/node-for-interop has packed and installed it: a program of nothing but js-libp2p and the package finds agents.
import assert from 'node:assert/strict'
import { lstat, readFile, readdir } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../lib/processes.mjs'
import { other, stopAll, versions } from '../lib/sides.mjs'

const NOBODY = '0x00000000000000000000000000000000000000aa'
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const program = await readFile(here('../find-agent.mjs'), 'utf8')

async function findAgent(version, ...args) {
  const { code, stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', program, '--', ...args], {
    cwd: here(`../../${version}`), name: `find-agent on ${version}`
  })
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

describe(`agents of ${other.name} and the npm package`, () => {
  let first, second, agent, bootstraps

  before(async () => {
    first = await other.bootstrap()
    second = await other.bootstrap({ peers: [first.addr] })
    bootstraps = [first.addr, second.addr]
    agent = await other.agent({ bootstraps, name: 'somebody' })
  })
  after(() => stopAll([agent, second, first]))

  for (const version of versions) {
    test(`${version}: what is installed is the tarball, compiled and alone`, async () => {
      const folder = here(`../../${version}/node_modules/@openpond/dht`)
      assert.ok((await lstat(folder)).isDirectory())
      const inside = (await readdir(folder)).filter((name) => name !== 'node_modules')
      assert.deepEqual(inside.sort(), ['LICENSE', 'README.md', 'dist', 'package.json'])
    })

    test(`${version}: a plain program finds the agent by its Ethereum address, verifies it and dials it`, async () => {
      const { found, peerId, agentName, verified, connected } = await findAgent(version, agent.address, ...bootstraps)
      assert.deepEqual({ found, peerId, agentName, verified, connected },
        { found: true, peerId: agent.peerId, agentName: 'somebody', verified: true, connected: agent.peerId })
    })

    test(`${version}: a plain program finds nobody under another address`, async () => {
      assert.deepEqual(await findAgent(version, NOBODY, ...bootstraps), { found: false })
    })
  }
})
