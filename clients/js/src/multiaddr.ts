// Multiaddr texts, judged by the whole table of multiformats. The installed versions of @multiformats/multiaddr differ in what they take, and take what
// `pond` refuses; two readers of one signed record must not. tests/vectors/multiaddr_texts.json of the repository holds both of them to the same verdicts.
import { type Codec, base32lower, base64I2p, base64urlUnpadded, base58btc, decodeMultibase } from './base-codec.js'
import { decodeStrict, encode, isPrintable } from './bytes.js'
import { parseIp4, parseIp6, printIp4, printIp6 } from './ip-text.js'
import { isMultihash } from './multihash.js'
import { parsePeerIdOrCid } from './peer-id.js'

/** Longest in either form, octets. */
const MAX_BYTES = 1024

/** A protocol's values. `parse` gives undefined for every text that is none; what it gives prints, and parses again to the same octets. */
interface Values {
  /** Octets of each value; undefined when a length precedes them. */
  readonly size?: number
  /** Its text runs to the end of the address, and starts with its slash. */
  readonly isPath?: true
  parse(text: string): Uint8Array | undefined
  print(value: Uint8Array): string
}

/** A number in decimal digits without leading zeros, big endian. */
function number(size: number): Values {
  return {
    size,
    parse(text) {
      if (!/^(?:0|[1-9][0-9]{0,19})$/.test(text)) return undefined
      let left = BigInt(text)
      const value = new Uint8Array(size)
      for (let i = size - 1; i >= 0; i--, left >>= 8n) value[i] = Number(left & 0xffn)
      return left === 0n ? value : undefined
    },
    print: (value) => value.reduce((sum, octet) => sum << 8n | BigInt(octet), 0n).toString()
  }
}

/** Octets in an encoding of their own, of certain sizes. */
const encoded = ({ decode, encode: print }: Codec, hasSize: (size: number) => boolean): Values => ({
  parse(text) {
    const value = decode(text)
    return value !== undefined && hasSize(value.length) ? value : undefined
  },
  print
})

const port = number(2)
const ip4: Values = { size: 4, parse: parseIp4, print: printIp4 }
const ip6: Values = { size: 16, parse: parseIp6, print: printIp6 }

/** A domain name or a zone. */
const domainName: Values = { parse: (text) => (text !== '' && isPrintable(text) ? encode(text) : undefined), print: decodeStrict }

const path: Values = { isPath: true, parse: (text) => (text.length > 1 && isPrintable(text) ? encode(text) : undefined), print: decodeStrict }

/** A hash of so many octets and a port, which is not 0. */
function onion(hostSize: number): Values {
  return {
    size: hostSize + 2,
    parse(text) {
      const colon = text.indexOf(':')
      if (colon < 0) return undefined
      const host = base32lower.decode(text.slice(0, colon))
      const behind = port.parse(text.slice(colon + 1))
      if (host?.length !== hostSize || behind === undefined || behind.every((octet) => octet === 0)) return undefined
      return new Uint8Array([...host, ...behind])
    },
    print: (value) => `${base32lower.encode(value.subarray(0, hostSize))}:${port.print(value.subarray(hostSize))}`
  }
}

// I2P's: a destination has 387 octets or more, and may lack the last; a hashed one has 32, an encrypted lease set 35 or more.
const garlic64 = encoded(base64I2p, (size) => size >= 386)
const garlic32 = encoded(base32lower, (size) => size === 32 || size >= 35)

const peerId: Values = { parse: parsePeerIdOrCid, print: base58btc.encode }

const certHash: Values = {
  parse(text) {
    const value = decodeMultibase(text)
    return value !== undefined && isMultihash(value) ? value : undefined
  },
  print: (value) => `u${base64urlUnpadded.encode(value)}`
}

/** RFC 3986's segment-nz. Only unreserved characters print as themselves. */
const httpPath: Values = {
  parse(text) {
    if (!/^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/.test(text)) return undefined
    return new Uint8Array((text.match(/%..|./g) ?? []).map((one) => (one.length === 1 ? one.charCodeAt(0) : Number.parseInt(one.slice(1), 16))))
  },
  print(value) {
    const print = (octet: number): string => {
      const character = String.fromCharCode(octet)
      return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
    }
    return Array.from(value, print).join('')
  }
}

interface Protocol {
  readonly code: number
  readonly name: string
  /** Undefined where the protocol has no value. */
  readonly values: Values | undefined
}

