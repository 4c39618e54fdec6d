import { checkArgument } from './arguments.js'
import { MAX_DEPTH } from './strict-json.js'

// JavaScript orders such names by their number and puts them before all others, whatever the order in which they were written.
const INTEGER_NAME = /^(?:0|[1-9][0-9]*)$/

/** Whether it is an object of plain members, of whichever realm. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

const hasHidden = (value: object, shown: number): boolean => Object.getOwnPropertySymbols(value).length > 0 || Object.getOwnPropertyNames(value).length !== shown

/** Checks that JSON.stringify writes the value as it is: it would leave out, replace or convert everything that is refused here. */
function checkValue(value: unknown, where: string, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number') {
    checkArgument(Number.isFinite(value) && !Object.is(value, -0), `${where} is ${Object.is(value, -0) ? '-0' : value}, for which JSON has no number`)
    return
  }
  checkArgument(typeof value === 'object', `${where} is of the type ${typeof value}, which JSON does not have`)
  checkArgument(depth < MAX_DEPTH, `${where} is nested too deeply`)
  if (Array.isArray(value)) {
    // An array's length is a property, too.
    checkArgument(Object.keys(value).length === value.length && !hasHidden(value, value.length + 1), `${where} is an array with holes or further members`)
    value.forEach((one, i) => checkValue(one, `${where}[${i}]`, depth + 1))
    return
  }
  const names = Object.keys(value)
  checkArgument(isPlainObject(value) && !hasHidden(value, names.length), `${where} is not an object of plain members`)
  for (const name of names) checkValue((value as Record<string, unknown>)[name], `${where}.${name}`, depth + 1)
}

/**
 * Checks the further members of a record: plain JSON, under names that keep their place.
 *
 * @throws InvalidArgumentError
 */
export function checkMembers(members: unknown, where: string): asserts members is Readonly<Record<string, unknown>> {
  checkArgument(typeof members === 'object' && members !== null && !Array.isArray(members), `${where} is not an object`)
  checkValue(members, where, 0)
  const integer = Object.keys(members).find((name) => INTEGER_NAME.test(name))
  checkArgument(integer === undefined, `${where} must not name a member ${integer}: JavaScript puts integers before all other names`)
}
