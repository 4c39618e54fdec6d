import { dialableAddresses } from './addresses.js'
import { checkArgument, checkObject, checkSignal } from './arguments.js'
import { DialFailedError } from './errors.js'

/** A connection of js-libp2p. */
export interface ConnectionLike {
  readonly remotePeer: { toString(): string }
  readonly remoteAddr: { toString(): string }
  close(): Promise<void>
}

/**
 * Connects to the peer of a record, and to no other. `multiaddr` is that of the program's own @multiformats/multiaddr.
 *
 * js-libp2p 2.3 takes whoever listens at an address for connected, whatever peer the address names.
 *
 * @throws DialFailedError; InvalidArgumentError
 */
export async function dialAgent<C extends ConnectionLike>(
  // Each version of js-libp2p has types of its own.
  node: { dial(addresses: any, options?: any): Promise<C> },
  record: { readonly peerId: string, readonly multiaddrs: readonly string[] },
  multiaddr: (text: string) => unknown,
  options: { signal?: AbortSignal } = {}
): Promise<C> {
  checkArgument(typeof node === 'object' && node !== null && typeof node.dial === 'function', 'node is not a libp2p node')
  checkObject(options, 'options')
  const { signal } = options
  checkSignal(signal)
  let addresses = dialableAddresses(record, multiaddr)
  let cause: unknown
  while (addresses.length > 0) {
    let connection: C
    try {
      connection = await node.dial(addresses, signal === undefined ? {} : { signal })
    } catch (err) {
      signal?.throwIfAborted()
      throw new DialFailedError(record.peerId, err)
    }
    if (connection.remotePeer.toString() === record.peerId) return connection
    cause = new Error(`another peer listens at ${connection.remoteAddr.toString()}: ${connection.remotePeer.toString()}`)
    const others = addresses.filter((address) => String(address) !== connection.remoteAddr.toString())
    // Another connection than those that were asked for is somebody else's.
    if (others.length === addresses.length) break
    connection.close().catch(() => {})
    addresses = others
  }
  throw new DialFailedError(record.peerId, cause ?? new Error('the record has no address that could be dialled'))
}
