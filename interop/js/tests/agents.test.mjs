// Agents find each other by Ethereum address through two bootstrap nodes of the other side: records, their order, their refusal.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { pairs, stopAll } from '../lib/sides.mjs'

const NOT_FOUND = 3
const UNVERIFIED = 5
const encoded = (text) => Buffer.from(text).toString('base64')
const decoded = (base64) => Buffer.from(base64, 'base64').toString()

for (const { title, other, start } of pairs()) {
  const isPond = other.name === 'pond'

  describe(`${title}: agents by Ethereum address`, () => {
    let first, second, agent, neighbour, otherAgent, bootstraps, servers

    before(async () => {
      first = await other.bootstrap()
      second = await other.bootstrap({ peers: [first.addr] })
      bootstraps = [first.addr, second.addr]
      servers = [first.peerId, second.peerId].sort()
      ;[agent, neighbour] = await Promise.all(['agent', 'neighbour'].map((name) => start({ name, bootstrap: bootstraps })))
      await Promise.all([agent, neighbour].map((peer) => peer.waitKnows(...servers)))
      otherAgent = await other.agent({ bootstraps, name: 'other-agent' })
    })
    after(() => stopAll([agent, neighbour, otherAgent, second, first]))

    test('a js agent publishes, and both bootstrap nodes keep its record and provider', async () => {
      const { stored, provided } = await agent.call('publishAgent')
      assert.deepEqual(stored.sort(), servers)
      assert.deepEqual(provided.sort(), servers)
    })

    test('the other side looks up the js agent and verifies it', async () => {
      const { value } = await agent.call('publishAgent')
      const { code, json } = await other.lookup(bootstraps, agent.address)
      assert.equal(code, 0)
      const { peerId, agentName, network, verified, record } = json
      assert.deepEqual({ peerId, agentName, network, verified, record },
        { peerId: agent.peerId, agentName: 'agent', network: 'local', verified: true, record: decoded(value) })
      assert.deepEqual(json.multiaddrs, [agent.addr])
    })

    test('the js agent is a provider of its own key', async () => {
      await agent.call('publishAgent')
      const { code, json } = await other.providers(bootstraps, `/eth/${agent.address.toLowerCase()}`)
      assert.equal(code, 0)
      assert.deepEqual(json.peers.map(({ id }) => id), [agent.peerId])
    })

    test('a js agent looks up another js agent', async () => {
      await agent.call('publishAgent')
      const found = await neighbour.call('lookup', { address: agent.address })
      assert.equal(found?.peerId, agent.peerId)
      assert.equal(found.verified, true)
    })

    test('a js agent looks up an agent of the other side, verifies it and dials it', async () => {
      const found = await agent.call('lookup', { address: otherAgent.address })
      assert.equal(found?.peerId, otherAgent.peerId)
      assert.equal(found.agentName, 'other-agent')
      assert.equal(found.verified, true)
      assert.equal(await agent.call('dialAll', { addrs: found.multiaddrs }), otherAgent.peerId)
    })

    test('the other side looks up its own agent', async () => {
      const { code, json } = await other.lookup(bootstraps, otherAgent.address)
      assert.equal(code, 0)
      assert.equal(json.peerId, otherAgent.peerId)
    })

    test('an address that nobody published is not found', async () => {
      assert.equal((await other.lookup(bootstraps, '0x00000000000000000000000000000000000000aa')).code, NOT_FOUND)
      assert.equal(await agent.call('lookup', { address: '0x00000000000000000000000000000000000000aa' }), null)
    })

    test('a newer record replaces an older one', async () => {
      const timestamp = Date.now() + 60_000
      await agent.call('publishAgent', { timestamp: timestamp - 1 })
      const { stored } = await agent.call('publishAgent', { timestamp })
      assert.deepEqual(stored.sort(), servers)
      assert.equal((await other.lookup(bootstraps, agent.address)).json.timestamp, timestamp)
    })

    test('an older record does not replace a newer one', { skip: !isPond && 'js-libp2p servers let it' }, async () => {
      const timestamp = Date.now() + 120_000
      await agent.call('publishAgent', { timestamp })
      const { stored } = await agent.call('publishAgent', { timestamp: timestamp - 1 })
      assert.deepEqual(stored, [])
      assert.equal((await other.lookup(bootstraps, agent.address)).json.timestamp, timestamp)
    })

    test('a record signed by another key is refused', async () => {
      const { value } = await agent.call('publishAgent')
      const victim = neighbour.address
      const forged = decoded(value).replace(`"agentId":"${agent.address}"`, `"agentId":"${victim}"`)
      const { stored } = await agent.call('put', { key: `/eth/${victim.toLowerCase()}`, value: encoded(forged) })
      if (isPond) assert.deepEqual(stored, [])
      assert.equal((await other.lookup(bootstraps, victim)).code, NOT_FOUND)
    })

    test("the document's unsigned record is refused", async () => {
      const stranger = await start({ name: 'stranger', bootstrap: bootstraps })
      try {
        await stranger.waitKnows(...servers)
        const { stored } = await stranger.call('publishUnsigned')
        if (isPond) assert.deepEqual(stored, [])
        assert.equal((await other.lookup(bootstraps, stranger.address)).code, NOT_FOUND)
      } finally {
        await stranger.stop()
      }
    })
  })

  describe(`${title}: bootstrap nodes that accept unsigned records`, () => {
    let first, second, agent, bootstraps, servers

    before(async () => {
      first = await other.bootstrap({ acceptUnsigned: true })
      second = await other.bootstrap({ peers: [first.addr], acceptUnsigned: true })
      bootstraps = [first.addr, second.addr]
      servers = [first.peerId, second.peerId].sort()
      agent = await start({ name: 'agent', bootstrap: bootstraps })
      await agent.waitKnows(...servers)
    })
    after(() => stopAll([agent, second, first]))

    test("the document's unsigned record is found, unverified, with exit 5", async () => {
      assert.deepEqual((await agent.call('publishUnsigned')).stored.sort(), servers)
      const { code, json } = await other.lookup(bootstraps, agent.address, { acceptUnsigned: true })
      assert.equal(code, UNVERIFIED)
      assert.equal(json.peerId, agent.peerId)
      assert.equal(json.verified, false)
    })

    test('a reader that does not accept unsigned records does not take it', async () => {
      await agent.call('publishUnsigned')
      assert.notEqual((await other.lookup(bootstraps, agent.address)).code, 0)
    })

    test('a signed record takes its place', async () => {
      await agent.call('publishUnsigned')
      await agent.call('publishAgent')
      const { code, json } = await other.lookup(bootstraps, agent.address, { acceptUnsigned: true })
      assert.equal(code, 0)
      assert.equal(json.verified, true)
    })
  })
}
