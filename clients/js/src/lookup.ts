import { sha256 } from 'viem/utils'
import { checkNode, checkObject } from './arguments.js'
import { compareBytes, equalBytes } from './bytes.js'
import { GET_TIMEOUT_MS, type OperationOptions, PUT_TIMEOUT_MS, withDeadline } from './deadline.js'
import { knowledgeOf } from './directory.js'
import { InvalidArgumentError, QueryFailedError } from './errors.js'
import { ethKey } from './keys.js'
import { checkNetworkName } from './networks.js'
import type { DHTNode } from './node.js'
import { type Answer, type Outcome, answersTo, run } from './query.js'
import { type AgentRecord, compareRecords, verifyRecord } from './records.js'
import { SignatureMemo } from './signature-memo.js'

/** How many peers hold a record. */
const HOLDERS = 20

export interface LookupOptions extends OperationOptions {
  /** The network; by default the one that {@link openpondKadDHT} was given. */
  network?: string
  /** Take unsigned records; by default as {@link openpondKadDHT} was told. */
  acceptUnsigned?: boolean
  /** Whether peers that ought to hold the record, and have none, are handed it. On by default. */
  repair?: boolean
}

/** What {@link lookup} found. */
export interface Found {
  /** The newest valid record. */
  readonly record: AgentRecord
  /** Its octets. */
  readonly value: Uint8Array
  /** The peers that answered with these very octets. */
  readonly holders: readonly string[]
  /** Resolves with the peers that took the record because they had none. Never rejects; nobody needs to wait for it. */
  readonly repaired: Promise<readonly string[]>
}

/** The network and whether unsigned records count: what was said now, or when the DHT was made. */
export function rulesOf(node: DHTNode, options: { network?: string, acceptUnsigned?: boolean }): { network: string, acceptUnsigned: boolean } {
  const knowledge = knowledgeOf(node)
  const network = options.network ?? knowledge.network
  if (network === undefined) throw new InvalidArgumentError('network is missing: the DHT of this node was not made by openpondKadDHT')
  checkNetworkName(network)
  return { network, acceptUnsigned: options.acceptUnsigned ?? knowledge.acceptUnsigned ?? false }
}

interface Best {
  readonly record: AgentRecord
  readonly value: Uint8Array
}

/** The best valid one of all values that a query met. */
export async function bestOf(key: Uint8Array, outcome: Outcome, rules: { network: string, acceptUnsigned: boolean }): Promise<Best | undefined> {
  const answered = [...answersTo('GET_VALUE', outcome).values()].map(({ value }) => value)
  const memo = new SignatureMemo()
  let best: Best | undefined
  for (const value of [...answered, ...outcome.values]) {
    if (value === undefined || (best !== undefined && compareRecords(value, best.value) <= 0)) continue
    try {
      best = { record: await verifyRecord(key, value, { ...rules, memo }), value }
    } catch {
      // An invalid record is no record.
    }
  }
  return best
}

/** The distance of Kademlia: the key and peers' ids hashed, then XOR. */
function distance(key: Uint8Array, { peer }: Answer): Uint8Array {
  const [a, b] = [sha256(key, 'bytes'), sha256(peer.toMultihash().bytes, 'bytes')]
  return a.map((byte, i) => byte ^ b[i]!)
}

/** Whether one of the peers that ought to hold the record, the closest to its key, answered without one. */
function isMissed(key: Uint8Array, answers: Iterable<Answer>): boolean {
  const byDistance = [...answers].map((answer) => ({ answer, far: distance(key, answer) })).sort((a, b) => compareBytes(a.far, b.far))
  return byDistance.slice(0, HOLDERS).some(({ answer }) => answer.value === undefined)
}

async function handOver(node: DHTNode, key: Uint8Array, value: Uint8Array, lacking: readonly string[], signal: AbortSignal | undefined): Promise<string[]> {
  try {
    const outcome = await withDeadline('repair', PUT_TIMEOUT_MS, signal, (limit) => run(() => node.services.dht.put(key, value, { signal: limit }), limit))
    const took = answersTo('PUT_VALUE', outcome)
    return lacking.filter((peer) => took.has(peer))
  } catch {
    return []
  }
}

/**
 * Finds an agent by its Ethereum address: its newest valid record, from all who answered. Peers that answered with an older one are sent the newest,
 * those that ought to hold it and have none are handed it.
 *
 * When time runs out, what was found until then counts. Resolves with undefined when nobody has a valid record.
 *
 * @throws TimeoutError when nobody had answered with one in time (10 s); QueryFailedError when the query broke; InvalidArgumentError
 */
export async function lookup(node: DHTNode, address: string, options: LookupOptions = {}): Promise<Found | undefined> {
  checkNode(node)
  checkObject(options, 'options')
  const { signal, timeout = GET_TIMEOUT_MS, repair = true } = options
  const rules = rulesOf(node, options)
  const key = ethKey(address)
  const outcome = await withDeadline('lookup', timeout, signal, (limit) => run(() => node.services.dht.get(key, { signal: limit }), limit))
  signal?.throwIfAborted()
  const best = await bestOf(key, outcome, rules)
  if (best === undefined) {
    if (outcome.error === undefined) return undefined
    throw outcome.error instanceof Error && outcome.error.name === 'TimeoutError' ? outcome.error : new QueryFailedError('lookup', outcome.error)
  }
  const { record, value } = best
  knowledgeOf(node).directory.add(record)
  const answers = answersTo('GET_VALUE', outcome)
  const holders = [...answers].filter(([, answer]) => answer.value !== undefined && equalBytes(answer.value, value)).map(([peer]) => peer)
  const lacking = [...answers].filter(([, answer]) => answer.value === undefined).map(([peer]) => peer)
  // Nobody passes on what the address has not signed.
  const hands = repair && record.verified && isMissed(key, answers.values())
  return { record, value, holders, repaired: hands ? handOver(node, key, value, lacking, signal) : Promise.resolve([]) }
}
