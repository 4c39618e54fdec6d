// The members that signed and unsigned records share.
import { getAddress } from 'viem/utils'
import { MAX_ADDR_BYTES, peersInAddress } from './addresses.js'
import { encode, equalBytes, isPrintable } from './bytes.js'
import { RecordError } from './errors.js'
import { hasChecksum } from './keys.js'
import { parsePeerId } from './peer-id.js'
import type { StrictObject } from './strict-json.js'

export const MAX_NAME_CODE_POINTS = 64
export const MAX_ADDRS = 16

/** What a record says about its agent. */
export interface AgentClaims {
  readonly peerId: string
  /** Milliseconds since the epoch; the sequence number as well. */
  readonly timestamp: number
  /** The address, EIP-55 checksummed. */
  readonly agentId: `0x${string}`
  readonly agentName: string
  readonly multiaddrs: readonly string[]
}

export function badMember(condition: boolean, message: string): asserts condition {
  if (!condition) throw new RecordError('bad-member', message)
}

function readName(object: StrictObject): string {
  const name = object.string('agentName')
  badMember(name !== undefined, 'agentName is not a string')
  const length = [...name].length
  badMember(length >= 1 && length <= MAX_NAME_CODE_POINTS && isPrintable(name), 'agentName is not 1 to 64 code points without controls')
  return name
}

/** `anySpelling`: unsigned records may write the address in one case, without its checksum. */
function readAddress(object: StrictObject, anySpelling: boolean): `0x${string}` {
  const text = object.string('agentId')
  badMember(text !== undefined && /^0x[0-9a-fA-F]{40}$/.test(text), 'agentId is not an Ethereum address')
  const checksummed = getAddress(text.toLowerCase())
  badMember(anySpelling ? hasChecksum(text) : checksummed === text, 'agentId is not checksummed')
  return checksummed
}

function readMultiaddrs(object: StrictObject, id: Uint8Array): readonly string[] {
  const texts = object.strings('multiaddrs')
  badMember(texts !== undefined && texts.length <= MAX_ADDRS, 'multiaddrs is not an array of at most 16 strings')
  for (const text of texts) {
    badMember(text.length <= MAX_ADDR_BYTES && encode(text).length <= MAX_ADDR_BYTES, 'a multiaddr is longer than 256 bytes')
    const peers = peersInAddress(text)
    badMember(peers !== undefined, 'a multiaddr does not parse')
    badMember(peers.every((peer) => equalBytes(peer, id)), 'a multiaddr names another peer than peerId')
  }
  return texts
}

/** Throws RecordError `bad-member`. */
export function readClaims(object: StrictObject, { anySpelling }: { anySpelling: boolean }): AgentClaims {
  const timestamp = object.integer('timestamp')
  badMember(timestamp !== undefined, 'timestamp is not an integer of milliseconds')
  const agentName = readName(object)
  const agentId = readAddress(object, anySpelling)
  const peerId = object.string('peerId')
  const id = peerId === undefined ? undefined : parsePeerId(peerId)
  badMember(peerId !== undefined && id !== undefined, 'peerId is not a base58 peer id')
  return { peerId, timestamp, agentId, agentName, multiaddrs: readMultiaddrs(object, id) }
}
