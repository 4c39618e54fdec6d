import { describe, expect, test } from 'vitest'
import { dialableAddresses } from '../../src/index.js'
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
