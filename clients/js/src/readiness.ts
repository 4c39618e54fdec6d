import { canonicalAddress } from './addresses.js'
import { checkAddresses, checkArgument, checkFunction, checkNode, checkObject } from './arguments.js'
import { GET_TIMEOUT_MS, OPERATION_TIMEOUT_MS, type OperationOptions, PUT_TIMEOUT_MS, abortable, pause, withDeadline } from './deadline.js'
import { NotReadyError, TimeoutError } from './errors.js'
import { testKey } from './keys.js'
import type { DHTNode } from './node.js'
import { type Answer, answersTo, run } from './query.js'
import { compareTestRecords, testValue } from './records.js'

const ATTEMPTS = 10
const INTERVAL_MS = 1000

export interface WaitForDHTOptions extends OperationOptions {
  /** The addresses of the bootstrap nodes, ending in `/p2p/<peer id>`: one must be connected. By default any connection will do. */
  bootstrap?: ReadonlyArray<{ toString(): string }>
  /**
   * Dials a bootstrap address: `(address, options) => node.dial(multiaddr(address), options)`. While no bootstrap node is connected each attempt calls it for
   * all of `bootstrap`; NotReadyError says why each one failed. By default nobody is dialled.
   */
  dial?: (address: string, options: { signal: AbortSignal }) => Promise<unknown>
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

/** How far an attempt came, and what stopped it. */
interface Progress {
  stage: NotReadyError['stage']
  /** The latest failure of each stage behind `connect`. */
  readonly causes: { put?: unknown, get?: unknown }
  /** The latest failure of each address. */
  readonly failures: Map<string, Error>
}

/** Each address that was given, and the peer at its end. */
type Bootstrap = ReadonlyMap<string, string>

function readBootstrap(given: ReadonlyArray<{ toString(): string }>): Bootstrap {
  checkAddresses(given, 'bootstrap')
  checkArgument(given.length > 0, 'bootstrap is empty')
  return new Map(given.map(String).map((address) => {
    const canonical = canonicalAddress(address)
    checkArgument(canonical !== undefined, `a bootstrap address does not parse: ${address}`)
    const peer = /\/p2p\/([^/]+)$/.exec(canonical)?.[1]
    checkArgument(peer !== undefined, `a bootstrap address does not end in /p2p/<peer id>: ${address}`)
    return [address, peer]
  }))
}

function isConnected(node: DHTNode, bootstrap: Bootstrap | undefined): boolean {
  const peers = node.getPeers().map(String)
  const wanted = new Set(bootstrap?.values())
  return bootstrap === undefined ? peers.length > 0 : peers.some((peer) => wanted.has(peer))
}

/** js-libp2p 2.3 takes whoever listens at an address for connected, whatever peer the address names. */
function checkConnected(node: DHTNode, peer: string, dialled: unknown): void {
  if (node.getPeers().map(String).includes(peer)) return
  const { remotePeer } = (dialled ?? {}) as { remotePeer?: unknown }
  throw new Error(remotePeer === undefined ? 'dial resolved without a connection' : `another peer listens there: ${String(remotePeer)}`)
}

/** Dials all addresses at once, until one is connected or all have failed. The other dials go on behind. */
async function dialAny(node: DHTNode, bootstrap: Bootstrap, dial: NonNullable<WaitForDHTOptions['dial']>, failures: Map<string, Error>, signal: AbortSignal): Promise<void> {
  const dials = [...bootstrap].map(async ([address, peer]) => {
    try {
      checkConnected(node, peer, await dial(address, { signal }))
      failures.delete(address)
    } catch (err) {
      failures.set(address, err instanceof Error ? err : new Error(String(err)))
      throw err
    }
  })
  await abortable(Promise.any(dials), signal).catch(() => signal.throwIfAborted())
}

/** Puts a value and gets it from others: what this node itself has kept proves nothing. Undefined when it does not come back. */
async function probe(node: DHTNode, progress: Progress, signal: AbortSignal): Promise<Omit<Ready, 'attempts'> | undefined> {
  const { dht } = node.services
  const key = testKey(node.peerId)
  const value = testValue()
  progress.stage = 'put'
  const put = await withDeadline('put', PUT_TIMEOUT_MS, signal, (limit) => run(() => dht.put(key, value, { signal: limit }), limit))
  const stored = [...answersTo('PUT_VALUE', put).keys()]
  if (stored.length === 0) {
    if (!signal.aborted) progress.causes.put = put.error ?? put.failed[0]?.error
    return undefined
  }
  progress.stage = 'get'
  const got = await withDeadline('get', GET_TIMEOUT_MS, signal, (limit) => run(() => dht.get(key, { signal: limit }), limit))
  // kad-dht has validated what it got; a newer one is this node's own too, from another program with its key.
  const holds = (answer: Answer): boolean => answer.value !== undefined && compareTestRecords(answer.value, value) >= 0
  const holders = [...answersTo('GET_VALUE', got)].filter(([, answer]) => holds(answer)).map(([peer]) => peer)
  if (holders.length > 0) return { stored, holders }
  if (!signal.aborted) progress.causes.get = got.error ?? got.failed[0]?.error
  return undefined
}

function errorOf({ stage, causes, failures }: Progress, attempts: number): NotReadyError {
  if (stage !== 'connect') return new NotReadyError(stage, attempts, [], causes[stage])
  const failed = [...failures].map(([address, error]) => ({ address, error }))
  const all = failed.length > 1 ? new AggregateError(failures.values(), 'no bootstrap address could be dialled') : failed[0]?.error
  return new NotReadyError(stage, attempts, failed, all)
}

/**
 * Waits until the DHT works: a bootstrap node is connected, and a value that this node puts under `/test/<its peer id>` comes back from another peer.
 *
 * @throws NotReadyError after the last attempt: its `stage` says how far that came, `failed` and `cause` say why; TimeoutError after 30 s, whose `cause` is the
 * NotReadyError of the attempt that took too long; InvalidArgumentError
 */
export async function waitForDHT(node: DHTNode, options: WaitForDHTOptions = {}): Promise<Ready> {
  checkNode(node)
  checkObject(options, 'options')
  const { attempts = ATTEMPTS, interval = INTERVAL_MS, timeout = OPERATION_TIMEOUT_MS, dial, signal } = options
  checkArgument(Number.isInteger(attempts) && attempts >= 1, 'attempts is not an integer from 1 on')
  checkArgument(Number.isFinite(interval) && interval >= 0, 'interval is not a number of milliseconds from 0 on')
  checkFunction(dial, 'dial')
  checkArgument(dial === undefined || options.bootstrap !== undefined, 'dial is of no use without bootstrap')
  const bootstrap = options.bootstrap === undefined ? undefined : readBootstrap(options.bootstrap)

  const progress: Progress = { stage: 'connect', causes: {}, failures: new Map() }
  let attempt = 0
  const attend = async (limit: AbortSignal): Promise<Ready> => {
    for (;;) {
      attempt++
      progress.stage = 'connect'
      if (bootstrap !== undefined && dial !== undefined && !isConnected(node, bootstrap)) await dialAny(node, bootstrap, dial, progress.failures, limit)
      const done = isConnected(node, bootstrap) ? await probe(node, progress, limit) : undefined
      limit.throwIfAborted()
      if (done !== undefined) return { attempts: attempt, ...done }
      if (attempt === attempts) throw errorOf(progress, attempts)
      await pause(interval, limit)
    }
  }
  try {
    return await withDeadline('waitForDHT', timeout, signal, attend)
  } catch (err) {
    const late = err instanceof TimeoutError && err.operation === 'waitForDHT'
    throw late ? new TimeoutError('waitForDHT', timeout, { cause: errorOf(progress, attempt) }) : err
  }
}
