// The packed package on real nodes of both generations of js-libp2p: a bootstrap node and agents, all of one generation.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesOfRecords, loadAddresses } from '../support/addresses.js'
import { GENERATIONS, Network, addressOf, idOf, knows } from '../support/nodes.js'
import { PEER, T, bytes, loadVectors, textOf } from '../support/vectors.js'

/** Where a node listens, without its peer id. */
const bare = (node: any): string => addressOf(node).replace(/\/p2p\/.*/, '')

describe.each(GENERATIONS)('%s', (generation) => {
  let network: Network
  let server: any, alice: any, bob: any
  let bootstrap: string[]

  beforeAll(async () => {
    network = await Network.of(generation)
    server = await network.node({ clientMode: false })
    bootstrap = [addressOf(server)]
    alice = await network.node({ bootstrap })
    bob = await network.node({ bootstrap })
    await Promise.all([knows(alice, idOf(server)), knows(bob, idOf(server))])
  })
  afterAll(() => network.stop())

  test('waitForDHT is content', async () => {
    const { waitForDHT } = network.openpond
    expect(await waitForDHT(alice, { bootstrap })).toMatchObject({ stored: [idOf(server)], holders: [idOf(server)] })
  })

  test('waitForDHT says that nobody is there', async () => {
    const { waitForDHT } = network.openpond
    const alone = await network.node()
    await expect(waitForDHT(alone, { bootstrap, attempts: 2, interval: 10 })).rejects.toMatchObject({ code: 'not-ready', stage: 'connect' })
    await expect(waitForDHT(alone, { bootstrap, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('an agent publishes, another finds and dials it', async () => {
    const { lookup, publish } = network.openpond
    const account = network.account()
    const { record, value, stored, provided } = await publish(alice, { account, agentName: 'alice', others: { role: 'full' } })
    expect([stored, provided]).toEqual([[idOf(server)], [idOf(server)]])
    const found = await lookup(bob, account.address)
    expect(found).toMatchObject({ record, holders: [idOf(server)] })
    expect(textOf(found!.value)).toBe(textOf(value))
    expect(record).toMatchObject({ agentId: account.address, peerId: idOf(alice), agentName: 'alice', network: 'local', others: { role: 'full' } })
    const connection = await bob.dial(found!.record.multiaddrs.map((text: string) => network.kit.multiaddr(text)))
    expect(connection.remotePeer.toString()).toBe(idOf(alice))
  })

  test('it is a provider of its key', async () => {
    const { ethKey, providerCID, publish } = network.openpond
    const account = network.account()
    await publish(alice, { account, agentName: 'alice' })
    const providers = []
    for await (const event of bob.services.dht.findProviders(providerCID(ethKey(account.address)))) {
      if (event.name === 'PROVIDER') providers.push(...event.providers.map(({ id }: any) => id.toString()))
    }
    expect(new Set(providers)).toEqual(new Set([idOf(alice)]))
  })

  test('everybody lists the agents it knows', async () => {
    const { getDHTRecords, lookup, publish } = network.openpond
    const account = network.account()
    const { record } = await publish(alice, { account, agentName: 'alice' })
    const address = account.address.toLowerCase()
    expect((getDHTRecords(alice) as any)[address]).toEqual(record)
    expect((getDHTRecords(server) as any)[address]).toEqual(record)
    expect((getDHTRecords(bob) as any)[address]).toBeUndefined()
    await lookup(bob, account.address)
    expect((getDHTRecords(bob) as any)[address]).toEqual(record)
  })

  test('a newer record takes the place of an older one', async () => {
    const { lookup, publish } = network.openpond
    const account = network.account()
    await publish(alice, { account, agentName: 'before' })
    await publish(alice, { account, agentName: 'after' })
    expect((await lookup(bob, account.address))!.record.agentName).toBe('after')
  })

  test('two programs with one key outdo each other', async () => {
    const { lookup, publish } = network.openpond
    const account = network.account()
    await publish(alice, { account, agentName: 'alice' })
    const { record } = await publish(bob, { account, agentName: 'bob' })
    expect((await lookup(alice, account.address))!.record).toEqual(record)
  })

  test('nobody is found under an address without a record', async () => {
    expect(await network.openpond.lookup(bob, network.account().address)).toBeUndefined()
  })

  test('a server keeps no forged record', async () => {
    const { ethKey, lookup, publish } = network.openpond
    const [account, victim] = [network.account(), network.account()]
    const { value } = await publish(alice, { account, agentName: 'alice' })
    const forged = bytes(textOf(value).replaceAll(account.address, victim.address))
    for await (const _ of alice.services.dht.put(ethKey(victim.address), forged)) { /* the server's refusal shows in what it serves */ }
    expect(await lookup(bob, victim.address)).toBeUndefined()
  })

  test('an abort ends a lookup at once', async () => {
    const controller = new AbortController()
    const lookup = network.openpond.lookup(bob, network.account().address, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(lookup).rejects.toThrow('enough')
  })

  test('a server that has the record too late is handed it', async () => {
    const { lookup, publish } = network.openpond
    const account = network.account()
    const late = await network.node({ clientMode: false })
    const { value } = await publish(alice, { account, agentName: 'alice' })
    await bob.dial(late.getMultiaddrs())
    await knows(bob, idOf(server), idOf(late))
    const found = await lookup(bob, account.address)
    expect(found!.holders).toEqual([idOf(server)])
    expect(await found!.repaired).toEqual([idOf(late)])
    expect((await lookup(bob, account.address))!.holders.toSorted()).toEqual([idOf(server), idOf(late)].toSorted())
    expect(textOf(found!.value)).toBe(textOf(value))
    await late.stop()
  })

  test('an option that is undefined has its default', async () => {
    const node = await network.node({ clientMode: false, protocol: undefined, peerInfoMapper: undefined, validators: undefined, bootstrap })
    expect(node.getProtocols()).toContain('/openpond/kad/1.0.0')
    await knows(node, idOf(server))
    await node.stop()
  })

  test('a DHT that is not of openpondKadDHT needs the network said', async () => {
    const { lookup, publish, selectors, validators } = network.openpond
    const account = network.account()
    await publish(alice, { account, agentName: 'alice' })
    const plain = await network.node({
      bootstrap,
      dht: network.kit.kadDHT({
        clientMode: true, protocol: '/openpond/kad/1.0.0', peerInfoMapper: (peer: unknown) => peer, allowQueryWithZeroPeers: true,
        validators: validators({ network: 'local' }), selectors: selectors()
      })
    })
    await knows(plain, idOf(server))
    await expect(lookup(plain, account.address)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect((await lookup(plain, account.address, { network: 'local' }))!.record.peerId).toBe(idOf(alice))
  })

  test('on a public network private addresses are left out, unless allowed', async () => {
    const { publish } = network.openpond
    const settings = { network: 'base', allowPrivate: true }
    const base = await network.node({ ...settings, clientMode: false })
    const [allowed, filtered] = [await network.node({ ...settings, bootstrap: [addressOf(base)] }), await network.node({ network: 'base', bootstrap: [addressOf(base)] })]
    await knows(allowed, idOf(base))
    const one = await publish(allowed, { account: network.account(), agentName: 'a' })
    expect(one.record.multiaddrs).toEqual(allowed.getMultiaddrs().map(String))
    // Its routing table drops the loopback addresses of others, so that it has nobody to publish to.
    await expect(publish(filtered, { account: network.account(), agentName: 'b', timeout: 3000 })).rejects.toMatchObject({ code: expect.stringMatching(/not-stored|timeout/) })
  })

  test('startPublishing publishes', async () => {
    const { lookup, startPublishing } = network.openpond
    const account = network.account()
    const published = await new Promise<any>((resolve, reject) => {
      const publishing = startPublishing(alice, { account, agentName: 'alice', onPublished: (done) => publishing.stop().then(() => resolve(done)), onError: reject })
    })
    expect((await lookup(bob, account.address))!.record).toEqual(published.record)
  })

  test('the vectors are judged and made the same beside its own libraries', async () => {
    const { RecordError, signRecord, verifyRecord } = network.openpond
    const judged = loadVectors<any>('eth_records.json').records.filter((vector: any) => !vector.valueBase64 && /^[a-z0-9-]{1,32}$/.test(vector.network))
    const differing = []
    for (const { name, key, value, expect: wanted, ...options } of judged) {
      const verdict = await verifyRecord(key, bytes(value), options).then(({ verified }) => (verified ? 'valid' : 'accepted-unsigned'), (err) => err instanceof RecordError && err.code)
      if (verdict !== wanted) differing.push({ name, wanted, verdict })
    }
    for (const { name, privateKey, draft, value, javascript } of loadVectors<any>('signed_records.json').records) {
      if (value === undefined || javascript !== undefined) continue
      const others = Object.fromEntries(draft.others.map((other: any) => [other.name, JSON.parse(other.json)]))
      const made = textOf(await signRecord(network.kit.privateKeyToAccount(privateKey), { ...draft, others }))
      if (made !== value) differing.push({ name, wanted: value, made })
    }
    const sign = (multiaddrs: string[]) =>
      signRecord(network.account(), { network: 'local', peerId: PEER, agentName: 'a', multiaddrs, timestamp: T }).then((value) => JSON.parse(textOf(value)).multiaddrs, ({ code }) => code)
    const { taken, refused } = addressesOfRecords(loadAddresses())
    for (const chunk of taken) expect(await sign(chunk.map(({ text }) => text))).toEqual(chunk.map(({ canonical }) => canonical))
    for (const { text } of refused) {
      const verdict = await sign([text])
      if (verdict !== 'bad-member') differing.push({ text, verdict })
    }
    expect(differing).toEqual([])
  })

  test('an agent is dialled at those of its addresses that the own multiaddr knows', async () => {
    const { dialAgent, lookup, publish } = network.openpond
    const account = network.account()
    const odd = ['/ip4/192.0.2.1/tcp/1/plaintextv2', '/unix/tmp/sock', '/memory/1']
    await publish(alice, { account, agentName: 'alice', multiaddrs: [...odd, bare(alice)] })
    const { record } = (await lookup(bob, account.address))!
    expect(record.multiaddrs.slice(0, 3)).toEqual(odd)
    const connection = await dialAgent<any>(bob, record, network.kit.multiaddr)
    expect(connection.remotePeer.toString()).toBe(idOf(alice))
  })

  test('who listens at the address of a bootstrap node is not taken for it', async () => {
    const alone = await network.node()
    const stale = `${bare(server)}/p2p/${idOf(bob)}`
    const dial = (address: string, options: object) => alone.dial(network.kit.multiaddr(address), options)
    const error: any = await network.openpond.waitForDHT(alone, { bootstrap: [stale], dial, attempts: 1 }).catch((err: unknown) => err)
    expect(error).toMatchObject({ code: 'not-ready', stage: 'connect', failed: [{ address: stale }] })
    expect(error.message).toContain(idOf(server))
    await alone.stop()
  })

  test('who listens at the address of an agent is not taken for it', async () => {
    const { dialAgent, lookup, publish } = network.openpond
    const account = network.account()
    const alone = await network.node({ bootstrap })
    await knows(alone, idOf(server))
    await publish(alone, { account, agentName: 'alone', multiaddrs: [bare(server)] })
    const { record } = (await lookup(bob, account.address))!
    await expect(dialAgent(bob, record, network.kit.multiaddr)).rejects.toMatchObject({ name: 'DialFailedError', code: 'dial-failed', peerId: idOf(alone) })
    await publish(alone, { account, agentName: 'alone', multiaddrs: [bare(server), bare(alone)] })
    const both = (await lookup(bob, account.address))!.record
    expect(both.multiaddrs).toHaveLength(2)
    expect((await dialAgent<any>(bob, both, network.kit.multiaddr)).remotePeer.toString()).toBe(idOf(alone))
    expect(bob.getConnections(server.peerId).map(({ status }: any) => status)).toContain('open')
  })
})
