// What this package needs of a libp2p node: so much as libp2p 2 and 3, kad-dht 14 to 16 have in common.

/** A peer id of js-libp2p. */
export interface PeerIdLike {
  toString(): string
  toMultihash(): { bytes: Uint8Array }
}

/** An event of a query, whichever kind: `name` tells. */
export interface DHTEvent {
  readonly name: string
  readonly from?: PeerIdLike
  readonly messageName?: string | undefined
  readonly record?: { readonly value: Uint8Array } | undefined
  readonly value?: Uint8Array
  readonly error?: Error
}

/** The kad-dht service. */
export interface DHTService {
  put(key: Uint8Array, value: Uint8Array, options?: { signal?: AbortSignal }): AsyncIterable<DHTEvent>
  get(key: Uint8Array, options?: { signal?: AbortSignal }): AsyncIterable<DHTEvent>
  // Each version of multiformats has a CID class of its own.
  provide(key: any, options?: { signal?: AbortSignal }): AsyncIterable<DHTEvent>
}

/** A libp2p node with kad-dht as its service `dht`. */
export interface DHTNode {
  readonly peerId: PeerIdLike
  getPeers(): ReadonlyArray<{ toString(): string }>
  getMultiaddrs(): ReadonlyArray<{ toString(): string }>
  readonly services: { readonly dht: DHTService }
}
