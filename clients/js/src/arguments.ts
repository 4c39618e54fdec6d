// What callers give. TypeScript knows most of it; programs in JavaScript, and values from elsewhere, meet these checks, all of which throw
// InvalidArgumentError.
import { InvalidArgumentError } from './errors.js'
import type { DHTNode } from './node.js'

export function checkArgument(condition: unknown, message: string): asserts condition {
  if (!(condition as boolean)) throw new InvalidArgumentError(message)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const has = (value: unknown, ...methods: string[]): boolean => isObject(value) && methods.every((method) => typeof value[method] === 'function')

export function checkObject(value: unknown, name: string): void {
  checkArgument(isObject(value), `${name} is not an object`)
}

export function checkOctets(value: unknown, name: string): void {
  checkArgument(Object.prototype.toString.call(value) === '[object Uint8Array]', `${name} is not a Uint8Array`)
}

export function checkText(value: unknown, name: string): void {
  checkArgument(typeof value === 'string', `${name} is not a string`)
}

export function checkNumber(value: unknown, name: string): void {
  checkArgument(Number.isFinite(value), `${name} is not a number`)
}

/** What prints as what is meant: a text, or an object of js-libp2p. */
export function checkPrintable(value: unknown, name: string): void {
  checkArgument(typeof value === 'string' || has(value, 'toString'), `${name} is neither a string nor an object that prints as one`)
}

export function checkAddresses(value: unknown, name: string): void {
  checkArgument(Array.isArray(value), `${name} is not an array of addresses`)
  value.forEach((address, i) => checkPrintable(address, `${name}[${i}]`))
}

export function checkSignal(signal: unknown): void {
  checkArgument(signal === undefined || has(signal, 'throwIfAborted', 'addEventListener', 'removeEventListener'), 'signal is not an AbortSignal')
}

export function checkFunction(value: unknown, name: string): void {
  checkArgument(value === undefined || typeof value === 'function', `${name} is not a function`)
}

export function checkNode(node: DHTNode): void {
  checkArgument(has(node, 'getPeers', 'getMultiaddrs') && isObject(node.peerId) && isObject(node.services), 'node is not a libp2p node')
  checkArgument(has(node.services.dht, 'put', 'get', 'provide'), "node.services.dht is not kad-dht: make it with openpondKadDHT, under the name dht")
}

export function checkAccount(account: unknown): void {
  checkArgument(isObject(account) && typeof account.address === 'string' && typeof account.signMessage === 'function',
    'account is not an account that signs: it needs address and signMessage()')
}
