const MAX_VARINT_BYTES = 9
const MAX_DIGEST_BYTES = 128

/** A number and the octets behind it; exact below 2^53. */
interface Varint {
  readonly value: number
  readonly rest: Uint8Array
}

/** Reads a varint of multiformats: minimal, 9 octets at most. */
export function takeVarint(bytes: Uint8Array): Varint | undefined {
  let value = 0
  for (let i = 0; i < Math.min(bytes.length, MAX_VARINT_BYTES); i++) {
    const octet = bytes[i]!
    value += (octet & 0x7f) * 2 ** (7 * i)
    if (octet < 0x80) return octet === 0 && i > 0 ? undefined : { value, rest: bytes.subarray(i + 1) }
  }
  return undefined
}

/** Whether the octets are a multihash of any function, its digest whole. */
export function isMultihash(bytes: Uint8Array): boolean {
  const code = takeVarint(bytes)
  const length = code && takeVarint(code.rest)
  return length !== undefined && length.value <= MAX_DIGEST_BYTES && length.value === length.rest.length
}
