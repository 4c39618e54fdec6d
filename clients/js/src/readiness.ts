import { GET_TIMEOUT_MS, OPERATION_TIMEOUT_MS, type OperationOptions, PUT_TIMEOUT_MS, abortable, pause, withDeadline } from './deadline.js'
import { InvalidArgumentError, NotReadyError } from './errors.js'
import { testKey } from './keys.js'
import type { DHTNode } from './node.js'
import { type Answer, answersTo, run } from './query.js'
import { compareTestRecords, testValue } from './records.js'

const ATTEMPTS = 10
const INTERVAL_MS = 1000

export interface WaitForDHTOptions extends OperationOptions {
  /** The addresses of the bootstrap nodes, ending in `/p2p/<peer id>`: one must be connected. By default any connection will do. */
  bootstrap?: ReadonlyArray<{ toString(): string }>
  /** How often to try: 10 times by default. */
  attempts?: number
  /** The pause between attempts, in milliseconds: 1000 by default. */
  interval?: number
}

/** What {@link waitForDHT} found. */
export interface Ready {
  readonly attempts: number
  /** The peers that stored the value. */
  readonly stored: readonly string[]
  /** The peers that gave it back. */
  readonly holders: readonly string[]
}

class Unready extends Error {
  readonly stage: NotReadyError['stage']

  constructor(stage: NotReadyError['stage'], cause?: unknown) {
    super(stage, { cause })
    this.stage = stage
  }
}

function bootstrapPeers(addresses: ReadonlyArray<{ toString(): string }>): Set<string> {
  return new Set(addresses.map((address) => {
    const peer = /\/p2p\/([^/]+)\/?$/.exec(address.toString())?.[1]
    if (peer === undefined) throw new InvalidArgumentError(`a bootstrap address does not end in /p2p/<peer id>: ${address.toString()}`)
    return peer
  }))
}

function isConnected(node: DHTNode, bootstrap: ReadonlySet<string> | undefined): boolean {
  const peers = node.getPeers().map(String)
  return bootstrap === undefined ? peers.length > 0 : peers.some((peer) => bootstrap.has(peer))
}

/** Puts a value and gets it from others: what this node itself has kept proves nothing. */
async function probe(node: DHTNode, signal: AbortSignal): Promise<Omit<Ready, 'attempts'>> {
  const { dht } = node.services
  const key = testKey(node.peerId)
  const value = testValue()
  const put = await withDeadline('put', PUT_TIMEOUT_MS, signal, (limit) => run(() => dht.put(key, value, { signal: limit }), limit))
  const stored = [...answersTo('PUT_VALUE', put).keys()]
  if (stored.length === 0) throw new Unready('put', put.error ?? put.failed[0]?.error)
  const got = await withDeadline('get', GET_TIMEOUT_MS, signal, (limit) => run(() => dht.get(key, { signal: limit }), limit))
  // kad-dht has validated what it got; a newer one is this node's own too, from another program with its key.
  const holds = (answer: Answer): boolean => answer.value !== undefined && compareTestRecords(answer.value, value) >= 0
  const holders = [...answersTo('GET_VALUE', got)].filter(([, answer]) => holds(answer)).map(([peer]) => peer)
  if (holders.length === 0) throw new Unready('get', got.error ?? got.failed[0]?.error)
  return { stored, holders }
}

/**
 * Waits until the DHT works: a bootstrap node is connected, and a value that this node puts under `/test/<its peer id>` comes back from another peer.
 * It dials nobody.
 *
 * @throws NotReadyError after the last attempt, its `stage` says how far that came; TimeoutError after 30 s
 */
export async function waitForDHT(node: DHTNode, options: WaitForDHTOptions = {}): Promise<Ready> {
  const { attempts = ATTEMPTS, interval = INTERVAL_MS, timeout = OPERATION_TIMEOUT_MS, signal } = options
  if (!Number.isInteger(attempts) || attempts < 1) throw new InvalidArgumentError('attempts is not an integer from 1 on')
  const bootstrap = options.bootstrap === undefined ? undefined : bootstrapPeers(options.bootstrap)
  return withDeadline('waitForDHT', timeout, signal, async (limit) => {
    for (let attempt = 1; ; attempt++) {
      try {
        if (!isConnected(node, bootstrap)) throw new Unready('connect')
        return { attempts: attempt, ...await abortable(probe(node, limit), limit) }
      } catch (err) {
        limit.throwIfAborted()
        if (!(err instanceof Unready)) throw err
        if (attempt === attempts) throw new NotReadyError(err.stage, attempts, err.cause)
      }
      await pause(interval, limit)
    }
  })
}
