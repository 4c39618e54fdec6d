import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test, vi } from 'vitest'
import { ethKey, selectors, signRecord, testKey, testValue, validators } from '../../src/index.js'
import { PEER, PRIVATE_KEY, T, bytes } from '../support/vectors.js'

const account = privateKeyToAccount(PRIVATE_KEY)
const key = ethKey(account.address)
const now = () => T
const sign = (timestamp = T, network = 'local', agentName = 'a') => signRecord(account, { network, peerId: PEER, agentName, multiaddrs: [], timestamp })

describe('validators', () => {
  const { eth, test: health } = validators({ network: 'local', now })

  test('take a signed record', async () => expect(await eth(key, await sign())).toBeUndefined())
  test('refuse one for another network', async () => expect(eth(key, await sign(T, 'base'))).rejects.toMatchObject({ code: 'wrong-network' }))
  test('refuse an unsigned one', () => expect(eth(key, bytes('{}'))).rejects.toMatchObject({ code: 'unsigned' }))
  test('take an unsigned one where asked', async () => {
    const value = bytes(JSON.stringify({ peerId: PEER, timestamp: T, agentId: account.address, agentName: 'a', multiaddrs: [] }))
    await validators({ network: 'local', now, acceptUnsigned: true }).eth(key, value)
  })
  test('judge the same record again the same', async () => {
    const forged = new TextDecoder().decode(await sign()).replace('"a"', '"b"')
    for (let i = 0; i < 3; i++) await expect(eth(key, bytes(forged))).rejects.toMatchObject({ code: 'bad-signature' })
  })
  test('tell of each record that they take', async () => {
    const onRecord = vi.fn()
    const told = validators({ network: 'local', now, onRecord })
    await told.eth(key, await sign())
    await told.eth(key, bytes('{}')).catch(() => {})
    expect(onRecord).toHaveBeenCalledOnce()
    expect(onRecord.mock.calls[0]![0]).toMatchObject({ peerId: PEER, verified: true })
  })
  test('take a health check, and refuse an old one', async () => {
    await health(testKey(PEER), testValue(T))
    await expect(health(testKey(PEER), testValue(0))).rejects.toMatchObject({ code: 'expired' })
  })
  test('need the name of a network', () => expect(() => validators({ network: '' })).toThrow(expect.objectContaining({ code: 'invalid-argument' })))
})

describe('selectors', () => {
  const { eth, test: health } = selectors()
  const record = (timestamp: number, expires: number, signature = '0') => bytes(`{"timestamp":${timestamp},"expires":${expires},"signature":"0x${signature.repeat(130)}"}`)
  const best = (...values: Uint8Array[]) => eth(key, values)

  test('take the highest timestamp', () => expect(best(record(1, 9), record(3, 4), record(2, 9))).toBe(1))
  test('compare timestamps as numbers', () => expect(best(record(10, 11), record(9, 99))).toBe(0))
  test('then the highest expires', () => expect(best(record(3, 4), record(3, 5), record(3, 4))).toBe(1))
  test('then the greater octets', () => expect(best(record(3, 4, 'a'), record(3, 4, 'b'))).toBe(1))
  test('a signed one before any unsigned one', () => expect(best(bytes('{"timestamp":9}'), record(3, 4))).toBe(1))
  test('an unsigned one before nonsense', () => expect(best(bytes('x'), bytes('{"timestamp":1}'), bytes(''))).toBe(1))
  test('the first of equals', () => expect(best(record(3, 4), record(3, 4))).toBe(0))
  test('the only one', () => expect(best(bytes('x'))).toBe(0))
  test('of health checks take the newest', () => expect(health(testKey(PEER), [testValue(2), testValue(30), testValue(4)])).toBe(1))
  test('of health checks pass over nonsense', () => expect(health(testKey(PEER), [bytes('x'), testValue(0)])).toBe(1))
})
