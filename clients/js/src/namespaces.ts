// Validators and selectors, as kad-dht takes them.
import { checkArgument, checkFunction, checkObject } from './arguments.js'
import type { AgentRecord } from './records.js'
import { compareRecords, compareTestRecords, verifyRecord, verifyTestRecord } from './records.js'
import { checkNetworkName } from './networks.js'
import { SignatureMemo } from './signature-memo.js'

/** Throws when the value must not be stored or believed. */
export type Validator = (key: Uint8Array, value: Uint8Array) => Promise<void>
/** The index of the best of several valid values. */
export type Selector = (key: Uint8Array, values: Uint8Array[]) => number

export interface ValidatorOptions {
  /** The node's network: records for another are refused. */
  network: string
  /** Take unsigned records too. */
  acceptUnsigned?: boolean
  /** The clock, milliseconds since the epoch; `Date.now`, by default. */
  now?: () => number
  /** Told of each valid record under `/eth`. */
  onRecord?: (record: AgentRecord) => void
}

/** The validators of the namespaces `eth` and `test`. Without them a kad-dht server stores nothing, and a client discards what it gets. */
export function validators(options: ValidatorOptions): { eth: Validator, test: Validator } {
  checkObject(options, 'options')
  const { network, acceptUnsigned = false, now = Date.now, onRecord } = options
  checkNetworkName(network)
  checkFunction(now, 'now')
  checkFunction(onRecord, 'onRecord')
  const memo = new SignatureMemo()
  return {
    async eth(key, value) {
      const record = await verifyRecord(key, value, { network, acceptUnsigned, now: now(), memo })
      onRecord?.(record)
    },
    async test(key, value) {
      verifyTestRecord(key, value, { now: now() })
    }
  }
}

function best(values: Uint8Array[], compare: (a: Uint8Array, b: Uint8Array) => number): number {
  checkArgument(Array.isArray(values) && values.length > 0, 'values is not an array of values')
  let index = 0
  for (let i = 1; i < values.length; i++) {
    if (compare(values[i]!, values[index]!) > 0) index = i
  }
  return index
}

/** The selectors of `eth` and `test`: the newest wins. Without them `get` throws MissingSelectorError. */
export function selectors(): { eth: Selector, test: Selector } {
  return {
    eth: (_key, values) => best(values, compareRecords),
    test: (_key, values) => best(values, compareTestRecords)
  }
}