/** multiformats/multiaddr's protocols, and `plaintextv2` of the multicodec table. `memory` has a 64-bit value, as go and rust have it. */
const TABLE: ReadonlyArray<readonly [code: number, name: string, values?: Values]> = [
  [4, 'ip4', ip4],
  [6, 'tcp', port],
  [33, 'dccp', port],
  [41, 'ip6', ip6],
  [42, 'ip6zone', domainName],
  [43, 'ipcidr', number(1)],
  [53, 'dns', domainName],
  [54, 'dns4', domainName],
  [55, 'dns6', domainName],
  [56, 'dnsaddr', domainName],
  [132, 'sctp', port],
  [273, 'udp', port],
  [275, 'p2p-webrtc-star'],
  [276, 'p2p-webrtc-direct'],
  [277, 'p2p-stardust'],
  [280, 'webrtc-direct'],
  [281, 'webrtc'],
  [290, 'p2p-circuit'],
  [301, 'udt'],
  [302, 'utp'],
  [400, 'unix', path],
  [421, 'p2p', peerId],
  [443, 'https'],
  [444, 'onion', onion(10)],
  [445, 'onion3', onion(35)],
  [446, 'garlic64', garlic64],
  [447, 'garlic32', garlic32],
  [448, 'tls'],
  [449, 'sni', domainName],
  [454, 'noise'],
  [460, 'quic'],
  [461, 'quic-v1'],
  [465, 'webtransport'],
  [466, 'certhash', certHash],
  [477, 'ws'],
  [478, 'wss'],
  [479, 'p2p-websocket-star'],
  [480, 'http'],
  [481, 'http-path', httpPath],
  [777, 'memory', number(8)],
  [7367777, 'plaintextv2']
]

const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map(TABLE.map(([code, name, values]) => [name, { code, name, values }]))

/** By its name, or by the old alias `ipfs` of `p2p`. */
const findProtocol = (name: string): Protocol | undefined => PROTOCOLS.get(name === 'ipfs' ? 'p2p' : name)

/** A part of an address: its protocol's name, and its value's octets (none where the protocol has no value). */
export interface MultiaddrPart {
  readonly name: string
  readonly value: Uint8Array
}

export interface ParsedMultiaddr {
  readonly parts: readonly MultiaddrPart[]
  /** The address in its one canonical spelling. */
  readonly text: string
}

const varintSize = (value: number): number => Math.max(1, Math.ceil(Math.log2(value + 1) / 7))

function sizeOf({ code, values }: Protocol, value: Uint8Array): number {
  const prefix = values === undefined || values.size !== undefined ? 0 : varintSize(value.length)
  return varintSize(code) + prefix + value.length
}

function printPart({ name, values }: Protocol, value: Uint8Array): string {
  if (values === undefined) return `/${name}`
  return values.isPath === true ? `/${name}${values.print(value)}` : `/${name}/${values.print(value)}`
}

/** Reads a multiaddr; undefined when the text is none. Slashes at the end mean nothing. */
export function parseMultiaddr(text: string): ParsedMultiaddr | undefined {
  if (!text.startsWith('/') || text.length > MAX_BYTES || encode(text).length > MAX_BYTES) return undefined
  const elements = text.slice(1).split('/')
  while (elements.at(-1) === '') elements.pop()
  const parts: MultiaddrPart[] = []
  let size = 0
  let canonical = ''
  for (let next = 0; next < elements.length;) {
    const protocol = findProtocol(elements[next++]!)
    if (protocol === undefined) return undefined
    let value: Uint8Array | undefined = new Uint8Array()
    if (protocol.values !== undefined) {
      if (next === elements.length) return undefined
      const end = protocol.values.isPath === true ? elements.length : next + 1
      const written = elements.slice(next, end).join('/')
      value = protocol.values.parse(protocol.values.isPath === true ? `/${written}` : written)
      if (value === undefined) return undefined
      next = end
    }
    parts.push({ name: protocol.name, value })
    size += sizeOf(protocol, value)
    canonical += printPart(protocol, value)
  }
  // Octets and canonical text may be longer than the text: `/ip6/::` has 17 octets, `!` is written `%21`.
  return parts.length === 0 || size > MAX_BYTES || encode(canonical).length > MAX_BYTES ? undefined : { parts, text: canonical }
}
