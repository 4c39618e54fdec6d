// Every entry of tests/vectors/eth_records.json, on which the C++ node is judged too.
import { describe, expect, test } from 'vitest'
import { verifyRecord } from '../../src/index.js'
import { SignatureMemo } from '../../src/signature-memo.js'
import { bytes, loadVectors } from '../support/vectors.js'

interface Vector {
  name: string
  expect: string
  key: string
  network: string
  now: number
  value?: string
  valueBase64?: string
  acceptUnsigned?: boolean
  sender?: string
}

const { records } = loadVectors<{ records: Vector[] }>('eth_records.json')
const valueOf = ({ value, valueBase64 }: Vector): Uint8Array =>
  value === undefined ? new Uint8Array(Buffer.from(valueBase64!, 'base64')) : bytes(value)

async function verdict(vector: Vector, memo?: SignatureMemo): Promise<string> {
  const { network, now, acceptUnsigned, sender } = vector
  const options = { network, now, ...(acceptUnsigned && { acceptUnsigned }), ...(sender && { sender }), ...(memo && { memo }) }
  try {
    const { verified } = await verifyRecord(bytes(vector.key), valueOf(vector), options)
    return verified ? 'valid' : 'accepted-unsigned'
  } catch (err) {
    return (err as { code: string }).code
  }
}

// What is no network's name is the caller's mistake here, before any record is read.
const isNetwork = (name: string): boolean => /^[a-z0-9-]{1,32}$/.test(name)

describe('the vectors of /eth records', () => {
  test('are all there', () => expect(records.length).toBeGreaterThanOrEqual(200))

  test.each(records.map((vector, index) => ({ ...vector, index })))('$index $name: $expect', async (vector) => {
    if (!isNetwork(vector.network)) {
      expect(await verdict(vector)).toBe('invalid-argument')
      expect(await verdict({ ...vector, network: 'local' })).toBe(vector.expect)
      return
    }
    expect(await verdict(vector)).toBe(vector.expect)
    const memo = new SignatureMemo()
    expect(await verdict(vector, memo)).toBe(vector.expect)
    expect(await verdict(vector, memo)).toBe(vector.expect)
  })
})
