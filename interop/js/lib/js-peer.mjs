// A js-libp2p peer in a process of its own, seen from a test.
import { fileURLToPath } from 'node:url'
import { Process } from './processes.mjs'

const PROGRAM = fileURLToPath(new URL('../peer.mjs', import.meta.url))
const START_MS = 60_000
const REPLY_MARGIN_MS = 5_000

export class JsPeer {
  #next = 1

  constructor(process, ready) {
    this.process = process
    this.peerId = ready.peerId
    this.addr = ready.addrs[0]
    this.address = ready.address
  }

  /** `options` become the flags of peer.mjs: arrays repeat a flag, true is a bare one, undefined leaves it out. */
  static async start(version, options = {}) {
    const flags = Object.entries({ version, ...options }).flatMap(([name, value]) => {
      if (value === undefined || value === false) return []
      if (value === true) return [`--${name}`]
      return [value].flat().flatMap((one) => [`--${name}`, one])
    })
    const child = new Process(process.execPath, [PROGRAM, ...flags], { name: `${version} ${options.role ?? 'agent'}` })
    const ready = (line) => JSON.parse(line).event === 'ready' && JSON.parse(line)
    return child.started(async () => new JsPeer(child, await child.line(ready, START_MS)))
  }

  async call(op, request = {}, timeoutMs = 20_000) {
    const id = this.#next++
    this.process.write(JSON.stringify({ id, op, timeoutMs, ...request }) + '\n')
    const reply = await this.process.line((line) => {
      const message = JSON.parse(line)
      return message.id === id && message
    }, timeoutMs + REPLY_MARGIN_MS)
    if (!reply.ok) throw new Error(`${this.process.name}: ${op}: ${reply.error}`)
    return reply.result
  }

  /** Resolves when this peer's routing table, or for a js agent too, holds the peers. */
  waitKnows(...peers) {
    return this.call('waitTable', { peers })
  }

  stop() {
    return this.process.stopCleanly()
  }
}
