// JSON that every reader understands in the same way. JSON.parse decides about the syntax; one pass over the tokens of what it has
// accepted finds what it lets through: names twice, lone surrogates, numbers beyond double, deep nesting, how a number was written.
import { decodeStrict, isWellFormed } from './bytes.js'
import { RecordError } from './errors.js'

/** Objects and arrays in each other, the outer object counted. */
export const MAX_DEPTH = 8
// In a text that JSON.parse accepts these are all the tokens; true, false and null need no check, and colons and commas show where a name stands.
const TOKEN = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\],]/g
const INTEGER = /^(?:0|[1-9][0-9]*)$/

const malformed = (message: string, cause?: unknown): RecordError => new RecordError('malformed', message, { cause })

/** An object's members, with integers as they were written. */
export class StrictObject {
  readonly members: ReadonlyMap<string, unknown>
  readonly #numbers: ReadonlyMap<string, string>

  constructor(members: ReadonlyMap<string, unknown>, numbers: ReadonlyMap<string, string>) {
    this.members = members
    this.#numbers = numbers
  }

  has(name: string): boolean {
    return this.members.has(name)
  }

  string(name: string): string | undefined {
    const value = this.members.get(name)
    return typeof value === 'string' ? value : undefined
  }

  /** Written as `0|[1-9][0-9]*` and below 2^53; undefined otherwise. */
  integer(name: string): number | undefined {
    const text = this.#numbers.get(name)
    if (text === undefined || !INTEGER.test(text)) return undefined
    const value = Number(text)
    return Number.isSafeInteger(value) ? value : undefined
  }

  strings(name: string): readonly string[] | undefined {
    const value = this.members.get(name)
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
  }
}

/** The names of one open object, or undefined for an array. */
type Open = Set<string> | undefined

function readString(token: string): string {
  const text = JSON.parse(token) as string
  if (!isWellFormed(text)) throw malformed('a lone surrogate')
  return text
}

/** Checks the tokens of a text that JSON.parse has accepted as an object. Returns the outer object's numbers as text. */
function checkTokens(text: string): Map<string, string> {
  const numbers = new Map<string, string>()
  const stack: Open[] = []
  let nameNext = false
  let name = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const open = stack.at(-1)
    switch (token) {
      case '{':
      case '[':
        if (stack.length === MAX_DEPTH) throw malformed('nested too deeply')
        nameNext = token === '{'
        stack.push(nameNext ? new Set() : undefined)
        break
      case '}':
      case ']':
        stack.pop()
        nameNext = false
        break
      case ',':
        nameNext = open !== undefined
        break
      default:
        if (token[0] !== '"') {
          if (!Number.isFinite(Number(token))) throw malformed('a number beyond double')
          if (stack.length === 1) numbers.set(name, token)
          break
        }
        const string = readString(token)
        if (!nameNext) break
        if (open!.has(string)) throw malformed('a member name twice in one object')
        open!.add(string)
        name = string
        nameNext = false
    }
  }
  return numbers
}

/** Reads one JSON object whose first octet is `{`. Throws RecordError `malformed`. */
export function parseStrictObject(bytes: Uint8Array): StrictObject {
  if (bytes[0] !== 0x7b) throw malformed('not a JSON object')
  let text: string
  let value: object
  try {
    text = decodeStrict(bytes)
    value = JSON.parse(text) as object
  } catch (err) {
    throw malformed('not JSON in UTF-8', err)
  }
  const numbers = checkTokens(text)
  return new StrictObject(new Map(Object.entries(value)), numbers)
}
