import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test, vi } from 'vitest'
import { type RecordDraft, DEFAULT_LIFETIME_MS, ethKey, signRecord, testKey, testValue, verifyRecord, verifyTestRecord } from '../../src/index.js'
import { OTHER_PEER, PEER, PRIVATE_KEY, T, bytes, textOf } from '../support/vectors.js'

const account = privateKeyToAccount(PRIVATE_KEY)
const draft = (changes: Partial<RecordDraft> = {}): RecordDraft =>
  ({ network: 'local', peerId: PEER, agentName: 'agent-1', multiaddrs: ['/ip4/127.0.0.1/tcp/8000'], timestamp: T, ...changes })
const sign = (changes?: Partial<RecordDraft>): Promise<Uint8Array> => signRecord(account, draft(changes))
const read = (value: Uint8Array) => verifyRecord(ethKey(account.address), value, { network: 'local', now: T })

describe('signRecord', () => {
  test('dates the record now and lets it live for 24 h', async () => {
    const before = Date.now()
    const { timestamp, expires } = JSON.parse(textOf(await signRecord(account, { network: 'local', peerId: PEER, agentName: 'a', multiaddrs: [] })))
    expect(timestamp).toBeGreaterThanOrEqual(before)
    expect(expires - timestamp).toBe(DEFAULT_LIFETIME_MS)
  })

  test('takes objects that print as peer ids and addresses', async () => {
    const printed = (text: string) => ({ toString: () => text })
    expect(await sign({ peerId: printed(PEER), multiaddrs: [printed('/ip4/127.0.0.1/tcp/8000')] })).toEqual(await sign())
  })

  test('takes an account that writes its address in lower case', async () => {
    const lower = { address: account.address.toLowerCase(), signMessage: account.signMessage }
    expect(await signRecord(lower, draft())).toEqual(await sign())
  })

  test('takes signatures in upper case with v of 0 or 1', async () => {
    const odd = {
      address: account.address,
      async signMessage(parameters: { message: string }) {
        const signature = await account.signMessage(parameters)
        return `0x${signature.slice(2, 130).toUpperCase()}${signature.endsWith('1b') ? '00' : '01'}`
      }
    }
    expect(await signRecord(odd, draft())).toEqual(await sign())
  })

  test('keeps further members', async () => {
    const { others } = await read(await sign({ others: { role: 'full', limits: { day: [1, 2] } } }))
    expect(others).toEqual({ role: 'full', limits: { day: [1, 2] } })
  })

  test('refuses further members that would replace its own', async () => {
    await expect(sign({ others: { network: 'base' } })).rejects.toMatchObject({ name: 'InvalidArgumentError', code: 'invalid-argument' })
  })

  test('refuses an account that signs with another key', async () => {
    const other = privateKeyToAccount(`0x${'11'.repeat(32)}`)
    await expect(signRecord({ address: account.address, signMessage: other.signMessage }, draft())).rejects.toMatchObject({ code: 'bad-signature' })
  })

  test('refuses an account that gives no signature', async () => {
    await expect(signRecord({ address: account.address, signMessage: async () => '0x' }, draft())).rejects.toMatchObject({ code: 'bad-signature' })
  })

  test('asks for no signature under a draft that would be refused', async () => {
    const signMessage = vi.fn(account.signMessage)
    await expect(signRecord({ address: account.address, signMessage }, draft({ agentName: '' }))).rejects.toMatchObject({ code: 'bad-member' })
    expect(signMessage).not.toHaveBeenCalled()
  })

  test('refuses a lone surrogate in the name', async () => {
    await expect(sign({ agentName: 'a\ud800' })).rejects.toMatchObject({ code: 'malformed' })
  })

  test('refuses an address of another peer', async () => {
    await expect(sign({ multiaddrs: [`/ip4/127.0.0.1/tcp/1/p2p/${OTHER_PEER}`] })).rejects.toMatchObject({ code: 'bad-member' })
  })
})

