// The text encodings behind multiaddrs and peer ids. Each octet string has one text (letters of either case where the base says so); multiformats reads
// more than that, and which texts it reads depends on its version.

/** The digits of an encoding and the way back. */
interface Alphabet {
  readonly digits: string
  readonly values: ReadonlyMap<string, number>
}

function alphabet(digits: string, letters: 'exact' | 'either'): Alphabet {
  const values = new Map<string, number>()
  ;[...digits].forEach((digit, value) => {
    const spellings = letters === 'exact' ? [digit] : [digit.toLowerCase(), digit.toUpperCase()]
    for (const spelling of spellings) values.set(spelling, value)
  })
  return { digits, values }
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const UPPER = LOWER.toUpperCase()
const DECIMAL = '0123456789'
const BASE64 = UPPER + LOWER + DECIMAL

const base16 = alphabet('0123456789abcdef', 'either')
const base32 = alphabet(`${LOWER}234567`, 'either')
const base36 = alphabet(DECIMAL + LOWER, 'either')
const base58 = alphabet('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 'exact')
const base64 = alphabet(`${BASE64}+/`, 'exact')
const base64url = alphabet(`${BASE64}-_`, 'exact')
const base64i2p = alphabet(`${BASE64}-~`, 'exact')

/** A text encoding; `decode` gives undefined for every text that no octets have. */
export interface Codec {
  encode(bytes: Uint8Array): string
  decode(text: string): Uint8Array | undefined
}

function valuesOf({ values }: Alphabet, text: string): number[] | undefined {
  const found: number[] = []
  for (const digit of text) {
    const value = values.get(digit)
    if (value === undefined) return undefined
    found.push(value)
  }
  return found
}

/** Takes off exactly as much padding as the last group lacks. */
function unpadded(text: string, group: number): string | undefined {
  const bare = text.replace(/=+$/, '')
  return text.length % group === 0 && text.length - bare.length < group ? bare : undefined
}

/** Groups of bits (RFC 4648), for alphabets of 16, 32 and 64 digits. */
function bits(digits: Alphabet, padding: 'none' | 'required'): Codec {
  const each = Math.log2(digits.digits.length)
  const group = each === 5 ? 8 : each === 6 ? 4 : 2
  return {
    encode(bytes) {
      let text = ''
      let pool = 0
      let pooled = 0
      for (const byte of bytes) {
        pool = ((pool << 8) | byte) & 0xffff
        for (pooled += 8; pooled >= each;) {
          pooled -= each
          text += digits.digits[(pool >> pooled) & (2 ** each - 1)]
        }
      }
      if (pooled > 0) text += digits.digits[(pool << (each - pooled)) & (2 ** each - 1)]
      return padding === 'none' ? text : text.padEnd(Math.ceil(text.length / group) * group, '=')
    },
    decode(text) {
      const bare = padding === 'none' ? text : unpadded(text, group)
      const values = bare === undefined ? undefined : valuesOf(digits, bare)
      if (values === undefined) return undefined
      const bytes: number[] = []
      let pool = 0
      let pooled = 0
      for (const value of values) {
        pool = ((pool << each) | value) & 0xffff
        pooled += each
        if (pooled < 8) continue
        pooled -= 8
        bytes.push((pool >> pooled) & 0xff)
      }
      // A whole digit that gave no octet, or bits that no encoder sets, would give one value several texts.
      return pooled >= each || (pool & (2 ** pooled - 1)) !== 0 ? undefined : new Uint8Array(bytes)
    }
  }
}

/** The digits of a number, its greatest first, in another radix. Takes time quadratic in their count. */
function convert(digits: Iterable<number>, from: number, to: number): number[] {
  const out: number[] = []
  for (let carry of digits) {
    for (let i = 0; i < out.length; i++) {
      carry += out[i]! * from
      out[i] = carry % to
      carry = Math.floor(carry / to)
    }
    for (; carry > 0; carry = Math.floor(carry / to)) out.push(carry % to)
  }
  return out.reverse()
}

const leadingZeros = (digits: readonly number[]): number[] => {
  const first = digits.findIndex((digit) => digit !== 0)
  return new Array<number>(first < 0 ? digits.length : first).fill(0)
}

/** One big number, each leading zero octet one leading zero digit. */
function radix(digits: Alphabet): Codec {
  const size = digits.digits.length
  return {
    encode(bytes) {
      const octets = [...bytes]
      return [...leadingZeros(octets), ...convert(octets, 256, size)].map((value) => digits.digits[value]).join('')
    },
    decode(text) {
      const values = valuesOf(digits, text)
      return values === undefined ? undefined : new Uint8Array([...leadingZeros(values), ...convert(values, size, 256)])
    }
  }
}

export const base58btc = radix(base58)
export const base32lower = bits(base32, 'none')
export const base64urlUnpadded = bits(base64url, 'none')
/** I2P's: base64 with `-` and `~`. */
export const base64I2p = bits(base64i2p, 'required')

const MULTIBASES: Readonly<Record<string, Codec>> = {
  z: base58btc,
  b: base32lower,
  B: base32lower,
  k: radix(base36),
  K: radix(base36),
  f: bits(base16, 'none'),
  F: bits(base16, 'none'),
  m: bits(base64, 'none'),
  M: bits(base64, 'required'),
  u: base64urlUnpadded,
  U: bits(base64url, 'required')
}

/** Reads a multibase text: the prefix character and the digits behind it. */
export function decodeMultibase(text: string): Uint8Array | undefined {
  const prefix = text.slice(0, 1)
  return Object.hasOwn(MULTIBASES, prefix) ? MULTIBASES[prefix]!.decode(text.slice(1)) : undefined
}
