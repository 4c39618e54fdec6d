// A libp2p node with the DHT that the packed npm package makes of the options of OpenPond's document, and the ping service where the version demands it.
import { readFile } from 'node:fs/promises'

const STREAMS = 5000
const CONNECTIONS = { bootstrap: 1000, agent: 50 }
// js-libp2p refuses more than 5 connections a second from one host. On loopback every peer is the same host.
const ONE_HOST_IS_EVERYBODY = 10_000

async function readKey(kit, { keyFile, keyType = 'Ed25519' }) {
  if (keyFile === undefined) return kit.generateKeyPair(keyType)
  return kit.privateKeyFromProtobuf(Buffer.from(await readFile(keyFile, 'utf8'), 'base64'))
}

/** kad-dht for another network than OpenPond's: its protocol, its namespaces, its bucket size. */
function otherDHT(kit, { clientMode, peerInfoMapper }, { protocol, bucket, records }) {
  return kit.kadDHT({
    clientMode,
    protocol,
    maxInboundStreams: STREAMS,
    maxOutboundStreams: STREAMS,
    kBucketSize: bucket,
    allowQueryWithZeroPeers: true,
    peerInfoMapper,
    ...records
  })
}

/**
 * role is 'bootstrap' (a DHT server) or 'agent' (a DHT client); `other` makes it a node of another DHT than OpenPond's: {protocol, bucket, records},
 * where `records` are validators and selectors. `mapper` is what kad-dht does with the addresses of others. The node is started and listens when this resolves.
 */
export async function createNode(kit, {
  role, listen = ['/ip4/127.0.0.1/tcp/0'], network = 'local', acceptUnsigned = false, ping = false, other, mapper = kit.passthroughMapper, ...key
}) {
  const kad = { clientMode: role === 'agent', peerInfoMapper: mapper }
  const services = {
    identify: kit.identify(),
    dht: other === undefined ? kit.openpond.openpondKadDHT({ network, acceptUnsigned, ...kad, allowPrivate: true }) : otherDHT(kit, kad, other)
  }
  if (ping || kit.needsPing) services.ping = kit.ping()
  return kit.createLibp2p({
    privateKey: await readKey(kit, key),
    addresses: { listen },
    transports: [kit.tcp()],
    connectionEncrypters: [kit.noise()],
    streamMuxers: [kit.yamux()],
    connectionManager: {
      maxConnections: CONNECTIONS[role],
      inboundConnectionThreshold: ONE_HOST_IS_EVERYBODY,
      maxIncomingPendingConnections: ONE_HOST_IS_EVERYBODY
    },
    services
  })
}
