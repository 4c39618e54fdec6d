import { InvalidArgumentError } from './errors.js'

const NAME = /^[a-z0-9-]{1,32}$/
const PUBLIC = new Set(['base', 'sepolia'])

export const isNetworkName = (name: string): boolean => NAME.test(name)

/** Throws InvalidArgumentError when it is no network's name. */
export function checkNetworkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !isNetworkName(name)) throw new InvalidArgumentError("network is not a network's name ([a-z0-9-], 1 to 32 characters)")
}

/** Whether private and loopback addresses are of no use to others on that network. */
export const isPublicNetwork = (name: string): boolean => PUBLIC.has(name)
