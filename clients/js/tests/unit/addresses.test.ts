import { describe, expect, test, vi } from 'vitest'
import { dialAgent, dialableAddresses } from '../../src/index.js'
import { publishableAddresses } from '../../src/addresses.js'
import { parsePeerId } from '../../src/peer-id.js'
import { OTHER_PEER, PEER } from '../support/vectors.js'

describe('the addresses to dial', () => {
  const dialable = (...multiaddrs: string[]) => dialableAddresses({ peerId: PEER, multiaddrs }, (text) => {
    if (text.includes('/noise')) throw new Error('no protocol with name noise')
    return { text }
  })

  test('name the peer, once', () => {
    expect(dialable('/ip4/1.2.3.4/tcp/1', `/ip4/1.2.3.4/tcp/2/p2p/${PEER}`, `/dns4/a.example/tcp/3/ipfs/${PEER}/`)).toEqual([
      { text: `/ip4/1.2.3.4/tcp/1/p2p/${PEER}` }, { text: `/ip4/1.2.3.4/tcp/2/p2p/${PEER}` }, { text: `/dns4/a.example/tcp/3/p2p/${PEER}` }
    ])
  })
  test('are those that the multiaddr library knows', () => expect(dialable('/ip4/1.2.3.4/tcp/1/noise', '/ip6/::1/tcp/1')).toEqual([{ text: `/ip6/::1/tcp/1/p2p/${PEER}` }]))
  test('are no sockets of another machine', () => expect(dialable('/unix/tmp/sock')).toEqual([]))
  test('are addresses', () => expect(dialable('/ip4/1.2.3.4//tcp/1', 'x')).toEqual([]))
})

describe('dialAgent', () => {
  const [first, second] = ['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/2']
  const record = { peerId: PEER, multiaddrs: [first, second] }
  const connection = (remotePeer: string, remoteAddr: string) => ({ remotePeer, remoteAddr, close: vi.fn(async () => {}) })
  const dialer = (...outcomes: Array<Error | ReturnType<typeof connection>>) => ({
    dial: vi.fn(async (_addresses: string[], _options: object) => {
      const outcome = outcomes.shift()!
      if (outcome instanceof Error) throw outcome
      return outcome
    })
  })

  test('dials all addresses of the peer', async () => {
    const found = connection(PEER, `${second}/p2p/${PEER}`)
    const node = dialer(found)
    expect(await dialAgent(node, record, String)).toBe(found)
    expect(node.dial.mock.calls).toEqual([[[`${first}/p2p/${PEER}`, `${second}/p2p/${PEER}`], {}]])
  })

  test('closes the connection to another peer, and tries where that was not', async () => {
    const [wrong, right] = [connection(OTHER_PEER, `${first}/p2p/${PEER}`), connection(PEER, `${second}/p2p/${PEER}`)]
    const node = dialer(wrong, right)
    expect(await dialAgent(node, record, String)).toBe(right)
    expect(wrong.close).toHaveBeenCalledOnce()
    expect(node.dial.mock.calls[1]![0]).toEqual([`${second}/p2p/${PEER}`])
  })

  test('says that only another one is there', async () => {
    const node = dialer(connection(OTHER_PEER, `${first}/p2p/${PEER}`), connection(OTHER_PEER, `${second}/p2p/${PEER}`))
    await expect(dialAgent(node, record, String)).rejects.toMatchObject({ code: 'dial-failed', peerId: PEER, message: expect.stringContaining(`${second}/p2p/${PEER}: ${OTHER_PEER}`) })
  })

  test('leaves a connection alone that it did not make', async () => {
    const foreign = connection(OTHER_PEER, `${first}/p2p/${OTHER_PEER}`)
    await expect(dialAgent(dialer(foreign), record, String)).rejects.toMatchObject({ code: 'dial-failed' })
    expect(foreign.close).not.toHaveBeenCalled()
  })

  test('tells why the dial failed', async () => {
    const refused = new AggregateError([new Error('connect ECONNREFUSED'), new Error('timed out')], 'All multiaddr dials failed')
    await expect(dialAgent(dialer(refused), record, String)).rejects.toMatchObject({ cause: refused, message: `no connection to ${PEER}: connect ECONNREFUSED, timed out` })
  })

  test('dials nothing when there is nothing to dial', async () => {
    const node = dialer()
    await expect(dialAgent(node, { peerId: PEER, multiaddrs: ['/unix/tmp/sock'] }, String)).rejects.toMatchObject({ code: 'dial-failed' })
    expect(node.dial).not.toHaveBeenCalled()
  })

  test('ends with the reason of the signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const node = dialer(new Error('aborted'))
    await expect(dialAgent(node, record, String, { signal })).rejects.toThrow('enough')
    expect(node.dial.mock.calls[0]![1]).toEqual({ signal })
  })
})

describe('the addresses to publish', () => {
  const publishable = (...addresses: string[]) => publishableAddresses(addresses, { toString: () => PEER, toMultihash: () => ({ bytes: parsePeerId(PEER)! }) })

  test('are in their canonical spelling', () => expect(publishable('/ip6/0:0::1/tcp/1/')).toEqual(['/ip6/::1/tcp/1']))
  test('do not lead through a relay', () => {
    expect(publishable(`/ip4/1.2.3.4/tcp/1/p2p/${OTHER_PEER}/p2p-circuit/p2p/${PEER}`, `/ip4/1.2.3.4/tcp/1/p2p/${PEER}`)).toEqual([`/ip4/1.2.3.4/tcp/1/p2p/${PEER}`])
  })
  test('have 256 octets at most', () => {
    const longest = `/dns4/${'a'.repeat(250)}`
    expect(publishable(longest, `${longest}a`, `/dns4/${'é'.repeat(126)}`)).toEqual([longest])
  })
  test('are addresses of this table', () => expect(publishable('/nonsense/1', '/ws')).toEqual(['/ws']))
})
