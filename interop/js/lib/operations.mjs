// The operations of a peer, as its line protocol names them. Each takes a request and a signal that ends it at its deadline.
import { once } from 'node:events'

const text = (bytes) => Buffer.from(bytes).toString('base64')
const bytes = (base64) => new Uint8Array(Buffer.from(base64, 'base64'))
const encode = (string) => new TextEncoder().encode(string)
const describe = (peer) => ({ id: peer.id.toString(), addrs: peer.multiaddrs.map(String) })
const failure = ({ from, error }) => ({ id: from?.toString(), error: error.message })

/** The key bytes of a request: `key` is text, `keyBase64` is bytes, `peer` is a peer id in its binary form. */
function keyOf(kit, { key, keyBase64, peer }) {
  if (peer !== undefined) return kit.peerIdFromString(peer).toMultihash().bytes
  return keyBase64 === undefined ? encode(key) : bytes(keyBase64)
}

/** Providers are announced under the hash of the key or, when the request says `verbatim`, under its very bytes, whether or not these are a multihash. */
async function cidOf(kit, request) {
  if (request.verbatim) {
    const key = keyOf(kit, request)
    return new kit.CID(1, kit.raw.code, { code: 0, size: key.length, digest: key, bytes: key }, key)
  }
  return kit.CID.createV1(kit.raw.code, await kit.sha256.digest(keyOf(kit, request)))
}

export class Operations {
  /** `settings` are the network's name, whether unsigned records count, the agent's name and its viem account. */
  constructor(kit, node, settings) {
    this.kit = kit
    this.node = node
    this.settings = settings
    this.dht = node.services.dht
    this.identified = new Map()
    node.addEventListener('peer:identify', ({ detail }) => this.identified.set(detail.peerId.toString(), detail))
  }

  addrs() {
    return { peerId: this.node.peerId.toString(), addrs: this.node.getMultiaddrs().map(String), address: this.settings.account.address }
  }

  async dial({ addr }, signal) {
    const connection = await this.node.dial(this.kit.multiaddr(addr), { signal })
    const { encryption, multiplexer, remotePeer, direction } = connection
    return { peer: remotePeer.toString(), encryption, multiplexer, direction }
  }

  /** Dials one peer by all of its addresses at once, as `providers` returned them. */
  async dialAll({ addrs }, signal) {
    const connection = await this.node.dial(addrs.map((addr) => this.kit.multiaddr(addr)), { signal })
    return connection.remotePeer.toString()
  }

  async hangUp({ peer }, signal) {
    await this.node.hangUp(this.kit.peerIdFromString(peer), { signal })
  }

  async ping({ addr }, signal) {
    return { rttMs: await this.node.services.ping.ping(this.kit.multiaddr(addr), { signal }) }
  }

  peers() {
    return this.node.getPeers().map(String)
  }

  tableSize() {
    return this.dht.routingTable.size
  }

  /** Resolves when the routing table holds every one of `peers`. */
  async waitTable({ peers }, signal) {
    const table = this.dht.routingTable
    const missing = new Set(peers)
    const arrived = ({ detail }) => {
      missing.delete(detail.toString())
      if (missing.size === 0) table.dispatchEvent(new Event('interop:complete'))
    }
    table.addEventListener('peer:add', arrived)
    try {
      const complete = once(table, 'interop:complete', { signal })
      complete.catch(() => {})
      for (const peer of peers) {
        if ((await table.find(this.kit.peerIdFromString(peer), { signal })) !== undefined) missing.delete(peer)
      }
      if (missing.size > 0) await complete
    } catch (err) {
      throw new Error(`not in the routing table: ${[...missing].join(' ')}`, { cause: err })
    } finally {
      table.removeEventListener('peer:add', arrived)
    }
    return table.size
  }

  /** Resolves with what identify said about a peer, as soon as it has said it. */
  async waitIdentified({ peer }, signal) {
    while (!this.identified.has(peer)) await once(this.node, 'peer:identify', { signal })
    const said = this.identified.get(peer)
    return {
      agentVersion: said.agentVersion,
      protocolVersion: said.protocolVersion,
      protocols: said.protocols,
      addrs: said.listenAddrs.map(String),
      observedAddr: said.observedAddr?.toString(),
      signed: said.signedPeerRecord !== undefined,
      direction: said.connection.direction
    }
  }

