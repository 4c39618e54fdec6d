// js-libp2p agents (DHT clients) at two bootstrap nodes of the other side.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { pairs, stopAll } from '../lib/sides.mjs'

// A js-libp2p client opens 64 streams of one protocol on a connection at most, and js-libp2p 2 gives each 2 s: on a busy machine it
// is the client that fails at more.
const STREAMS_AT_ONCE = 20
const ids = (peers) => peers.map(({ id }) => id)
const base64 = (text) => Buffer.from(text).toString('base64')
const withoutPeer = (addr) => addr.replace(/\/p2p\/[^/]+$/, '')

/** A key and a value that the rules for /test accept. */
const testRecord = (peerId) => ({ key: `/test/${peerId}`, text: JSON.stringify({ timestamp: Date.now() }) })

for (const { title, other, start } of pairs()) {
  describe(`${title}: js agents at two bootstrap nodes`, () => {
    let first, second, agent, pinging, neighbour, otherAgent, bootstraps, servers

    before(async () => {
      first = await other.bootstrap()
      second = await other.bootstrap({ peers: [first.addr], keyType: 'secp256k1' })
      bootstraps = [first.addr, second.addr]
      servers = [first.peerId, second.peerId].sort()
      ;[agent, pinging, neighbour] = await Promise.all([
        start({ name: 'agent', bootstrap: bootstraps }),
        start({ name: 'pinging', bootstrap: bootstraps, ping: true }),
        start({ name: 'neighbour', bootstrap: first.addr })
      ])
      await agent.waitKnows(...servers)
      await neighbour.waitKnows(first.peerId)
      otherAgent = await other.agent({ bootstraps, name: 'other-agent' })
    })
    after(() => stopAll([agent, pinging, neighbour, otherAgent, second, first]))

    test('connects with Noise and Yamux', async () => {
      const { peer, encryption, multiplexer } = await agent.call('dial', { addr: first.addr })
      assert.deepEqual({ peer, encryption, multiplexer }, { peer: first.peerId, encryption: '/noise', multiplexer: '/yamux/1.0.0' })
    })

    test('learns by identify who the bootstrap node is and what it serves', async () => {
      const said = await agent.call('waitIdentified', { peer: first.peerId })
      for (const protocol of ['/ipfs/id/1.0.0', '/ipfs/ping/1.0.0', '/openpond/kad/1.0.0']) assert.ok(said.protocols.includes(protocol), protocol)
      assert.ok(said.addrs.includes(withoutPeer(first.addr)), said.addrs.join(' '))
      assert.match(said.agentVersion, /./)
      assert.ok(said.signed, 'no signed peer record')
      assert.match(said.observedAddr, /^\/ip4\/127\.0\.0\.1\/tcp\/\d+/)
    })

    test('takes both bootstrap nodes into its routing table', async () => {
      assert.equal(await agent.call('waitTable', { peers: servers }), 2)
    })

    test('pings the bootstrap node', async () => {
      const { rttMs } = await pinging.call('ping', { addr: first.addr })
      assert.ok(rttMs >= 0)
    })

    test('is pinged', async () => {
      const { code, json } = await other.ping(bootstraps, pinging.addr)
      assert.equal(code, 0)
      assert.equal(json.peer, pinging.peerId)
      assert.ok(json.rttMs.length > 0)
    })

    test('puts a value and another js agent gets it', async () => {
      const { key, text } = testRecord(agent.peerId)
      const put = await agent.call('put', { key, value: base64(text) })
      assert.deepEqual(put.stored.sort(), servers)
      const got = await neighbour.call('get', { key })
      assert.equal(got.value, base64(text))
      assert.deepEqual(got.failed, [])
    })

    test('puts a value and the other side gets it', async () => {
      const { key, text } = testRecord(pinging.peerId)
      await pinging.call('put', { key, value: base64(text) })
      const { code, json } = await other.get(bootstraps, key)
      assert.equal(code, 0)
      assert.equal(json.value, text)
      assert.equal(json.valueBase64, base64(text))
    })

    test('gets a value that the other side put', async () => {
      const { key, text } = testRecord(neighbour.peerId)
      const put = await other.put(bootstraps, key, text)
      assert.equal(put.code, 0)
      assert.deepEqual(put.json.stored.sort(), servers)
      assert.equal((await agent.call('get', { key })).value, base64(text))
    })

    test('gets nothing, and no error, for a key that nobody put', async () => {
      const { value, failed } = await agent.call('get', { key: `/test/${first.peerId}` })
      assert.equal(value, null)
      assert.deepEqual(failed, [])
    })

    test('provides a key and another js agent finds and dials the provider', async () => {
      const key = randomUUID()
      assert.deepEqual((await agent.call('provide', { key })).sent.sort(), servers)
      const providers = await neighbour.call('providers', { key })
      assert.deepEqual(ids(providers), [agent.peerId])
      assert.equal(await neighbour.call('dialAll', { addrs: providers[0].addrs }), agent.peerId)
    })

    test('provides a key and the other side finds the provider with its address', async () => {
      const key = randomUUID()
      await agent.call('provide', { key })
      const { code, json } = await other.providers(bootstraps, key)
      assert.equal(code, 0)
      assert.deepEqual(ids(json.peers), [agent.peerId])
      assert.ok(json.peers[0].addrs.map(withoutPeer).includes(withoutPeer(agent.addr)), json.peers[0].addrs.join(' '))
    })

    test('finds the other side as a provider and dials it', async () => {
      const key = randomUUID()
      assert.equal((await otherAgent.provide(key)).code, 0)
      const providers = await agent.call('providers', { key })
      assert.deepEqual(ids(providers), [otherAgent.peerId])
      assert.equal(await agent.call('dialAll', { addrs: providers[0].addrs }), otherAgent.peerId)
    })

    test('finds a peer that is connected to a bootstrap node', async () => {
      const found = await agent.call('findPeer', { peer: neighbour.peerId })
      assert.ok(found?.addrs.map(withoutPeer).includes(withoutPeer(neighbour.addr)), JSON.stringify(found))
    })

    test('finds a bootstrap node that it is not connected to', async () => {
      const found = await neighbour.call('findPeer', { peer: second.peerId })
      assert.ok(found?.addrs.map(withoutPeer).includes(withoutPeer(second.addr)), JSON.stringify(found))
    })

    test('finds an agent of the other side by its peer id', async () => {
      const found = await neighbour.call('findPeer', { peer: otherAgent.peerId })
      assert.ok(found?.addrs.map(withoutPeer).includes(withoutPeer(otherAgent.addr)), JSON.stringify(found))
    })

    test('is found by its peer id', async () => {
      const { code, json } = await other.findPeer(bootstraps, agent.peerId)
      assert.equal(code, 0)
      const found = json.peers.find(({ id }) => id === agent.peerId)
      assert.ok(found?.addrs.map(withoutPeer).includes(withoutPeer(agent.addr)), JSON.stringify(json))
    })

    test('gets the closest peers: both bootstrap nodes and no client', async () => {
      assert.deepEqual(ids(await agent.call('closest', { key: 'any key' })).sort(), servers)
    })

    test('is not among the closest peers, because it is a client', async () => {
      const { code, json } = await other.closest(bootstraps, agent.peerId)
      assert.equal(code, 0)
      assert.deepEqual(ids(json.peers).sort(), servers)
    })

    test(`has ${STREAMS_AT_ONCE} requests at once answered`, async () => {
      const { key, text } = testRecord(agent.peerId)
      await agent.call('put', { key, value: base64(text) })
      const gets = await Promise.all(Array.from({ length: STREAMS_AT_ONCE }, () => neighbour.call('get', { key })))
      assert.deepEqual(gets.filter(({ value }) => value !== base64(text)), [])
    })
  })
}
