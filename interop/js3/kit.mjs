// What a peer needs from js-libp2p, from this folder's node_modules: the newest libp2p and kad-dht.
export const version = 'js3'

// kad-dht 16 refuses to start without the ping service and verifies contacts with it.
export const needsPing = true

export { noise } from '@chainsafe/libp2p-noise'
export { yamux } from '@chainsafe/libp2p-yamux'
export { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
export { identify } from '@libp2p/identify'
export { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
export { peerIdFromString } from '@libp2p/peer-id'
export { ping } from '@libp2p/ping'
export { tcp } from '@libp2p/tcp'
export { tls } from '@libp2p/tls'
export { webSockets } from '@libp2p/websockets'
export { multiaddr } from '@multiformats/multiaddr'
export * as openpond from '@openpond/dht'
export { createClient as createRedis } from '@redis/client'
export { createLibp2p } from 'libp2p'
export { CID } from 'multiformats/cid'
export * as raw from 'multiformats/codecs/raw'
export { sha256 } from 'multiformats/hashes/sha2'
export { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

async function sendBack(stream) {
  for await (const data of stream) stream.send(data)
  await stream.close()
}

/** Sends back what comes on every stream of `protocol`. */
export const echo = (node, protocol, limits) => node.handle(protocol, (stream) => sendBack(stream).catch(() => {}), limits)
