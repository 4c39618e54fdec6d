import { kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { checkObject } from './arguments.js'
import { Directory, remember } from './directory.js'
import { selectors, validators } from './namespaces.js'
import { checkNetworkName, isPublicNetwork } from './networks.js'

/** The protocol of OpenPond's DHT. */
export const PROTOCOL = '/openpond/kad/1.0.0'
const MAX_STREAMS = 5000
const BUCKET_SIZE = { server: 200, client: 20 }

type KadDHTInit = NonNullable<Parameters<typeof kadDHT>[0]>
type KadDHTFactory = ReturnType<typeof kadDHT>

/** Everything that kad-dht takes, for which there are defaults, and: */
export interface OpenPondKadDHTOptions extends KadDHTInit {
  /** The network's name, to which records are bound: `base`, `sepolia`, `local` or another of one's own. */
  network: string
  /** Keep private and loopback addresses. By default only where the network is neither `base` nor `sepolia`. */
  allowPrivate?: boolean
  /** Take the records without signature that agents published before there were signatures. Off by default. */
  acceptUnsigned?: boolean
}

/**
 * OpenPond's DHT as a libp2p service: `services: { dht: openpondKadDHT({ network: 'base' }), identify: identify(), ping: ping() }`.
 *
 * An agent by default; `clientMode: false` makes a bootstrap node. kad-dht 16 demands the services identify and ping.
 */
export function openpondKadDHT(options: OpenPondKadDHTOptions): KadDHTFactory {
  checkObject(options, 'options')
  const { network, allowPrivate, acceptUnsigned = false, clientMode = true, ...others } = options
  checkNetworkName(network)
  // A program that passes on what it was not told wants the default of this package, not kad-dht's.
  const init = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)) as typeof others
  const filters = !(allowPrivate ?? !isPublicNetwork(network))
  return (components) => {
    const directory = new Directory()
    const dht = kadDHT({
      protocol: PROTOCOL,
      maxInboundStreams: MAX_STREAMS,
      maxOutboundStreams: MAX_STREAMS,
      kBucketSize: clientMode ? BUCKET_SIZE.client : BUCKET_SIZE.server,
      allowQueryWithZeroPeers: true,
      peerInfoMapper: filters ? removePrivateAddressesMapper : passthroughMapper,
      ...init,
      clientMode,
      validators: { ...validators({ network, acceptUnsigned, onRecord: (record) => directory.add(record) }), ...init.validators },
      selectors: { ...selectors(), ...init.selectors }
    })(components)
    remember(dht, { directory, network, acceptUnsigned, filters })
    return dht
  }
}

/** The addresses of a node that are of use to others. */
export function usefulAddresses<T>(multiaddrs: readonly T[]): T[] {
  return multiaddrs.filter((address) => {
    // The mapper reads nothing else of a peer.
    const peer = { multiaddrs: [address] } as unknown as Parameters<typeof removePrivateAddressesMapper>[0]
    return removePrivateAddressesMapper(peer).multiaddrs.length > 0
  })
}
