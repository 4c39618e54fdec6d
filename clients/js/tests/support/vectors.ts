import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of the repository's tests/vectors/, which other languages read too. */
export function loadVectors<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`../../../../tests/vectors/${name}`, import.meta.url)), 'utf8')) as T
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (value: Uint8Array): string => new TextDecoder().decode(value)

/** The well-known first key of test chains. */
export const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
export const PEER = '16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa'
export const OTHER_PEER = '12D3KooWPZA8yYose7vXUDGiigTvmmAGrJRbtqMiLzcqSgpKSzgB'
export const T = 1763800000000
