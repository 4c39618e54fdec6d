// `pond` as the other side of the tests: nodes as processes, and the verbs of its command line (their JSON and exit codes).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Process, run, within } from './processes.mjs'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PROGRAM = resolve(ROOT, process.env.POND ?? 'build/release/src/cli/pond')
const LISTEN = '/ip4/127.0.0.1/tcp/0'
const START_MS = 60_000
const KNOWS_MS = 20_000

let folder
function scratch(name) {
  if (folder === undefined) {
    // Short, because the path of a control socket may have 107 bytes at most.
    folder = mkdtempSync(join(tmpdir(), 'pj-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  }
  return join(folder, name)
}

const sanitizers = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.endsWith('SAN_OPTIONS')))
const environment = () => ({ ...sanitizers, HOME: scratch('home'), XDG_RUNTIME_DIR: scratch('run') })
const repeat = (flag, values = []) => values.flatMap((value) => [flag, value])

async function verb(...args) {
  const { code, stdout, stderr } = await run(PROGRAM, [...args, '--json'], { env: environment() })
  let json
  try {
    json = JSON.parse(stdout)
  } catch {
    throw new Error(`pond ${args.join(' ')}: exit ${code}, not one JSON document:\n${stdout}\n${stderr}`)
  }
  return { code, json, stderr }
}

let keys = 0
async function newKey(...kind) {
  const out = scratch(`key${keys++}`)
  const { code, stdout, stderr } = await run(PROGRAM, ['key', ...kind, '--out', out], { env: environment() })
  if (code !== 0) throw new Error(`pond key ${kind.join(' ')}: exit ${code}\n${stderr}`)
  return { out, stdout }
}

class PondNode {
  constructor(process, control, addr, address) {
    this.process = process
    this.control = control
    this.addr = addr
    this.peerId = addr.slice(addr.lastIndexOf('/') + 1)
    this.address = address
  }

  /** Resolves when this node's own lookups meet the peers. */
  async waitKnows(...peers) {
    const missing = new Set(peers)
    let last
    const ask = async () => {
      while (missing.size > 0) {
        for (const peer of missing) {
          last = await verb('closest', peer, '--node', this.control)
          if (last.json.peers?.some(({ id }) => id === peer)) missing.delete(peer)
        }
      }
    }
    await within(KNOWS_MS, ask(), () => {
      const text = `not met: ${[...missing].join(' ')}; last answer ${JSON.stringify(last)}; ${this.process.story()}`
      missing.clear()
      return text
    })
  }

  provide(key) {
    return verb('provide', key, '--node', this.control)
  }

  stop() {
    return this.process.stopCleanly()
  }
}

let nodes = 0
async function start(role, args, address) {
  const control = scratch(`c${nodes++}`)
  const process = new Process(PROGRAM, [role, '--listen', LISTEN, '--control', control, ...args], { env: environment(), name: `pond ${role}` })
  return process.started(async () => {
    const addr = await process.line((line) => line.match(/^listening (\/\S+\/p2p\/\S+)$/)?.[1], START_MS)
    await process.line((line) => line === 'ready', START_MS)
    return new PondNode(process, control, addr, address)
  })
}

const client = (bootstraps) => repeat('--bootstrap', bootstraps)

export const pond = {
  name: 'pond',
  program: PROGRAM,

  async bootstrap({ peers, acceptUnsigned, keyType = 'ed25519' } = {}) {
    const { out } = await newKey('new', '--type', keyType)
    return start('bootstrap', ['--key', out, ...repeat('--peer', peers), ...(acceptUnsigned ? ['--accept-unsigned'] : [])])
  },

  /** Resolves when the agent says that it is ready. */
  async agent({ bootstraps, name }) {
    const { out, stdout } = await newKey('eth')
    return start('agent', ['--eth-key', out, '--name', name, ...client(bootstraps)], stdout.match(/0x[0-9a-fA-F]{40}/)?.[0])
  },

  lookup: (bootstraps, address, { acceptUnsigned } = {}) =>
    verb('lookup', address, ...client(bootstraps), ...(acceptUnsigned ? ['--accept-unsigned'] : [])),
  put: (bootstraps, key, value) => verb('put', key, value, ...client(bootstraps)),
  get: (bootstraps, key) => verb('get', key, ...client(bootstraps)),
  providers: (bootstraps, key) => verb('providers', key, ...client(bootstraps)),
  findPeer: (bootstraps, peer) => verb('find-peer', peer, ...client(bootstraps)),
  closest: (bootstraps, key) => verb('closest', key, ...client(bootstraps)),
  ping: (bootstraps, addr) => verb('ping', addr, ...client(bootstraps))
}
