import { getAddress } from 'viem/utils'
import { checkArgument, checkPrintable } from './arguments.js'
import { decodeStrict, encode } from './bytes.js'
import { RecordError } from './errors.js'
import { parsePeerId } from './peer-id.js'

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const ETH_KEY = /^\/eth\/(0x[0-9a-f]{40})$/
const TEST_PREFIX = '/test/'

/** An Ethereum address in lower case. */
export type LowercaseAddress = `0x${string}`

/** Whether the address has its EIP-55 checksum, or letters of one case and so none. */
export function hasChecksum(address: string): boolean {
  const digits = address.slice(2)
  return digits === digits.toLowerCase() || digits === digits.toUpperCase() || address === getAddress(address.toLowerCase())
}

/** Takes an address in lower or upper case, or with its EIP-55 checksum in mixed case. Throws InvalidArgumentError. */
export function lowercaseAddress(address: string): LowercaseAddress {
  checkArgument(typeof address === 'string' && ADDRESS.test(address), 'not an Ethereum address (0x and 40 hex digits)')
  const lower = address.toLowerCase() as LowercaseAddress
  checkArgument(hasChecksum(address), 'the Ethereum address has a wrong checksum (EIP-55)')
  return lower
}

/** The key of an agent's record: `/eth/` and the lowercase address. */
export const ethKey = (address: string): Uint8Array => encode(`/eth/${lowercaseAddress(address)}`)

/** The key of a peer's health check. */
export function testKey(peerId: { toString(): string }): Uint8Array {
  checkPrintable(peerId, 'peerId')
  const text = peerId.toString()
  checkArgument(parsePeerId(text) !== undefined, 'not a peer id in base58 form')
  return encode(`${TEST_PREFIX}${text}`)
}

function textOf(key: Uint8Array | string): string {
  if (typeof key === 'string') return key
  try {
    return decodeStrict(key)
  } catch (err) {
    throw new RecordError('bad-key', 'the key is not UTF-8', { cause: err })
  }
}

/** The address that a key names. Throws RecordError `bad-key` for any other spelling than {@link ethKey}'s. */
export function addressOfKey(key: Uint8Array | string): LowercaseAddress {
  const address = ETH_KEY.exec(textOf(key))?.[1]
  if (address === undefined) throw new RecordError('bad-key', 'the key is not /eth/0x and 40 lowercase hex digits')
  return address as LowercaseAddress
}

/** The peer id that a key names. Throws RecordError `bad-key`. */
export function peerOfKey(key: Uint8Array | string): string {
  const text = textOf(key)
  const peer = text.slice(TEST_PREFIX.length)
  if (!text.startsWith(TEST_PREFIX) || parsePeerId(peer) === undefined) throw new RecordError('bad-key', 'the key is not /test/ and a peer id')
  return peer
}
