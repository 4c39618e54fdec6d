// Every entry of tests/vectors/signed_records.json: from the same draft the C++ node makes the same octets.
import { runInNewContext } from 'node:vm'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { type RecordDraft, ethKey, signRecord, verifyRecord } from '../../src/index.js'
import { loadVectors, textOf } from '../support/vectors.js'

interface Vector {
  name: string
  privateKey: `0x${string}`
  draft: Omit<RecordDraft, 'others' | 'peerId'> & { peerId: string, others: Array<{ name: string, json: string }> }
  /** Absent where the draft must be refused. */
  value?: string
  /** How the draft must be refused because no object of JavaScript is like it. */
  javascript?: string
}

/** The value that a text of JSON stands for; what is no JSON is read as JavaScript. */
function valueOf(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return runInNewContext(`(${json})`)
  }
}

const { records } = loadVectors<{ records: Vector[] }>('signed_records.json')

describe('the vectors of signing', () => {
  test.each(records)('$name', async ({ privateKey, draft: { others, ...rest }, value, javascript }) => {
    const account = privateKeyToAccount(privateKey)
    const draft = { ...rest, others: Object.fromEntries(others.map(({ name, json }) => [name, valueOf(json)])) }
    if (javascript !== undefined) {
      await expect(signRecord(account, draft)).rejects.toMatchObject({ code: javascript })
      return
    }
    if (value === undefined) {
      await expect(signRecord(account, draft)).rejects.toMatchObject({ code: expect.stringMatching(/^(bad-member|malformed|too-large|invalid-argument)$/) })
      return
    }
    const signed = await signRecord(account, draft)
    expect(textOf(signed)).toBe(value)
    await verifyRecord(ethKey(account.address), signed, { network: draft.network, now: draft.timestamp! })
  })
})
