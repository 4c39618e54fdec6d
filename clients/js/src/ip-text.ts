// IP addresses as the C library's inet_pton reads them, and as RFC 5952 has them written.

const DECIMAL_OCTET = /^(?:0|[1-9][0-9]{0,2})$/
const GROUP = /^[0-9a-fA-F]{1,4}$/
const GROUPS = 8

export function parseIp4(text: string): Uint8Array | undefined {
  const octets = text.split('.')
  if (octets.length !== 4 || !octets.every((octet) => DECIMAL_OCTET.test(octet) && Number(octet) <= 255)) return undefined
  return new Uint8Array(octets.map(Number))
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address at the very end. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const words = text.split(':')
  const ip4 = isEnd && words.at(-1)!.includes('.') ? parseIp4(words.pop()!) : new Uint8Array()
  if (ip4 === undefined || !words.every((word) => GROUP.test(word))) return undefined
  const groups = words.map((word) => Number.parseInt(word, 16))
  for (let i = 0; i < ip4.length; i += 2) groups.push(ip4[i]! << 8 | ip4[i + 1]!)
  return groups
}

export function parseIp6(text: string): Uint8Array | undefined {
  const sides = text.split('::')
  if (sides.length > 2) return undefined
  const head = parseGroups(sides[0]!, sides.length === 1)
  const tail = sides.length === 1 ? [] : parseGroups(sides[1]!, true)
  if (head === undefined || tail === undefined) return undefined
  const missing = GROUPS - head.length - tail.length
  // `::` stands for one group at least.
  if (sides.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return new Uint8Array(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

export const printIp4 = (octets: Uint8Array): string => octets.join('.')

/** The first of the longest runs of zero groups; one alone is not shortened. */
function longestZeroRun(groups: readonly number[]): { start: number, length: number } {
  let best = { start: 0, length: 1 }
  let length = 0
  groups.forEach((group, i) => {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: i + 1 - length, length }
  })
  return best.length > 1 ? best : { start: GROUPS, length: 0 }
}

export function printIp6(octets: Uint8Array): string {
  const groups = Array.from({ length: GROUPS }, (_, i) => octets[2 * i]! << 8 | octets[2 * i + 1]!)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return `::ffff:${printIp4(octets.subarray(12))}`
  const { start, length } = longestZeroRun(groups)
  const print = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  return length === 0 ? print(groups) : `${print(groups.slice(0, start))}::${print(groups.slice(start + length))}`
}
