import { base58btc, decodeMultibase } from './base-codec.js'
import { isMultihash, takeVarint } from './multihash.js'

const IDENTITY = 0x00
const SHA2_256 = 0x12
const LIBP2P_KEY = 0x72
const MAX_BASE58 = 64
const MAX_BYTES = 44
/** A CID (version, codec, multihash) in base16 with its prefix. */
const MAX_TEXT = 1 + 2 * (2 + MAX_BYTES)
const HEADER = 2
const DIGEST_BYTES = 32
/** The types of public keys that are short enough to be inlined: Ed25519 and secp256k1. */
const KEY_BYTES: ReadonlyMap<number, number> = new Map([[1, 32], [2, 33]])

/** A varint of protobuf: up to 64 bits, minimal or not; exact below 2^53. */
function takeProtobufVarint(bytes: Uint8Array): { value: number, rest: Uint8Array } | undefined {
  let value = 0
  for (let i = 0; i < Math.min(bytes.length, 10); i++) {
    const octet = bytes[i]!
    if (i === 9 && octet > 1) return undefined
    value += (octet & 0x7f) * 2 ** (7 * i)
    if (octet < 0x80) return { value, rest: bytes.subarray(i + 1) }
  }
  return undefined
}

interface Field {
  readonly number: number
  readonly wireType: number
  /** A varint's value. */
  readonly value: number
  /** The octets of what has a length. */
  readonly data: Uint8Array
  readonly rest: Uint8Array
}

/** Octets behind a field's tag and length, by wire type; groups are no longer used. */
const FIXED: ReadonlyMap<number, number> = new Map([[1, 8], [5, 4]])

function takeField(bytes: Uint8Array): Field | undefined {
  const tag = takeProtobufVarint(bytes)
  if (tag === undefined || tag.value > 0xffffffff) return undefined
  const number = Math.floor(tag.value / 8)
  const wireType = tag.value % 8
  if (number === 0 || (number >= 19000 && number <= 19999)) return undefined
  if (wireType === 0) {
    const varint = takeProtobufVarint(tag.rest)
    return varint && { number, wireType, value: varint.value, data: new Uint8Array(), rest: varint.rest }
  }
  const length = wireType === 2 ? takeProtobufVarint(tag.rest) : { value: FIXED.get(wireType) ?? Infinity, rest: tag.rest }
  if (length === undefined || length.value > length.rest.length) return undefined
  return { number, wireType, value: 0, data: length.rest.subarray(0, length.value), rest: length.rest.subarray(length.value) }
}

/** Whether the octets are a public key in protobuf, by structure alone. Every implementation writes type, then data; readers take fields as protobuf does. */
function isInlinedKey(bytes: Uint8Array): boolean {
  let type: number | undefined
  let size: number | undefined
  for (let rest = bytes; rest.length > 0;) {
    const field = takeField(rest)
    if (field === undefined) return false
    if (field.number === 1) {
      if (field.wireType !== 0) return false
      type = field.value
    } else if (field.number === 2) {
      if (field.wireType !== 2) return false
      size = field.data.length
    }
    rest = field.rest
  }
  return type !== undefined && size !== undefined && KEY_BYTES.get(type) === size
}

function isPeerId(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER || bytes.length > MAX_BYTES || bytes[1] !== bytes.length - HEADER) return false
  const digest = bytes.subarray(HEADER)
  return bytes[0] === IDENTITY ? isInlinedKey(digest) : bytes[0] === SHA2_256 && digest.length === DIGEST_BYTES
}

const isPlain = (text: string): boolean => text.startsWith('1') || text.startsWith('Qm')

/** The multihash of a peer id in its base58 form (an Ed25519 or secp256k1 key, or the sha2-256 of one), or undefined. */
export function parsePeerId(text: string): Uint8Array | undefined {
  if (text.length > MAX_BASE58 || !isPlain(text)) return undefined
  const bytes = base58btc.decode(text)
  return bytes !== undefined && isPeerId(bytes) ? bytes : undefined
}

/** The multihash in a CID, version 1, of a libp2p key. */
function multihashOfCid(text: string): Uint8Array | undefined {
  const version = takeVarint(decodeMultibase(text) ?? new Uint8Array())
  const codec = version?.value === 1 ? takeVarint(version.rest) : undefined
  return codec?.value === LIBP2P_KEY && isMultihash(codec.rest) ? codec.rest : undefined
}

/** The same for a peer id in either form, base58 or CID. */
export function parsePeerIdOrCid(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT) return undefined
  const bytes = isPlain(text) ? base58btc.decode(text) : multihashOfCid(text)
  return bytes !== undefined && isPeerId(bytes) ? bytes : undefined
}
