// The packed package and the C++ node: each finds the other's agents.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GENERATIONS, Network, idOf } from '../support/nodes.js'
import { PROGRAM, Pond, type PondNode, isBuilt } from '../support/pond.js'
import { textOf } from '../support/vectors.js'

if (!isBuilt()) console.warn(`not tested with pond: ${PROGRAM} is not there (build it, or set POND to its path)`)

describe.skipIf(!isBuilt())('pond', () => {
  let pond: Pond
  let first: PondNode, second: PondNode, agent: PondNode
  let bootstrap: string[]
  let address: string

  beforeAll(async () => {
    pond = new Pond()
    first = await pond.start('bootstrap', '--key', pond.key())
    second = await pond.start('bootstrap', '--key', pond.key(), '--peer', first.addr)
    bootstrap = [first.addr, second.addr]
    const key = pond.ethKey()
    address = key.address
    agent = await pond.start('agent', '--eth-key', key.file, '--name', 'pond agent', '--bootstrap', first.addr, '--bootstrap', second.addr)
  })
  afterAll(() => pond.stop())

  describe.each(GENERATIONS)('and %s', (generation) => {
    let network: Network
    let node: any

    beforeAll(async () => {
      network = await Network.of(generation)
      node = await network.node({ bootstrap })
      await network.openpond.waitForDHT(node, { bootstrap })
    })
    afterAll(() => network.stop())

    test('the health check is stored by both bootstrap nodes and comes back', async () => {
      await expect.poll(async () => (await network.openpond.waitForDHT(node, { bootstrap })).holders.toSorted(), { timeout: 15_000 })
        .toEqual([first.peerId, second.peerId].toSorted())
    })

    test("pond's agent is found by its Ethereum address and dialled", async () => {
      const found = await network.openpond.lookup(node, address)
      expect(found!.record).toMatchObject({ agentId: address, peerId: agent.peerId, agentName: 'pond agent', verified: true })
      const connection = await node.dial(found!.record.multiaddrs.map((text: string) => network.kit.multiaddr(text)))
      expect(connection.remotePeer.toString()).toBe(agent.peerId)
    })

    test('pond finds the agent that the package published, octet for octet', async () => {
      const account = network.account()
      const { value, stored } = await network.openpond.publish(node, { account, agentName: 'js agent', others: { role: 'full' } })
      expect(stored.toSorted()).toEqual([first.peerId, second.peerId].toSorted())
      const said = pond.verb('lookup', account.address, '--bootstrap', first.addr)
      expect(said).toMatchObject({ peerId: idOf(node), agentName: 'js agent', verified: true, record: textOf(value) })
    })

    test('pond answers with the record that stands, and the package outdoes it', async () => {
      const { publish, signRecord, ethKey, lookup } = network.openpond
      const account = network.account()
      const timestamp = Date.now() + 60_000
      const newer = await signRecord(account, { network: 'local', peerId: node.peerId, agentName: 'from elsewhere', multiaddrs: [], timestamp })
      const other = await network.node({ bootstrap })
      await network.openpond.waitForDHT(other, { bootstrap })
      for await (const _ of other.services.dht.put(ethKey(account.address), newer)) { /* stored at pond's nodes */ }
      const { record, stored } = await publish(node, { account, agentName: 'here' })
      expect(record.timestamp).toBe(timestamp + 1)
      expect(stored.length).toBeGreaterThan(0)
      expect((await lookup(other, account.address))!.record.agentName).toBe('here')
    })

    test('a record for another network is stored by nobody', async () => {
      const { publish } = network.openpond
      await expect(publish(node, { account: network.account(), agentName: 'a', network: 'elsewhere' })).rejects.toMatchObject({ code: 'not-stored' })
    })
  })
})