describe('verifyRecord', () => {
  test('tells what the record says', async () => {
    expect(await read(await sign({ others: { role: 'full' } }))).toEqual({
      address: account.address.toLowerCase(), agentId: account.address, agentName: 'agent-1', expires: T + DEFAULT_LIFETIME_MS,
      multiaddrs: ['/ip4/127.0.0.1/tcp/8000'], network: 'local', others: { role: 'full' }, peerId: PEER, timestamp: T, verified: true
    })
  })

  test('takes the key as text too', async () => {
    const { peerId } = await verifyRecord(`/eth/${account.address.toLowerCase()}`, await sign(), { network: 'local', now: T })
    expect(peerId).toBe(PEER)
  })

  test('rejects with a RecordError that says why', async () => {
    const error = await verifyRecord(ethKey(account.address), await sign(), { network: 'base', now: T }).catch((err: unknown) => err)
    expect(error).toMatchObject({ name: 'RecordError', code: 'wrong-network' })
    expect((error as Error).message).toBe('the record is for another network')
  })

  test('refuses a key that is not UTF-8', async () => {
    await expect(verifyRecord(new Uint8Array([0xff]), await sign(), { network: 'local' })).rejects.toMatchObject({ code: 'bad-key' })
  })

  test("refuses a reader's network that is none", async () => {
    await expect(verifyRecord(ethKey(account.address), await sign(), { network: 'Local' })).rejects.toMatchObject({ code: 'invalid-argument' })
  })

  test('does not let a member called __proto__ change what it returns', async () => {
    const record = await read(await sign({ others: JSON.parse('{"__proto__":{"verified":false,"x":1}}') }))
    expect(Object.hasOwn(record.others, '__proto__')).toBe(true)
    expect((record.others as { x?: number }).x).toBeUndefined()
  })
})

describe('the records of health checks', () => {
  const at = (timestamp: number) => testValue(timestamp)
  const code = (act: () => unknown): string => {
    try {
      act()
      return 'valid'
    } catch (err) {
      return (err as { code: string }).code
    }
  }
  const judge = (value: Uint8Array, key: Uint8Array | string = testKey(PEER)) => code(() => verifyTestRecord(key, value, { now: T }))

  test('may be 10 minutes off either way', () => {
    expect(judge(at(T - 600_000))).toBe('valid')
    expect(judge(at(T + 600_000))).toBe('valid')
  })
  test('not more ahead', () => expect(judge(at(T + 600_001))).toBe('from-the-future'))
  test('not more behind', () => expect(judge(at(T - 600_001))).toBe('expired'))
  test('must be JSON', () => expect(judge(bytes('now'))).toBe('malformed'))
  test('must have an integer', () => expect(judge(bytes(`{"timestamp":"${T}"}`))).toBe('bad-member'))
  test('may have 256 bytes', () => expect(judge(bytes(`{"timestamp":${T},"x":"${'x'.repeat(256 - 34)}"}`))).toBe('valid'))
  test('not 257', () => expect(judge(bytes(`{"timestamp":${T},"x":"${'x'.repeat(257 - 34)}"}`))).toBe('too-large'))
  test('must be under the key of a peer', () => expect(judge(at(T), '/test/me')).toBe('bad-key'))
  test('must be under their own namespace', () => expect(judge(at(T), `/eth/${PEER}`)).toBe('bad-key'))
  test('give the timestamp back', () => expect(verifyTestRecord(testKey(PEER), at(T), { now: T })).toBe(T))
})

describe('keys', () => {
  test('of an agent are lower case', () => expect(textOf(ethKey(account.address))).toBe(`/eth/${account.address.toLowerCase()}`))
  test('of an agent need an address', () => expect(() => ethKey('0x12')).toThrow(expect.objectContaining({ code: 'invalid-argument' })))
  test('of a health check need a peer id', () => expect(() => testKey('me')).toThrow(expect.objectContaining({ code: 'invalid-argument' })))
})

describe('addresses in a draft', () => {
  test.each(['', '/', '127.0.0.1:8000', '/ip4/127.0.0.1/tcp/65536', '/ip4/127.0.0.1/nonsense/1', '/ip4/256.0.0.1/tcp/1'])('%s is refused', async (address) => {
    await expect(sign({ multiaddrs: [address] })).rejects.toMatchObject({ code: 'bad-member' })
  })
})
