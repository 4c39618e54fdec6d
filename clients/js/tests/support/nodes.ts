// Real nodes of one generation of js-libp2p, with the packed package.
import { vi } from 'vitest'

export const GENERATIONS = ['libp2p2', 'libp2p3'] as const
export type Generation = (typeof GENERATIONS)[number]

export type Package = typeof import('../../src/index.js')

// js-libp2p refuses more than 5 connections a second from one host. On loopback every peer is the same host.
const ONE_HOST_IS_EVERYBODY = 10_000

export class Network {
  readonly #started: Array<{ stop(): Promise<void> }> = []

  private constructor(readonly kit: any, readonly openpond: Package) {}

  static async of(generation: Generation): Promise<Network> {
    const kit = await import(`../nodes/${generation}/kit.mjs`)
    return new Network(kit, kit.openpond)
  }

  /** Started and listening on loopback; dialled to `bootstrap`. */
  async node({ bootstrap = [], dht, ...kad }: { bootstrap?: string[], dht?: any, [option: string]: unknown } = {}): Promise<any> {
    const { kit } = this
    const node = await kit.createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [kit.tcp()],
      connectionEncrypters: [kit.noise()],
      streamMuxers: [kit.yamux()],
      connectionManager: { inboundConnectionThreshold: ONE_HOST_IS_EVERYBODY, maxIncomingPendingConnections: ONE_HOST_IS_EVERYBODY },
      services: { identify: kit.identify(), ping: kit.ping(), dht: dht ?? this.openpond.openpondKadDHT({ network: 'local', ...kad } as any) }
    })
    this.stopLater(node)
    for (const address of bootstrap) await node.dial(kit.multiaddr(address))
    return node
  }

  account(): any {
    return this.kit.privateKeyToAccount(this.kit.generatePrivateKey())
  }

  stopLater(node: { stop(): Promise<void> }): void {
    this.#started.push(node)
  }

  /** Stops all that was started, the newest first. */
  async stop(): Promise<void> {
    for (const node of this.#started.reverse().splice(0)) await node.stop()
  }
}

export const addressOf = (node: any): string => node.getMultiaddrs()[0].toString()
export const idOf = (node: any): string => node.peerId.toString()

/** Resolves when the routing table holds the peers, to which the node is connected. */
export async function knows(node: any, ...peers: string[]): Promise<void> {
  const { routingTable } = node.services.dht
  await vi.waitFor(async () => {
    const connected = node.getConnections().map((connection: any) => connection.remotePeer)
    for (const peer of peers) {
      const id = connected.find((one: any) => one.toString() === peer)
      if (id === undefined || (await routingTable.find(id)) === undefined) throw new Error(`not in the routing table: ${peer}`)
    }
  }, { timeout: 20_000, interval: 50 })
}
