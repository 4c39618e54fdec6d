// Bootstrap nodes of both sides in one network, and agents of every kind.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { JsPeer, other as third, pairs, stopAll, versions } from '../lib/sides.mjs'

const base64 = (text) => Buffer.from(text).toString('base64')

for (const { title, js, other, start } of pairs()) {
  // A js-libp2p 2 server hides the peers that are not closer to the key than the one who asks.
  const hides = js === 'js2' && other.name === 'js2' && 'js-libp2p 2 servers alone do not make their clients meet'

  describe(`${title}: one bootstrap node each, every agent at the far one`, { skip: hides }, () => {
    let js1, other1, agent, otherAgent

    before(async () => {
      js1 = await start({ role: 'bootstrap' })
      other1 = await other.bootstrap({ peers: [js1.addr] })
      await Promise.all([js1.waitKnows(other1.peerId), other1.waitKnows(js1.peerId)])
      agent = await start({ name: 'agent', bootstrap: other1.addr })
      await agent.waitKnows(other1.peerId)
      otherAgent = await other.agent({ bootstraps: [js1.addr], name: 'other-agent' })
    })
    after(() => stopAll([agent, otherAgent, other1, js1]))

    test('the bootstrap nodes take each other into their tables', async () => {
      await Promise.all([js1.waitKnows(other1.peerId), other1.waitKnows(js1.peerId)])
    })

    test('the js agent finds the agent of the other side', async () => {
      const found = await agent.call('lookup', { address: otherAgent.address })
      assert.equal(found?.peerId, otherAgent.peerId)
      assert.equal(found.verified, true)
    })

    test('the other side finds the js agent through the js bootstrap node', async () => {
      await agent.call('publishAgent')
      const { code, json } = await other.lookup([js1.addr], agent.address)
      assert.equal(code, 0)
      assert.equal(json.peerId, agent.peerId)
    })

    test('the other side finds the js agent through its own bootstrap node', async () => {
      await agent.call('publishAgent')
      const { code, json } = await other.lookup([other1.addr], agent.address)
      assert.equal(code, 0)
      assert.equal(json.peerId, agent.peerId)
    })

    test('a value put through one bootstrap node is got through the other', async () => {
      const key = `/test/${agent.peerId}`
      const text = JSON.stringify({ timestamp: Date.now() })
      await agent.call('put', { key, value: base64(text) })
      assert.equal((await other.get([js1.addr], key)).json.value, text)
    })
  })
}

/** Starts an agent of each kind at the bootstrap nodes and has each find each other one. */
function everybodyMeets(startBootstraps) {
  let servers
  let agents

  before(async () => {
    servers = await startBootstraps()
    const bootstraps = servers.map(({ addr }) => addr)
    const peerIds = servers.map(({ peerId }) => peerId)
    const js = await Promise.all(versions.map((version) => JsPeer.start(version, { name: version, bootstrap: bootstraps })))
    await Promise.all(js.map((peer) => peer.waitKnows(...peerIds)))
    await Promise.all(js.map((peer) => peer.call('publishAgent')))
    agents = [...js, await third.agent({ bootstraps, name: 'third' })]
  })
  after(() => stopAll([...(agents ?? []), ...(servers ?? [])]))

  for (const [i, version] of versions.entries()) {
    test(`the agent of ${version} finds every agent`, async () => {
      for (const { address, peerId } of agents) {
        const found = await agents[i].call('lookup', { address })
        assert.equal(found?.peerId, peerId)
        assert.equal(found.verified, true)
      }
    })
  }

  test(`${third.name} finds every agent`, async () => {
    for (const { address, peerId } of agents) {
      const { code, json } = await third.lookup(servers.map(({ addr }) => addr), address)
      assert.equal(code, 0)
      assert.equal(json.peerId, peerId)
      assert.equal(json.verified, true)
    }
  })
}

describe(`every version as agent at two bootstrap nodes of ${third.name}`, () => {
  everybodyMeets(async () => {
    const first = await third.bootstrap()
    return [first, await third.bootstrap({ peers: [first.addr] })]
  })
})

describe(`every version and ${third.name} as bootstrap node and as agent`, () => {
  everybodyMeets(async () => {
    // js-libp2p 3 takes a server into its table only when it answers /ipfs/ping, which OpenPond's js-libp2p 2 does not.
    const js = await Promise.all(versions.map((version) => JsPeer.start(version, { role: 'bootstrap', ping: true })))
    return [...js, await third.bootstrap({ peers: js.map(({ addr }) => addr) })]
  })
})
