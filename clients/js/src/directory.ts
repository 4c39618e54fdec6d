import { checkNode } from './arguments.js'
import type { LowercaseAddress } from './keys.js'
import type { DHTNode, DHTService } from './node.js'
import type { AgentRecord } from './records.js'

/** How many agents a node remembers. */
const MAX_AGENTS = 10_000
const UNSIGNED_LIFETIME_MS = 60 * 60_000

interface Entry {
  readonly record: AgentRecord
  /** Milliseconds since the epoch. */
  readonly until: number
}

const isNewer = (a: AgentRecord, b: AgentRecord): boolean =>
  a.verified !== b.verified ? a.verified : a.timestamp !== b.timestamp ? a.timestamp > b.timestamp : (a.expires ?? 0) > (b.expires ?? 0)

/** The agents that a node has met: the best valid record of each address. */
export class Directory {
  readonly #agents = new Map<LowercaseAddress, Entry>()

  /** Takes a valid record. */
  add(record: AgentRecord): void {
    const known = this.#agents.get(record.address)
    if (known !== undefined) {
      if (!isNewer(record, known.record)) return
      // What was met last is forgotten last.
      this.#agents.delete(record.address)
    } else if (this.#agents.size >= MAX_AGENTS) {
      this.#makeRoom()
    }
    const until = record.expires ?? Date.now() + UNSIGNED_LIFETIME_MS
    this.#agents.set(record.address, { record, until })
  }

  get(address: LowercaseAddress): AgentRecord | undefined {
    return this.#agents.get(address)?.record
  }

  /** The records that have not expired. */
  records(): AgentRecord[] {
    this.#dropExpired()
    return [...this.#agents.values()].map(({ record }) => record)
  }

  #dropExpired(): void {
    const now = Date.now()
    for (const [address, { until }] of this.#agents) {
      if (until <= now) this.#agents.delete(address)
    }
  }

  #makeRoom(): void {
    this.#dropExpired()
    if (this.#agents.size >= MAX_AGENTS) this.#agents.delete(this.#agents.keys().next().value!)
  }
}

/** What a node's DHT knows beside kad-dht: its agents, and its network where openpondKadDHT made it. */
export interface Knowledge {
  readonly directory: Directory
  readonly network?: string
  readonly acceptUnsigned?: boolean
  /** Whether private addresses are left out. */
  readonly filters?: boolean
}

const known = new WeakMap<DHTService, Knowledge>()

export function remember(dht: DHTService, knowledge: Knowledge): void {
  known.set(dht, knowledge)
}

export function knowledgeOf(node: DHTNode): Knowledge {
  const { dht } = node.services
  let knowledge = known.get(dht)
  if (knowledge === undefined) {
    knowledge = { directory: new Directory() }
    known.set(dht, knowledge)
  }
  return knowledge
}

/** An agent as {@link getDHTRecords} lists it. */
export type KnownAgent = AgentRecord

/**
 * The agents that this node knows, by lowercase address: those it looked up, those whose records its own store took (a bootstrap node's list), and
 * itself when it has published. None has expired; unsigned ones, where such are accepted, have `verified: false`. Nothing is asked of the network.
 */
export function getDHTRecords(node: DHTNode): Record<LowercaseAddress, KnownAgent> {
  checkNode(node)
  return Object.fromEntries(knowledgeOf(node).directory.records().map((record) => [record.address, record]))
}
