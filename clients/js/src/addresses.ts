import { checkAddresses, checkArgument, checkObject, checkText } from './arguments.js'
import { encode, equalBytes } from './bytes.js'
import { parseMultiaddr } from './multiaddr.js'
import type { PeerIdLike } from './node.js'

/** Longest address of a record, octets. */
export const MAX_ADDR_BYTES = 256

/** The binary peer ids that an address names; undefined when it is no address. */
export const peersInAddress = (text: string): Uint8Array[] | undefined =>
  parseMultiaddr(text)?.parts.filter(({ name }) => name === 'p2p').map(({ value }) => value)

/** The address in its one canonical spelling; undefined when it is none. */
export const canonicalAddress = (text: string): string | undefined => parseMultiaddr(text)?.text

/** Those addresses of a peer that its record may have: receivers refuse the whole record for one that is too long or names another peer, as a relay's does. */
export function publishableAddresses(addresses: ReadonlyArray<{ toString(): string }>, peer: PeerIdLike): string[] {
  const { bytes } = peer.toMultihash()
  return addresses.map((address) => canonicalAddress(address.toString())).filter((text): text is string =>
    text !== undefined && encode(text).length <= MAX_ADDR_BYTES && peersInAddress(text)!.every((named) => equalBytes(named, bytes)))
}

/**
 * The addresses of a record to dial, as `multiaddr` of the program's own @multiformats/multiaddr makes them. Each names the record's peer, so that no other
 * one is taken for the agent; those that `multiaddr` does not know are left out, and sockets of another machine.
 */
export function dialableAddresses<T>(record: { readonly peerId: string, readonly multiaddrs: readonly string[] }, multiaddr: (text: string) => T): T[] {
  checkObject(record, 'record')
  checkText(record.peerId, 'peerId')
  checkAddresses(record.multiaddrs, 'multiaddrs')
  checkArgument(typeof multiaddr === 'function', 'multiaddr is not a function')
  return record.multiaddrs.flatMap((written) => {
    const address = parseMultiaddr(written)
    if (address === undefined || address.parts.some(({ name }) => name === 'unix')) return []
    try {
      return [multiaddr(address.parts.at(-1)!.name === 'p2p' ? address.text : `${address.text}/p2p/${record.peerId}`)]
    } catch {
      return []
    }
  })
}
