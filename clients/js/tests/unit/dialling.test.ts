// waitForDHT with `dial`: it says why each bootstrap address failed.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type WaitForDHTOptions, waitForDHT } from '../../src/index.js'
import { FakeNode, FakeServer, peer } from '../support/fake-node.js'

const [first, second] = [1, 2].map((number) => `/ip4/127.0.0.1/tcp/${number}/p2p/${peer(number)}`) as [string, string]
const refused = (port: number) => new Error(`connect ECONNREFUSED 127.0.0.1:${port}`)

let node: FakeNode
let calls: string[]
/** What becomes of a dial, by address; without it, the peer is connected. */
let outcomes: Map<string, Error | Promise<never>>

const dial: NonNullable<WaitForDHTOptions['dial']> = async (address) => {
  calls.push(address)
  const outcome = outcomes.get(address)
  if (outcome instanceof Error) throw outcome
  await outcome
  node.connected.push(address.split('/').at(-1)!)
}

beforeEach(() => {
  node = new FakeNode([new FakeServer(1), new FakeServer(2)])
  node.connected = []
  calls = []
  outcomes = new Map([[first, refused(1)], [second, refused(2)]])
})
afterEach(() => void vi.useRealTimers())

const wait = (options: WaitForDHTOptions = {}) => waitForDHT(node, { bootstrap: [first, second], dial, attempts: 2, interval: 1, ...options })

describe('waitForDHT that dials', () => {
  test('says why each address failed', async () => {
    const error: any = await wait().catch((err) => err)
    expect(error).toMatchObject({
      code: 'not-ready', stage: 'connect', attempts: 2,
      failed: [{ address: first, error: refused(1) }, { address: second, error: refused(2) }]
    })
    expect(error.cause).toBeInstanceOf(AggregateError)
    expect(error.cause.errors).toEqual([refused(1), refused(2)])
    expect(error.message).toBe(`the DHT is not ready after 2 attempts: no connection to a bootstrap node
  ${first}: connect ECONNREFUSED 127.0.0.1:1
  ${second}: connect ECONNREFUSED 127.0.0.1:2`)
  })

  test('gives the one reason as the cause', async () => {
    await expect(wait({ bootstrap: [first] })).rejects.toMatchObject({ cause: refused(1), failed: [{ address: first }] })
  })

  test('tells the parts of a failure that has several', async () => {
    outcomes.set(first, new AggregateError([refused(1), new Error('timed out')], 'All multiaddr dials failed'))
    await expect(wait({ bootstrap: [first] })).rejects.toThrow(`${first}: connect ECONNREFUSED 127.0.0.1:1, timed out`)
  })

  test('names what is thrown that is no error', async () => {
    outcomes.set(first, 'no transport' as never)
    await expect(wait({ bootstrap: [first], dial: async () => { throw 'no transport' } })).rejects.toThrow('no transport')
  })

  test('a dial that has not connected the peer of its address has failed', async () => {
    const other = async (): Promise<unknown> => ({ remotePeer: peer(3) })
    await expect(wait({ bootstrap: [first], dial: other })).rejects.toThrow(`${first}: another peer listens there: ${peer(3)}`)
    await expect(wait({ bootstrap: [first], dial: async () => {} })).rejects.toThrow(`${first}: dial resolved without a connection`)
  })

  test('tries again at each attempt, and is content with one', async () => {
    setTimeout(() => outcomes.delete(second), 20)
    expect(await wait({ attempts: 1000, interval: 5 })).toMatchObject({ stored: [String(peer(1)), String(peer(2))] })
    expect(calls.length).toBeGreaterThan(2)
  })

  test('does not wait for the others when one is connected', async () => {
    outcomes = new Map([[second, new Promise<never>(() => {})]])
    expect(await wait()).toMatchObject({ attempts: 1 })
    expect(calls).toEqual([first, second])
  })

  test('dials nobody when a bootstrap node is connected', async () => {
    node.connected = [String(peer(2))]
    await wait()
    expect(calls).toEqual([])
  })

  test('gives each dial a signal, which aborts with its own', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    let given: AbortSignal | undefined
    const done = wait({ signal: controller.signal, dial: (_address, { signal }) => (given = signal, new Promise(() => {})) })
    controller.abort(reason)
    await expect(done).rejects.toBe(reason)
    expect(given!.reason).toBe(reason)
  })

  test('says at the end of its time how far it came', async () => {
    outcomes.set(second, new Promise<never>(() => {}))
    vi.useFakeTimers()
    const done = expect(wait()).rejects.toMatchObject({
      code: 'timeout', operation: 'waitForDHT', milliseconds: 30_000,
      cause: { code: 'not-ready', stage: 'connect', attempts: 1, failed: [{ address: first, error: refused(1) }] }
    })
    await vi.advanceTimersByTimeAsync(30_000)
    await done
  })

  test('says so as well when nobody stores in time', async () => {
    const hanging = new FakeNode([new FakeServer(1, 'hangs')])
    vi.useFakeTimers()
    const done = expect(waitForDHT(hanging)).rejects.toMatchObject({ code: 'timeout', cause: { stage: 'put', cause: { operation: 'put' } } })
    await vi.advanceTimersByTimeAsync(30_000)
    await done
  })

  test('knows a bootstrap node whose peer id is written as a CID', async () => {
    node = new FakeNode([new FakeServer(1)])
    node.connected = ['12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV']
    await wait({ bootstrap: ['/ip4/127.0.0.1/tcp/1/ipfs/k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs'] })
    expect(calls).toEqual([])
  })
})
