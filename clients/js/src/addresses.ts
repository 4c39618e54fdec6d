import { parseMultiaddr } from './multiaddr.js'

/** Longest address of a record, octets. */
export const MAX_ADDR_BYTES = 256

/** The binary peer ids that an address names; undefined when it is no address. */
export const peersInAddress = (text: string): Uint8Array[] | undefined =>
  parseMultiaddr(text)?.parts.filter(({ name }) => name === 'p2p').map(({ value }) => value)

/** The address in its one canonical spelling; undefined when it is none. */
export const canonicalAddress = (text: string): string | undefined => parseMultiaddr(text)?.text
