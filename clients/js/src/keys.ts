import { decodeStrict, encode } from './bytes.js'
import { InvalidArgumentError, RecordError } from './errors.js'
import { parsePeerId } from './peer-id.js'

const ADDRESS = /^0x[0-9a-f]{40}$/
const ETH_KEY = /^\/eth\/(0x[0-9a-f]{40})$/
const TEST_PREFIX = '/test/'

/** An Ethereum address in lower case. */
export type LowercaseAddress = `0x${string}`

/** Takes an address in any case. Throws InvalidArgumentError. */
export function lowercaseAddress(address: string): LowercaseAddress {
  const lower = String(address).toLowerCase()
  if (!ADDRESS.test(lower)) throw new InvalidArgumentError('not an Ethereum address (0x and 40 hex digits)')
  return lower as LowercaseAddress
}

/** The key of an agent's record: `/eth/` and the lowercase address. */
export const ethKey = (address: string): Uint8Array => encode(`/eth/${lowercaseAddress(address)}`)

/** The key of a peer's health check. */
export function testKey(peerId: { toString(): string }): Uint8Array {
  const text = peerId.toString()
  if (parsePeerId(text) === undefined) throw new InvalidArgumentError('not a peer id in base58 form')
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
