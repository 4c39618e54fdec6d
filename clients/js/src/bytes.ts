const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const encode = (text: string): Uint8Array => encoder.encode(text)

/** Throws a TypeError on octets that are not UTF-8; a byte order mark stays a character. */
export const decodeStrict = (bytes: Uint8Array): string => strict.decode(bytes)

/** Below, equal to or above 0 as `a` comes before, is, or comes after `b`; a prefix comes first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && compareBytes(a, b) === 0

const LONE_SURROGATE = /\p{Surrogate}/u

/** Whether every surrogate of the text has its other half. */
export const isWellFormed = (text: string): boolean => !LONE_SURROGATE.test(text)

// C0, DEL and C1, line and paragraph separators, and everything with the property Bidi_Control.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/** Whether the text is well formed and has nothing that could make it look like another one. */
export const isPrintable = (text: string): boolean => isWellFormed(text) && !CONTROL.test(text)
