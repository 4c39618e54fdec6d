// The other side's agents and commands at two js-libp2p bootstrap nodes (DHT servers).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { pairs, stopAll } from '../lib/sides.mjs'

const ids = (peers) => peers.map(({ id }) => id)
const base64 = (text) => Buffer.from(text).toString('base64')
const withoutPeer = (addr) => addr.replace(/\/p2p\/[^/]+$/, '')
const testRecord = (peerId) => ({ key: `/test/${peerId}`, text: JSON.stringify({ timestamp: Date.now() }) })

for (const { title, other, start } of pairs()) {
  describe(`${title}: its agents at two js bootstrap nodes`, () => {
    let first, second, agent, otherAgent, bootstraps, servers

    before(async () => {
      first = await start({ role: 'bootstrap' })
      second = await start({ role: 'bootstrap', bootstrap: first.addr, 'key-type': 'secp256k1' })
      bootstraps = [first.addr, second.addr]
      servers = [first.peerId, second.peerId].sort()
      await second.waitKnows(first.peerId)
      agent = await start({ name: 'agent', bootstrap: bootstraps })
      await agent.waitKnows(...servers)
      otherAgent = await other.agent({ bootstraps, name: 'other-agent' })
    })
    after(() => stopAll([otherAgent, agent, second, first]))

    test('identifies the agent as a client', async () => {
      const said = await first.call('waitIdentified', { peer: otherAgent.peerId })
      assert.ok(!said.protocols.includes('/openpond/kad/1.0.0'), said.protocols.join(' '))
      assert.ok(said.addrs.includes(withoutPeer(otherAgent.addr)), said.addrs.join(' '))
      assert.equal(said.direction, 'inbound')
    })

    test('pings a js bootstrap node', async () => {
      const pinged = await start({ role: 'bootstrap', ping: true })
      try {
        const { code, json } = await other.ping([first.addr], pinged.addr)
        assert.equal(code, 0)
        assert.equal(json.peer, pinged.peerId)
      } finally {
        await pinged.stop()
      }
    })

    test('puts a value and a js agent gets it', async () => {
      const { key, text } = testRecord(otherAgent.peerId)
      const put = await other.put(bootstraps, key, text)
      assert.equal(put.code, 0)
      assert.deepEqual(put.json.stored.sort(), servers)
      assert.equal((await agent.call('get', { key })).value, base64(text))
    })

    test('gets a value that a js agent put', async () => {
      const { key, text } = testRecord(agent.peerId)
      await agent.call('put', { key, value: base64(text) })
      const { code, json } = await other.get(bootstraps, key)
      assert.equal(code, 0)
      assert.equal(json.value, text)
    })

    test('says that a value is not there', async () => {
      assert.equal((await other.get(bootstraps, `/test/${first.peerId}`)).code, 3)
    })

    test('provides a key and a js agent finds and dials the provider', async () => {
      const key = randomUUID()
      assert.equal((await otherAgent.provide(key)).code, 0)
      const providers = await agent.call('providers', { key })
      assert.deepEqual(ids(providers), [otherAgent.peerId])
      assert.equal(await agent.call('dialAll', { addrs: providers[0].addrs }), otherAgent.peerId)
    })

    test('finds a js agent as a provider', async () => {
      const key = randomUUID()
      await agent.call('provide', { key })
      const { code, json } = await other.providers(bootstraps, key)
      assert.equal(code, 0)
      assert.deepEqual(ids(json.peers), [agent.peerId])
    })

    test('finds a js agent by its peer id', async () => {
      const { code, json } = await other.findPeer([first.addr], agent.peerId)
      assert.equal(code, 0)
      assert.ok(ids(json.peers).includes(agent.peerId), JSON.stringify(json))
    })

    test('is found by a js agent by its peer id', async () => {
      const found = await agent.call('findPeer', { peer: otherAgent.peerId })
      assert.ok(found?.addrs.map(withoutPeer).includes(withoutPeer(otherAgent.addr)), JSON.stringify(found))
    })

    test('gets the closest peers: both js bootstrap nodes and no client', async () => {
      const { code, json } = await other.closest(bootstraps, 'any key')
      assert.equal(code, 0)
      assert.deepEqual(ids(json.peers).sort(), servers)
    })

    test('publishes itself, and a js agent finds it by its Ethereum address', async () => {
      const found = await agent.call('lookup', { address: otherAgent.address })
      assert.equal(found?.peerId, otherAgent.peerId)
      assert.equal(found.agentName, 'other-agent')
      assert.equal(found.verified, true)
    })

    test('finds its own agent by its Ethereum address', async () => {
      const { code, json } = await other.lookup(bootstraps, otherAgent.address)
      assert.equal(code, 0)
      assert.equal(json.peerId, otherAgent.peerId)
      assert.equal(json.verified, true)
    })

    test('finds a js agent by its Ethereum address', async () => {
      const published = await agent.call('publishAgent')
      assert.deepEqual(published.stored.sort(), servers)
      const { code, json } = await other.lookup(bootstraps, agent.address)
      assert.equal(code, 0)
      assert.equal(json.peerId, agent.peerId)
      assert.equal(json.verified, true)
      assert.equal(json.record, Buffer.from(published.value, 'base64').toString())
    })
  })
}
