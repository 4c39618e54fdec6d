// The board: a redis-server on which the processes of one test leave notes, all below the test's key.
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

const CONNECT_MS = 10_000
const ASK_EVERY_MS = 500
const WAIT_MS = 60_000

/** The address, as the start of a multiaddr, from which this machine reaches redis: where the others of the test can reach it. */
async function ownAddress({ host, port }) {
  const { address, family } = await lookup(host)
  const socket = createSocket(`udp${family}`)
  socket.connect(port, address)
  await once(socket, 'connect')
  const own = socket.address().address
  socket.close()
  return `/ip${family}/${own}`
}

export class Board {
  #client
  #key

  constructor(client, key, own) {
    this.#client = client
    this.#key = key
    this.own = own
  }

  static async open(kit, { redis, key }) {
    const own = await ownAddress(redis)
    const client = kit.createRedis({ RESP: 2, socket: { ...redis, connectTimeout: CONNECT_MS, reconnectStrategy: false } })
    client.on('error', (error) => console.error(`redis: ${error.message}`))
    await client.connect()
    return new Board(client, key, own)
  }

  async set(note, value) {
    await this.#client.set(`${this.#key}_${note}`, value)
  }

  /** Resolves with the note as soon as it is there. */
  async wait(note) {
    for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await delay(ASK_EVERY_MS)) {
      const value = await this.#client.get(`${this.#key}_${note}`)
      if (value !== null) return value
    }
    throw new Error(`no ${note} on the board after ${WAIT_MS / 1000} s`)
  }

  async push(list, value) {
    await this.#client.rPush(`${this.#key}_${list}`, value)
  }

  /** Takes the first value of a list, or waits for one. */
  async pop(list, timeoutMs) {
    const popped = await this.#client.blPop(`${this.#key}_${list}`, timeoutMs / 1000)
    if (popped === null) throw new Error(`no ${list} on the board after ${timeoutMs / 1000} s`)
    return popped.element
  }

  close() {
    this.#client.destroy()
  }
}
