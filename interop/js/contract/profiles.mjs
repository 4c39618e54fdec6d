// What the provider of each profile publishes and the querier reads, by the operations of a peer (../lib/operations.mjs).
//
// A profile has: `other` where the DHT is not OpenPond's, its protocol, bucket size, validators and selectors;
// `publish(operations, signal)`; `reads(operations, provider)`, an object of name and async function of a signal. All of them throw what went wrong.
import { createHash } from 'node:crypto'

const NETWORK = 'local'
const GREETING = 'hello from js client'
const EXPECTED = 'hello from'

// kad-dht brings its own rules for /pk.
const IPFS = {
  protocol: '/ipfs/kad/1.0.0',
  bucket: 20,
  records: { validators: { example: async () => {} }, selectors: { example: () => 0 } }
}

const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const why = (failed) => (failed?.length > 0 ? `: ${failed.map(({ error }) => error).join('; ')}` : '')

function check(condition, message) {
  if (!condition) throw new Error(message)
}

async function put(operations, request, signal) {
  const { stored, failed } = await operations.put(request, signal)
  check(stored.length > 0, `nobody stored the value${why(failed)}`)
}

async function provide(operations, request, signal) {
  const { sent, failed } = await operations.provide(request, signal)
  check(sent.length > 0, `nobody took the provider record${why(failed)}`)
}

async function get(operations, request, signal) {
  const { value, failed } = await operations.get(request, signal)
  check(value !== null, `no value${why(failed)}`)
  return Buffer.from(value, 'base64')
}

async function greeting(operations, key, signal) {
  const value = await get(operations, { key }, signal)
  check(value.includes(EXPECTED), `the value does not contain ${EXPECTED}`)
}

const portOf = (addr) => addr.match(/\/tcp\/(\d+)(?:\/p2p\/[^/]+)?$/)?.[1]

/** Remembers at which ports the provider is, as records said, and finds it by its id. */
class Provider {
  #ports = new Set()

  constructor(operations, id) {
    this.operations = operations
    this.id = id
  }

  isAt(addrs) {
    for (const addr of addrs) this.#ports.add(portOf(addr))
  }

  async among(request, signal) {
    const providers = await this.operations.providers(request, signal)
    const found = providers.find(({ id }) => id === this.id)
    check(found !== undefined, `the provider is not among ${providers.length} providers`)
    this.isAt(found.addrs)
  }

  /** Where no record named a port, any will do: an answer may hold providers without their addresses. */
  async find(signal) {
    const found = await this.operations.findPeer({ peer: this.id }, signal)
    check(found !== null, 'nobody knows the provider')
    const ports = found.addrs.map(portOf).filter((port) => port !== undefined)
    this.#ports.delete(undefined)
    check(ports.some((port) => this.#ports.size === 0 || this.#ports.has(port)), `no address at the provider's port: ${found.addrs.join(' ')}`)
  }
}

function unified(kit, test) {
  const key = `/example/data/${test}`
  const provided = { key: `interop-test-key-${test}`, verbatim: true }
  return {
    other: IPFS,
    async publish(operations, signal) {
      await provide(operations, provided, signal)
      await put(operations, { key, value: base64(GREETING) }, signal)
    },
    reads: (operations) => ({
      find_providers: async (signal) => check((await operations.providers(provided, signal)).length > 0, 'no providers'),
      get_value: (signal) => greeting(operations, key, signal)
    })
  }
}

function ipfs(kit, test) {
  const key = `/example/data/${test}`
  const provided = { key: `interop-test-key-${test}` }
  const publicKeyOf = (peer) => ({ keyBase64: base64(Buffer.concat([Buffer.from('/pk/'), peer.toMultihash().bytes])) })
  return {
    other: IPFS,
    async publish(operations, signal) {
      const { peerId } = operations.node
      await put(operations, { ...publicKeyOf(peerId), value: base64(kit.publicKeyToProtobuf(peerId.publicKey)) }, signal)
      await put(operations, { key, value: base64(GREETING) }, signal)
      await provide(operations, provided, signal)
    },
    reads(operations, id) {
      const provider = new Provider(operations, id)
      return {
        get_public_key: (signal) => get(operations, publicKeyOf(kit.peerIdFromString(id)), signal),
        get_value: (signal) => greeting(operations, key, signal),
        find_providers: (signal) => provider.among(provided, signal),
        find_peer: (signal) => provider.find(signal)
      }
    }
  }
}

function openpond(kit, test) {
  const account = accountOf(kit, test)
  return {
    async publish(operations, signal) {
      const { stored, provided, failed } = await operations.publishAgent({}, signal)
      check(stored.length > 0, `nobody stored the record${why(failed)}`)
      check(provided.length > 0, 'nobody took the provider record')
    },
    reads(operations, id) {
      const provider = new Provider(operations, id)
      return {
        async get_value(signal) {
          const record = await operations.lookup({ address: account.address }, signal)
          check(record !== null, 'no record')
          check(record.peerId === id, `the record names ${record.peerId}`)
          provider.isAt(record.multiaddrs)
        },
        find_providers: (signal) => provider.among({ key: `/eth/${account.address.toLowerCase()}` }, signal),
        find_peer: (signal) => provider.find(signal)
      }
    }
  }
}

/** The Ethereum account of a test, which the provider and the querier both know. */
export function accountOf(kit, test) {
  return kit.privateKeyToAccount(`0x${createHash('sha256').update(`pond-interop-${test}`).digest('hex')}`)
}

/** What Operations has to know of a test, whatever its profile. */
export const identityOf = (kit, test) => ({ network: NETWORK, acceptUnsigned: false, name: `${kit.version} agent`, account: accountOf(kit, test) })

const PROFILES = { unified, ipfs, openpond }
export const profileOf = (kit, name, test) => PROFILES[name](kit, test)