  /** Collects what a query answered, by the kind of event; a peer that first answered and then failed has failed. */
  async #run(query) {
    const seen = { answers: [], values: [], final: [], providers: [], failed: [] }
    for await (const event of query) {
      if (event.name === 'PEER_RESPONSE') seen.answers.push({ id: event.from.toString(), message: event.messageName })
      if (event.name === 'VALUE') seen.values.push({ id: event.from.toString(), value: event.value })
      if (event.name === 'FINAL_PEER') seen.final.push(describe(event.peer))
      if (event.name === 'PROVIDER') seen.providers.push(...event.providers.map(describe))
      if (event.name === 'QUERY_ERROR') seen.failed.push(failure(event))
    }
    return seen
  }

  async #put(key, value, signal) {
    const { answers, failed } = await this.#run(this.dht.put(key, value, { signal }))
    const refused = new Set(failed.map(({ id }) => id))
    const stored = answers.filter(({ id, message }) => message === 'PUT_VALUE' && !refused.has(id)).map(({ id }) => id)
    return { stored, failed }
  }

  async put(request, signal) {
    return this.#put(keyOf(this.kit, request), bytes(request.value), signal)
  }

  /** The best value (null when there is none) and who held one; the node itself counts as a holder when it had put it. */
  async #get(key, signal) {
    const { values, failed } = await this.#run(this.dht.get(key, { signal }))
    return { value: values.at(-1)?.value ?? null, holders: [...new Set(values.map(({ id }) => id))], failed }
  }

  async get(request, signal) {
    const { value, ...rest } = await this.#get(keyOf(this.kit, request), signal)
    return { value: value && text(value), ...rest }
  }

  async provide(request, signal) {
    const cid = await cidOf(this.kit, request)
    const { answers, failed } = await this.#run(this.dht.provide(cid, { signal }))
    const sent = answers.filter(({ message }) => message === 'ADD_PROVIDER').map(({ id }) => id)
    return { cid: cid.toString(), sent, failed }
  }

  async providers(request, signal) {
    const { providers } = await this.#run(this.dht.findProviders(await cidOf(this.kit, request), { signal }))
    return providers
  }

  /** Asks the network: what this node itself remembers does not count. */
  async findPeer({ peer }, signal) {
    const query = this.dht.findPeer(this.kit.peerIdFromString(peer), { signal, useCache: false })
    for await (const event of query) {
      if (event.name === 'FINAL_PEER') return describe(event.peer)
    }
    return null
  }

  async closest(request, signal) {
    const { final } = await this.#run(this.dht.getClosestPeers(keyOf(this.kit, request), { signal }))
    return final
  }

  #presence() {
    const { name: agentName, network } = this.settings
    return { peerId: this.node.peerId, multiaddrs: this.node.getMultiaddrs(), agentName, network }
  }

  /** Puts a value of this peer's address and provides the key, step by step. */
  async #publishValue(value, signal) {
    const { address } = this.settings.account
    const put = await this.#put(this.kit.openpond.ethKey(address), value, signal)
    const { sent } = await this.provide({ key: `/eth/${address.toLowerCase()}` }, signal)
    return { address, value: text(value), stored: put.stored, failed: put.failed, provided: sent }
  }

  /** As an agent does it; with a `timestamp`, that very record and no newer one in its place. */
  async publishAgent({ timestamp, ttlMs }, signal) {
    const { openpond } = this.kit
    const { account, name: agentName, network } = this.settings
    if (timestamp !== undefined) {
      const expires = ttlMs === undefined ? {} : { expires: timestamp + ttlMs }
      return this.#publishValue(await openpond.signRecord(account, { ...this.#presence(), timestamp, ...expires }), signal)
    }
    const { value, stored, provided, failed } = await openpond.publish(this.node, { account, agentName, network, lifetime: ttlMs, signal })
    return { address: account.address, value: text(value), stored, provided, failed: failed.map(({ peer, error }) => ({ id: peer, error: error.message })) }
  }

  /** The record exactly as OpenPond's document has it. */
  async publishUnsigned({ timestamp = Date.now() }, signal) {
    const { peerId, multiaddrs, agentName } = this.#presence()
    const record = { peerId: peerId.toString(), timestamp, agentId: this.settings.account.address, agentName, multiaddrs: multiaddrs.map(String) }
    return this.#publishValue(encode(JSON.stringify(record)), signal)
  }

  /** Finds an agent by its address. Resolves with null when nobody has a record; `verified` tells whether a signature says so. */
  async lookup({ address }, signal) {
    const { network, acceptUnsigned } = this.settings
    const found = await this.kit.openpond.lookup(this.node, address, { network, acceptUnsigned, signal })
    if (found === undefined) return null
    const { record, value, holders } = found
    return { ...record, address: record.agentId, record: Buffer.from(value).toString(), holders }
  }
}
