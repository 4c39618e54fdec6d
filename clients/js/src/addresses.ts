import { multiaddr } from '@multiformats/multiaddr'
import { parsePeerIdOrCid } from './peer-id.js'

const P2P = 421
const PORT = /\/(?:tcp|udp|dccp|sctp)\/([^/]*)/g
const MAX_PORT = 65535

/** What multiaddr 12 (tuples) and 13 (components) have to say about the parts of an address. */
interface EitherMultiaddr {
  getComponents?(): Array<{ code: number, value?: string }>
  stringTuples?(): Array<[code: number, value?: string | undefined]>
}

function partsOf(address: EitherMultiaddr): Array<[code: number, value?: string | undefined]> {
  if (address.getComponents !== undefined) return address.getComponents().map(({ code, value }) => [code, value])
  return address.stringTuples?.() ?? []
}

/** multiaddr 12 lets greater ports wrap. */
const hasValidPorts = (text: string): boolean => [...text.matchAll(PORT)].every(([, port]) => Number(port) <= MAX_PORT)

/** The binary peer ids that an address names; undefined when it is no address. */
export function peersInAddress(text: string): Uint8Array[] | undefined {
  if (!text.startsWith('/') || text === '/' || !hasValidPorts(text)) return undefined
  try {
    const named = partsOf(multiaddr(text)).filter(([code]) => code === P2P)
    const peers = named.map(([, value]) => parsePeerIdOrCid(value ?? ''))
    return peers.every((peer) => peer !== undefined) ? peers : undefined
  } catch {
    return undefined
  }
}

/** The address in its one canonical spelling; undefined when it is none. */
export function canonicalAddress(address: { toString(): string }): string | undefined {
  const text = address.toString()
  return peersInAddress(text) === undefined ? undefined : multiaddr(text).toString()
}
