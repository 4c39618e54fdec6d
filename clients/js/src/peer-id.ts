import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'

const IDENTITY = 0x00
const SHA2_256 = 0x12
const LIBP2P_KEY = 0x72
const MAX_TEXT = 64
// A public key in protobuf as every implementation writes it: the type, then the length of the key.
const INLINED = [
  { start: [0x08, 0x01, 0x12, 32], size: 32 },
  { start: [0x08, 0x02, 0x12, 33], size: 33 }
]

function isInlinedKey(digest: Uint8Array): boolean {
  return INLINED.some(({ start, size }) => digest.length === start.length + size && start.every((byte, i) => digest[i] === byte))
}

/** The multihash of a peer id in its base58 form (an Ed25519 or secp256k1 key, or the sha2-256 of one), or undefined. */
export function parsePeerId(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT || !(text.startsWith('1') || text.startsWith('Qm'))) return undefined
  let bytes: Uint8Array
  try {
    bytes = base58btc.baseDecode(text)
  } catch {
    return undefined
  }
  if (bytes.length < 2 || bytes[1] !== bytes.length - 2 || base58btc.baseEncode(bytes) !== text) return undefined
  const digest = bytes.subarray(2)
  const valid = bytes[0] === IDENTITY ? isInlinedKey(digest) : bytes[0] === SHA2_256 && digest.length === 32
  return valid ? bytes : undefined
}

/** The same for a peer id in either form, base58 or CID. */
export function parsePeerIdOrCid(text: string): Uint8Array | undefined {
  const plain = parsePeerId(text)
  if (plain !== undefined || text.length > 2 * MAX_TEXT) return plain
  try {
    const cid = CID.parse(text)
    return cid.code === LIBP2P_KEY ? cid.multihash.bytes : undefined
  } catch {
    return undefined
  }
}
