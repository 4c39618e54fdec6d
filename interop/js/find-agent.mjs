// A plain js-libp2p program with the npm package and nothing else of this repository: it looks an agent up by its Ethereum address, dials it, prints a
// JSON line and ends.
//
//   cd interop/js3 && node --input-type=module --eval "$(cat ../js/find-agent.mjs)" ADDRESS BOOTSTRAP_ADDR...
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { dialAgent, lookup, openpondKadDHT, waitForDHT } from '@openpond/dht'
import { createLibp2p } from 'libp2p'

const [address, ...bootstrap] = process.argv.slice(1)
const node = await createLibp2p({
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping(), dht: openpondKadDHT({ network: 'local' }) }
})
try {
  await waitForDHT(node, { bootstrap, dial: (addr, options) => node.dial(multiaddr(addr), options) })
  const found = await lookup(node, address)
  if (found === undefined) {
    console.log(JSON.stringify({ found: false }))
  } else {
    const connection = await dialAgent(node, found.record, multiaddr)
    console.log(JSON.stringify({ found: true, ...found.record, connected: connection.remotePeer.toString() }))
  }
} finally {
  await node.stop()
}
