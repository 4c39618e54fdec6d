// A node whose DHT is a few servers in memory, which answer with the events of kad-dht.
import type { DHTEvent, DHTNode, PeerIdLike } from '../../src/index.js'
import { compareRecords } from '../../src/index.js'
import { parsePeerId } from '../../src/peer-id.js'
import { textOf } from './vectors.js'
import { base58btc } from 'multiformats/bases/base58'

export type Behaviour = 'serves' | 'refuses' | 'hangs' | 'keeps-better' | 'forgets' | 'answers-other'

const ED25519_START = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]

export function peer(number: number): PeerIdLike {
  const text = base58btc.baseEncode(new Uint8Array([...ED25519_START, ...new Uint8Array(32).fill(number)]))
  return { toString: () => text, toMultihash: () => ({ bytes: parsePeerId(text)! }) }
}

export class FakeServer {
  readonly id: PeerIdLike
  readonly values = new Map<string, Uint8Array>()
  readonly providers = new Set<string>()
  behaviour: Behaviour

  constructor(number: number, behaviour: Behaviour = 'serves') {
    this.id = peer(number)
    this.behaviour = behaviour
  }
}

const failure = (from: PeerIdLike, message: string): DHTEvent => ({ name: 'QUERY_ERROR', from, error: new Error(message) })
const never = new Promise<never>(() => {})

export class FakeNode implements DHTNode {
  readonly peerId = peer(200)
  addresses = ['/ip4/127.0.0.1/tcp/8000']
  connected: string[]
  /** Thrown by the next query, at its end. */
  error: Error | undefined
  queries = { put: 0, get: 0, provide: 0 }
  readonly services

  constructor(readonly servers: FakeServer[]) {
    this.connected = servers.map(({ id }) => id.toString())
    this.services = { dht: { put: this.#put.bind(this), get: this.#get.bind(this), provide: this.#provide.bind(this) } }
  }

  getPeers(): string[] {
    return this.connected
  }

  getMultiaddrs(): string[] {
    return this.addresses
  }

  #end(): void {
    const { error } = this
    this.error = undefined
    if (error !== undefined) throw error
  }

  async * #put(key: Uint8Array, value: Uint8Array): AsyncGenerator<DHTEvent> {
    this.queries.put++
    for (const server of this.servers) {
      const { id: from, behaviour, values } = server
      const stored = values.get(textOf(key))
      if (behaviour === 'hangs') await never
      if (behaviour === 'refuses') {
        yield failure(from, 'stream reset')
        continue
      }
      if (behaviour === 'answers-other') {
        yield { name: 'PEER_RESPONSE', from, messageName: 'PUT_VALUE', record: { value: new Uint8Array() } }
        yield failure(from, 'Value not put correctly')
        continue
      }
      const loses = behaviour === 'keeps-better' && stored !== undefined && compareRecords(value, stored) < 0
      if (!loses && behaviour !== 'forgets') values.set(textOf(key), value)
      yield { name: 'PEER_RESPONSE', from, messageName: 'PUT_VALUE', record: { value: loses ? stored : value } }
      if (loses) yield failure(from, 'Value not put correctly')
    }
    this.#end()
  }

  async * #get(key: Uint8Array): AsyncGenerator<DHTEvent> {
    this.queries.get++
    for (const { id: from, behaviour, values } of this.servers) {
      if (behaviour === 'hangs') await never
      const value = values.get(textOf(key))
      yield { name: 'PEER_RESPONSE', from, messageName: 'GET_VALUE', record: value && { value } }
    }
    this.#end()
  }

  async * #provide(cid: { toString(): string }): AsyncGenerator<DHTEvent> {
    this.queries.provide++
    for (const { id: from, behaviour, providers } of this.servers) {
      if (behaviour === 'hangs') await never
      if (behaviour === 'refuses') {
        yield failure(from, 'stream reset')
        continue
      }
      providers.add(cid.toString())
      yield { name: 'PEER_RESPONSE', from, messageName: 'ADD_PROVIDER' }
    }
    this.#end()
  }
}
