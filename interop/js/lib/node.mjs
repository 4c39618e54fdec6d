// A libp2p node with the options of OpenPond's document and what these need to work at all: addresses that are not public kept,
// validators and selectors on clients and servers, the ping service where the version demands it.
import { readFile } from 'node:fs/promises'
import { rules } from './records.mjs'

export const PROTOCOL = '/openpond/kad/1.0.0'
const STREAMS = 5000
const LIMITS = {
  bootstrap: { bucket: 200, connections: 1000 },
  agent: { bucket: 20, connections: 50 }
}
// js-libp2p refuses more than 5 connections a second from one host. On loopback every peer is the same host.
const ONE_HOST_IS_EVERYBODY = 10_000

async function readKey(kit, { keyFile, keyType = 'Ed25519' }) {
  if (keyFile === undefined) return kit.generateKeyPair(keyType)
  return kit.privateKeyFromProtobuf(Buffer.from(await readFile(keyFile, 'utf8'), 'base64'))
}

/**
 * role is 'bootstrap' (a DHT server) or 'agent' (a DHT client); `records` are validators and selectors. The node is started and
 * listens when this resolves.
 */
export async function createNode(kit, {
  role, listen = ['/ip4/127.0.0.1/tcp/0'], network = 'local', acceptUnsigned = false, ping = false,
  protocol = PROTOCOL, bucket = LIMITS[role].bucket, records = rules(kit, { network, acceptUnsigned }), ...key
}) {
  const services = {
    identify: kit.identify(),
    dht: kit.kadDHT({
      clientMode: role === 'agent',
      protocol,
      maxInboundStreams: STREAMS,
      maxOutboundStreams: STREAMS,
      kBucketSize: bucket,
      allowQueryWithZeroPeers: true,
      peerInfoMapper: kit.passthroughMapper,
      ...records
    })
  }
  if (ping || kit.needsPing) services.ping = kit.ping()
  return kit.createLibp2p({
    privateKey: await readKey(kit, key),
    addresses: { listen },
    transports: [kit.tcp()],
    connectionEncrypters: [kit.noise()],
    streamMuxers: [kit.yamux()],
    connectionManager: {
      maxConnections: LIMITS[role].connections,
      inboundConnectionThreshold: ONE_HOST_IS_EVERYBODY,
      maxIncomingPendingConnections: ONE_HOST_IS_EVERYBODY
    },
    services
  })
}
