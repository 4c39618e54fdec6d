import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'viem/utils'
import { publishableAddresses } from './addresses.js'
import { checkAccount, checkAddresses, checkNode, checkNumber, checkObject, checkOctets, checkText } from './arguments.js'
import { GET_TIMEOUT_MS, OPERATION_TIMEOUT_MS, type OperationOptions, PUT_TIMEOUT_MS, abortable, withDeadline } from './deadline.js'
import { knowledgeOf } from './directory.js'
import { type FailedPeer, NotStoredError } from './errors.js'
import { usefulAddresses } from './kad-dht.js'
import { ethKey, lowercaseAddress } from './keys.js'
import { MAX_ADDRS } from './claims.js'
import { bestOf, rulesOf } from './lookup.js'
import type { DHTNode } from './node.js'
import { isPublicNetwork } from './networks.js'
import { checkMembers } from './plain-json.js'
import { type Outcome, answersTo, run } from './query.js'
import { type AgentRecord, DEFAULT_LIFETIME_MS, type RecordSigner, compareRecords, signRecord, verifyRecord } from './records.js'

const SHA2_256 = 0x12
/** Two programs with one key would outdo each other for ever. */
const MAX_OUTDOING = 3

export interface PublishOptions extends OperationOptions {
  /** Who signs: the agent's viem account. */
  account: RecordSigner
  agentName: string
  /** The network; by default the one that {@link openpondKadDHT} was given. */
  network?: string
  /**
   * Where the agent is reached; by default what the node listens on, without private addresses on a public network, and without those that no record may
   * have (longer than 256 octets, through another peer).
   */
  multiaddrs?: ReadonlyArray<{ toString(): string }>
  /** For how long the record is valid, in milliseconds: 24 h by default, 48 h at most. */
  lifetime?: number
  /** Further members of the record, such as `role`. */
  others?: Readonly<Record<string, unknown>>
}

/** What {@link publish} did. */
export interface Published {
  readonly record: AgentRecord
  /** The record's octets. */
  readonly value: Uint8Array
  /** The peers that stored the record: one at least. */
  readonly stored: readonly string[]
  /** The peers that were told that this node provides the key. None when the record has no addresses: servers would not take it. */
  readonly provided: readonly string[]
  readonly failed: readonly FailedPeer[]
}

/** The CID under which a key's providers are announced: version 1, raw, the key's sha2-256. js-libp2p can express no other. */
export function providerCID(key: Uint8Array): CID {
  checkOctets(key, 'key')
  return CID.createV1(raw.code, Digest.create(SHA2_256, sha256(key, 'bytes')))
}

function addressesOf(node: DHTNode, network: string): string[] {
  const all = node.getMultiaddrs()
  const filters = knowledgeOf(node).filters ?? isPublicNetwork(network)
  return publishableAddresses(filters ? usefulAddresses(all) : all, node.peerId).slice(0, MAX_ADDRS)
}

interface Attempt extends Omit<Published, 'provided'> {
  readonly outcome: Outcome
}

/** Signs a record that is newer than `after` and puts it. */
async function putRecord(node: DHTNode, options: PublishOptions, network: string, after: number, signal: AbortSignal): Promise<Attempt> {
  const { account, agentName, lifetime = DEFAULT_LIFETIME_MS, others } = options
  const timestamp = Math.max(Date.now(), after + 1)
  // A wallet may ask its owner, who may be away.
  const value = await abortable(signRecord(account, {
    network,
    peerId: node.peerId,
    agentName,
    multiaddrs: options.multiaddrs ?? addressesOf(node, network),
    timestamp,
    expires: timestamp + lifetime,
    ...(others === undefined ? {} : { others })
  }), signal)
  const key = ethKey(account.address)
  const record = await verifyRecord(key, value, { network })
  const outcome = await withDeadline('put', PUT_TIMEOUT_MS, signal, (limit) => run(() => node.services.dht.put(key, value, { signal: limit }), limit))
  return { record, value, stored: [...answersTo('PUT_VALUE', outcome).keys()], failed: outcome.failed, outcome }
}

/** The timestamp of a better record of the same address that others hold. */
async function standingAgainst(node: DHTNode, { record, value }: Attempt, network: string, signal: AbortSignal): Promise<number | undefined> {
  const key = ethKey(record.address)
  const outcome = await withDeadline('get', GET_TIMEOUT_MS, signal, (limit) => run(() => node.services.dht.get(key, { signal: limit }), limit))
  const best = await bestOf(key, outcome, { network, acceptUnsigned: false })
  return best !== undefined && compareRecords(best.value, value) > 0 ? best.record.timestamp : undefined
}

/** What kad-dht says when a server holds a better record and answers with that. */
const wasOutdone = (failed: readonly FailedPeer[]): boolean => failed.some(({ error }) => error.message.includes('not put correctly'))

async function announce(node: DHTNode, key: Uint8Array, signal: AbortSignal): Promise<{ provided: string[], failed: readonly FailedPeer[] }> {
  const outcome = await run(() => node.services.dht.provide(providerCID(key), { signal }), signal)
  const { failed, error } = outcome
  const broken = error === undefined ? [] : [{ peer: undefined, error: error instanceof Error ? error : new Error(String(error)) }]
  return { provided: [...answersTo('ADD_PROVIDER', outcome).keys()], failed: [...failed, ...broken] }
}

/** Throws InvalidArgumentError. */
export function checkPublishOptions(options: PublishOptions): void {
  checkObject(options, 'options')
  const { account, agentName, multiaddrs, lifetime, others } = options
  checkAccount(account)
  lowercaseAddress(account.address)
  checkText(agentName, 'agentName')
  if (multiaddrs !== undefined) checkAddresses(multiaddrs, 'multiaddrs')
  if (lifetime !== undefined) checkNumber(lifetime, 'lifetime')
  if (others !== undefined) checkMembers(others, 'others')
}

/**
 * Publishes the node as the agent of an Ethereum address: its signed record under `/eth/<address>`, and itself as a provider of that key. Where others
 * hold a newer record of the address, publishes again above it. Resolves when one peer at least has stored the record.
 *
 * @throws NotStoredError when none has; TimeoutError after 30 s; RecordError when the record would be refused; InvalidArgumentError
 */
export async function publish(node: DHTNode, options: PublishOptions): Promise<Published> {
  checkNode(node)
  checkPublishOptions(options)
  const { network } = rulesOf(node, options)
  const address = lowercaseAddress(options.account.address)
  const { directory } = knowledgeOf(node)
  return withDeadline('publish', options.timeout ?? OPERATION_TIMEOUT_MS, options.signal, async (signal) => {
    const met = directory.get(address)
    let attempt = await putRecord(node, options, network, met?.verified === true ? met.timestamp : 0, signal)
    for (let i = 0; i < MAX_OUTDOING && wasOutdone(attempt.failed); i++) {
      const standing = await standingAgainst(node, attempt, network, signal)
      if (standing === undefined) break
      attempt = await putRecord(node, options, network, standing, signal)
    }
    const { outcome, ...done } = attempt
    if (done.stored.length === 0) {
      signal.throwIfAborted()
      throw outcome.error instanceof Error && outcome.error.name === 'TimeoutError' ? outcome.error : new NotStoredError(done.failed, { cause: outcome.error })
    }
    directory.add(done.record)
    if (done.record.multiaddrs.length === 0) return { ...done, provided: [] }
    const { provided, failed } = await announce(node, ethKey(address), signal)
    options.signal?.throwIfAborted()
    return { ...done, provided, failed: [...done.failed, ...failed] }
  })
}
