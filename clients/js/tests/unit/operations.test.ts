// publish, lookup, waitForDHT, getDHTRecords and startPublishing against servers in memory: what goes wrong, mostly.
import { privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ethKey, getDHTRecords, lookup, providerCID, publish, signRecord, startPublishing, testKey, testValue, verifyRecord, waitForDHT } from '../../src/index.js'
import { FakeNode, FakeServer } from '../support/fake-node.js'
import { PEER, PRIVATE_KEY, bytes, textOf } from '../support/vectors.js'

const account = privateKeyToAccount(PRIVATE_KEY)
const { address } = account
const key = ethKey(address)
const keyText = textOf(key)
const as = { account, agentName: 'agent', network: 'local' }
const here = { network: 'local' }
const sign = (timestamp = Date.now(), network = 'local') => signRecord(account, { network, peerId: PEER, agentName: 'a', multiaddrs: [], timestamp })
const ids = (...servers: FakeServer[]) => servers.map(({ id }) => id.toString())

let first: FakeServer, second: FakeServer, node: FakeNode
beforeEach(() => {
  first = new FakeServer(1)
  second = new FakeServer(2)
  node = new FakeNode([first, second])
})

describe('publish', () => {
  test('puts a signed record of the node and provides its key', async () => {
    const { record, stored, provided, failed, value } = await publish(node, as)
    expect(record).toMatchObject({ peerId: node.peerId.toString(), agentId: address, agentName: 'agent', multiaddrs: node.addresses, verified: true })
    expect([stored, provided, failed]).toEqual([ids(first, second), ids(first, second), []])
    expect(first.values.get(keyText)).toEqual(value)
    expect(first.providers).toEqual(new Set([providerCID(key).toString()]))
  })

  test('names who did not take it', async () => {
    second.behaviour = 'refuses'
    const { stored, failed } = await publish(node, as)
    expect(stored).toEqual(ids(first))
    expect(failed.map(({ peer }) => peer)).toEqual([...ids(second), ...ids(second)])
  })

  test('rejects when nobody took it', async () => {
    first.behaviour = second.behaviour = 'refuses'
    await expect(publish(node, as)).rejects.toMatchObject({ name: 'NotStoredError', code: 'not-stored', message: 'none of 2 peers stored the record: stream reset' })
  })

  test('rejects when there is nobody', async () => {
    await expect(publish(new FakeNode([]), as)).rejects.toMatchObject({ code: 'not-stored', message: 'there was no peer to store the record at' })
  })

  test('says what broke when nobody could be asked', async () => {
    const alone = new FakeNode([])
    alone.error = new Error('not started')
    await expect(publish(alone, as)).rejects.toMatchObject({ message: 'there was no peer to store the record at: not started', cause: alone.error })
  })

  test('says what kept it from being announced', async () => {
    const error = new Error('no such multihash')
    node.services.dht.provide = async function * () { throw error }
    expect(await publish(node, as)).toMatchObject({ stored: ids(first, second), provided: [], failed: [{ peer: undefined, error }] })
  })

  test('outdoes a newer record that others hold', async () => {
    const newest = Date.now() + 60_000
    for (const server of [first, second]) {
      server.behaviour = 'keeps-better'
      server.values.set(keyText, await sign(newest))
    }
    const { record, stored } = await publish(node, as)
    expect(record.timestamp).toBe(newest + 1)
    expect(stored).toEqual(ids(first, second))
  })

  test('does not count who answered with another record, and leaves it at that when nobody shows a newer one', async () => {
    second.behaviour = 'answers-other'
    expect((await publish(node, as)).stored).toEqual(ids(first))
    expect(node.queries.put).toBe(1)
  })

  test('leaves no timer behind', async () => {
    vi.useFakeTimers()
    await publish(node, as)
    await lookup(node, address, here)
    await waitForDHT(node)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a record that is newer again follows its own', async () => {
    const { record } = await publish(node, as)
    expect((await publish(node, as)).record.timestamp).toBeGreaterThan(record.timestamp)
  })

  test('announces no provider without addresses', async () => {
    node.addresses = []
    expect((await publish(node, as)).provided).toEqual([])
    expect(node.queries.provide).toBe(0)
  })

  test('publishes 16 addresses of more', async () => {
    node.addresses = Array.from({ length: 20 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}`)
    expect((await publish(node, as)).record.multiaddrs).toEqual(node.addresses.slice(0, 16))
  })

  test('leaves out addresses through a relay, which no record may have', async () => {
    const [own] = node.addresses
    node.addresses.push(`/ip4/192.0.2.1/tcp/1/p2p/${PEER}/p2p-circuit/p2p/${node.peerId}`)
    expect((await publish(node, as)).record.multiaddrs).toEqual([own])
  })

  test('takes addresses, a lifetime and further members', async () => {
    const { record } = await publish(node, { ...as, multiaddrs: ['/dns4/a.example.com/tcp/1'], lifetime: 5000, others: { role: 'full' } })
    expect(record).toMatchObject({ multiaddrs: ['/dns4/a.example.com/tcp/1'], others: { role: 'full' } })
    expect(record.expires! - record.timestamp).toBe(5000)
  })

  test('refuses a name that is none before it asks anybody', async () => {
    await expect(publish(node, { ...as, agentName: 'a\nb' })).rejects.toMatchObject({ code: 'bad-member' })
    expect(node.queries.put).toBe(0)
  })

  test('counts who stored the record when the rest takes too long', async () => {
    second.behaviour = 'hangs'
    vi.useFakeTimers()
    const done = publish(node, as)
    await vi.advanceTimersByTimeAsync(31_000)
    expect(await done).toMatchObject({ stored: ids(first), provided: ids(first) })
  })

  test('times out after 20 s of putting when nobody answers', async () => {
    first.behaviour = 'hangs'
    vi.useFakeTimers()
    const done = expect(publish(node, as)).rejects.toMatchObject({ name: 'TimeoutError', code: 'timeout', operation: 'put', milliseconds: 20_000 })
    await vi.advanceTimersByTimeAsync(20_000)
    await done
  })

  test('ends with the reason of the signal', async () => {
    first.behaviour = 'hangs'
    const reason = new Error('enough')
    const controller = new AbortController()
    const done = publish(node, { ...as, signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await expect(done).rejects.toBe(reason)
  })

  describe('with a wallet that does not answer', () => {
    const silent = { ...as, account: { address, signMessage: () => new Promise<string>(() => {}) } }

    test('times out', async () => {
      vi.useFakeTimers()
      const done = expect(publish(node, silent)).rejects.toMatchObject({ name: 'TimeoutError', operation: 'publish', milliseconds: 30_000 })
      await vi.advanceTimersByTimeAsync(30_000)
      await done
      expect(vi.getTimerCount()).toBe(0)
    })

    test('ends with the reason of the signal', async () => {
      const reason = new Error('enough')
      const controller = new AbortController()
      const done = publish(node, { ...silent, signal: controller.signal })
      controller.abort(reason)
      await expect(done).rejects.toBe(reason)
    })

    test('puts nothing when it answers too late', async () => {
      vi.useFakeTimers()
      const slow = { address, signMessage: async (parameters: { message: string }) => {
        await new Promise((resolve) => { setTimeout(resolve, 2000) })
        return account.signMessage(parameters)
      } }
      const done = expect(publish(node, { ...as, account: slow, timeout: 1000 })).rejects.toMatchObject({ name: 'TimeoutError', operation: 'publish' })
      await vi.advanceTimersByTimeAsync(5000)
      await done
      expect(node.queries.put).toBe(0)
    })
  })

  test('does nothing under a signal that has been aborted', async () => {
    await expect(publish(node, { ...as, signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
    expect(node.queries.put).toBe(0)
  })
})

describe('lookup', () => {
  test('finds the newest record and who holds it', async () => {
    first.values.set(keyText, await sign(Date.now() - 1000))
    const value = await sign()
    second.values.set(keyText, value)
    const found = await lookup(node, address, here)
    expect(found).toMatchObject({ value, holders: ids(second), record: { peerId: PEER, verified: true } })
  })

  test('takes the address in either case', async () => {
    first.values.set(keyText, await sign())
    expect(await lookup(node, address.toLowerCase(), here)).toBeDefined()
    expect(await lookup(node, `0x${address.slice(2).toUpperCase()}`, here)).toBeDefined()
  })

  test('hands the record to who ought to have it', async () => {
    const value = await sign()
    first.values.set(keyText, value)
    const found = await lookup(node, address, here)
    expect(await found!.repaired).toEqual(ids(second))
    expect(second.values.get(keyText)).toEqual(value)
  })

  test('hands over nothing when all have it, or when told not to', async () => {
    first.values.set(keyText, await sign())
    await (await lookup(node, address, { ...here, repair: false }))!.repaired
    second.values.set(keyText, first.values.get(keyText)!)
    await (await lookup(node, address, here))!.repaired
    expect(node.queries.put).toBe(0)
  })

  test('finds nothing where nobody has a record', async () => expect(await lookup(node, address, here)).toBeUndefined())

  test('believes no forged, foreign or unsigned record', async () => {
    const genuine = textOf(await sign())
    const { v, domain, network, expires, signature, ...unsigned } = JSON.parse(genuine)
    for (const value of [bytes(genuine.replace('"a"', '"b"')), await sign(undefined, 'base'), bytes(JSON.stringify(unsigned)), bytes('')]) {
      first.values.set(keyText, value)
      expect(await lookup(node, address, here)).toBeUndefined()
    }
  })

  test('reports an unsigned record as unverified where asked, and hands it to nobody', async () => {
    const value = bytes(JSON.stringify({ peerId: PEER, timestamp: Date.now(), agentId: address, agentName: 'a', multiaddrs: [] }))
    first.values.set(keyText, value)
    const found = await lookup(node, address, { ...here, acceptUnsigned: true })
    expect(found).toMatchObject({ record: { verified: false, network: undefined, expires: undefined } })
    expect(await found!.repaired).toEqual([])
    expect(node.queries.put).toBe(0)
  })

  test('takes a signed record before a newer unsigned one', async () => {
    first.values.set(keyText, bytes(JSON.stringify({ peerId: PEER, timestamp: Date.now() + 1000, agentId: address, agentName: 'a', multiaddrs: [] })))
    second.values.set(keyText, await sign())
    expect(await lookup(node, address, { ...here, acceptUnsigned: true })).toMatchObject({ record: { verified: true } })
  })

  test('keeps what it found when the query breaks', async () => {
    first.values.set(keyText, await sign())
    node.error = new Error('Could not send correction')
    expect(await lookup(node, address, here)).toMatchObject({ holders: ids(first) })
  })

  test('says what broke when it found nothing', async () => {
    node.error = new Error('no selector')
    await expect(lookup(node, address, here)).rejects.toMatchObject({ name: 'QueryFailedError', code: 'query-failed', message: 'lookup: no selector' })
  })

  test('gives what it found when time is up', async () => {
    first.values.set(keyText, await sign())
    second.behaviour = 'hangs'
    expect(await lookup(node, address, { ...here, timeout: 50 })).toMatchObject({ holders: ids(first) })
  })

  test('times out after 10 s', async () => {
    first.behaviour = 'hangs'
    vi.useFakeTimers()
    const done = expect(lookup(node, address, here)).rejects.toMatchObject({ name: 'TimeoutError', message: 'lookup took longer than 10000 ms' })
    await vi.advanceTimersByTimeAsync(10_000)
    await done
  })

  test('ends with the reason of the signal, whatever it has found', async () => {
    first.values.set(keyText, await sign())
    second.behaviour = 'hangs'
    const controller = new AbortController()
    const done = lookup(node, address, { ...here, signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(done).rejects.toThrow('enough')
  })
})

describe('getDHTRecords', () => {
  test('is empty at first', () => expect(getDHTRecords(node)).toEqual({}))

  test('has the node itself once it has published', async () => {
    const { record } = await publish(node, as)
    expect(getDHTRecords(node)).toEqual({ [address.toLowerCase()]: record })
  })

  test('has whom it looked up, by lowercase address, the newest record only', async () => {
    first.values.set(keyText, await sign(Date.now() - 1000))
    await lookup(node, address, { ...here, repair: false })
    const value = await sign()
    first.values.set(keyText, value)
    await lookup(node, address, { ...here, repair: false })
    first.values.set(keyText, await sign(Date.now() - 500))
    await lookup(node, address, { ...here, repair: false })
    expect(getDHTRecords(node)).toEqual({ [address.toLowerCase()]: await verifyRecord(key, value, here) })
  })

  test('forgets what has expired', async () => {
    await publish(node, { ...as, lifetime: 1000 })
    vi.useFakeTimers({ now: Date.now() + 1001 })
    expect(getDHTRecords(node)).toEqual({})
  })

  test('is each node for itself', async () => {
    await publish(node, as)
    expect(getDHTRecords(new FakeNode([first]))).toEqual({})
  })
})

describe('waitForDHT', () => {
  const bootstrap = () => ids(first).map((id) => `/ip4/127.0.0.1/tcp/1/p2p/${id}`)
  const quick = { interval: 1 }

  test('is content when a value comes back', async () => {
    expect(await waitForDHT(node, { bootstrap: bootstrap() })).toEqual({ attempts: 1, stored: ids(first, second), holders: ids(first, second) })
    expect(JSON.parse(textOf(first.values.get(textOf(testKey(node.peerId)))!)).timestamp).toBeTypeOf('number')
  })

  test('needs a bootstrap node, not just any peer', async () => {
    node.connected = ids(second)
    await expect(waitForDHT(node, { ...quick, bootstrap: bootstrap() })).rejects.toMatchObject({
      name: 'NotReadyError', code: 'not-ready', stage: 'connect', attempts: 10,
      message: 'the DHT is not ready after 10 attempts: no connection to a bootstrap node'
    })
    expect(node.queries.put).toBe(0)
  })

  test('is content with any peer where no bootstrap node is named', async () => {
    node.connected = ids(second)
    expect(await waitForDHT(node)).toMatchObject({ attempts: 1 })
    node.connected = []
    await expect(waitForDHT(node, { ...quick, attempts: 2 })).rejects.toMatchObject({ stage: 'connect', attempts: 2 })
  })

  test('waits a second from one attempt to the next', async () => {
    node.connected = []
    vi.useFakeTimers()
    const done = waitForDHT(node)
    await vi.advanceTimersByTimeAsync(2500)
    node.connected = ids(first)
    await vi.advanceTimersByTimeAsync(500)
    expect(await done).toMatchObject({ attempts: 4 })
  })

  test('says that nobody stores', async () => {
    first.behaviour = second.behaviour = 'refuses'
    await expect(waitForDHT(node, quick)).rejects.toMatchObject({ stage: 'put', message: expect.stringMatching(/nobody stored a value\n  .*stream reset/), cause: expect.objectContaining({ message: 'stream reset' }) })
  })

  test('says that nobody gives back, whatever the node itself has kept', async () => {
    first.behaviour = second.behaviour = 'forgets'
    await expect(waitForDHT(node, quick)).rejects.toMatchObject({ stage: 'get' })
  })

  test('does not take an old value for its own', async () => {
    first.behaviour = second.behaviour = 'forgets'
    first.values.set(textOf(testKey(node.peerId)), testValue(Date.now() - 1000))
    await expect(waitForDHT(node, quick)).rejects.toMatchObject({ stage: 'get' })
  })

  test('times out after 30 s', async () => {
    first.behaviour = 'hangs'
    vi.useFakeTimers()
    const done = expect(waitForDHT(node)).rejects.toMatchObject({ name: 'TimeoutError', operation: 'waitForDHT' })
    await vi.advanceTimersByTimeAsync(30_000)
    await done
  })

  test('ends with the reason of the signal', async () => {
    node.connected = []
    await expect(waitForDHT(node, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

describe('startPublishing', () => {
  beforeEach(() => void vi.useFakeTimers())

  test('publishes at once and then each minute, give or take a twentieth', async () => {
    const onPublished = vi.fn()
    const publishing = startPublishing(node, { ...as, onPublished })
    await vi.advanceTimersByTimeAsync(56_000)
    expect(onPublished).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(8_000)
    expect(onPublished).toHaveBeenCalledTimes(2)
    await publishing.stop()
    await vi.advanceTimersByTimeAsync(600_000)
    expect(onPublished).toHaveBeenCalledTimes(2)
  })

  test('tells of failures and goes on, sooner than otherwise', async () => {
    first.behaviour = second.behaviour = 'refuses'
    const [onPublished, onError] = [vi.fn(), vi.fn()]
    const publishing = startPublishing(node, { ...as, onPublished, onError })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'not-stored' }))
    first.behaviour = 'serves'
    await vi.advanceTimersByTimeAsync(5_000)
    expect(onPublished).toHaveBeenCalledTimes(1)
    await publishing.stop()
  })

  test('ends with the signal, without an error', async () => {
    first.behaviour = 'hangs'
    const onError = vi.fn()
    const controller = new AbortController()
    const publishing = startPublishing(node, { ...as, onError, signal: controller.signal })
    await vi.advanceTimersByTimeAsync(100)
    controller.abort()
    await publishing.stop()
    expect(onError).not.toHaveBeenCalled()
  })

  test('an interval beyond what a timer can count is no interval of nothing', async () => {
    const onPublished = vi.fn()
    const publishing = startPublishing(node, { ...as, interval: Infinity, onPublished })
    await vi.advanceTimersByTimeAsync(24 * 3_600_000)
    expect(onPublished).toHaveBeenCalledTimes(1)
    await publishing.stop()
  })

  test('stops while a wallet does not answer', async () => {
    const publishing = startPublishing(node, { ...as, account: { address, signMessage: () => new Promise<string>(() => {}) } })
    await vi.advanceTimersByTimeAsync(100)
    await publishing.stop()
  })

  test('stops while a publication is under way', async () => {
    first.behaviour = 'hangs'
    const publishing = startPublishing(node, as)
    await vi.advanceTimersByTimeAsync(100)
    await publishing.stop()
    expect(node.queries.put).toBe(1)
  })
})

afterEach(() => void vi.useRealTimers())
