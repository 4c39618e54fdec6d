// JSON as every reader must understand it in the same way: what two readers could read differently is an error.
// JSON.parse decides about the syntax; the pass over the tokens adds what it lets through.

const MAX_DEPTH = 8
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g

function readString(token) {
  const text = JSON.parse(token)
  if (!text.isWellFormed()) throw new Error('lone surrogate')
  return text
}

/**
 * Takes UTF-8 bytes. Returns the value and, for each member of the outer object, the text of a number as it was written.
 * Throws on bytes that are not strict UTF-8, on syntax, duplicate names, lone surrogates, numbers beyond double and deep nesting.
 */
export function parseStrict(bytes) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  const value = JSON.parse(text)
  const numbers = new Map()
  const stack = []
  let name
  for (const [token] of text.matchAll(TOKEN)) {
    const open = stack.at(-1)
    if (token === '{' || token === '[') {
      stack.push({ names: token === '{' ? new Set() : undefined, nameNext: token === '{' })
      if (stack.length > MAX_DEPTH) throw new Error('nested too deeply')
    } else if (token === '}' || token === ']') {
      stack.pop()
    } else if (token === ',') {
      open.nameNext = open.names !== undefined
    } else if (token === ':') {
      open.nameNext = false
    } else if (token[0] === '"') {
      const string = readString(token)
      if (!open?.nameNext) continue
      if (open.names.has(string)) throw new Error('duplicate member name')
      open.names.add(string)
      name = string
    } else if (/^[-\d]/.test(token)) {
      if (!Number.isFinite(Number(token))) throw new Error('number beyond double')
      if (stack.length === 1 && open.names !== undefined) numbers.set(name, token)
    }
  }
  return { value, numbers }
}
