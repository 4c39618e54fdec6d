// `/eth/<address>`: "this Ethereum address is reachable as that libp2p peer", signed by the address.
import { getAddress, recoverMessageAddress } from 'viem/utils'
import { canonicalAddress } from './addresses.js'
import { checkAccount, checkAddresses, checkArgument, checkNumber, checkObject, checkOctets, checkPrintable, checkText } from './arguments.js'
import { compareBytes, decodeStrict, encode } from './bytes.js'
import { type AgentClaims, badMember, readClaims } from './claims.js'
import { RecordError } from './errors.js'
import { type LowercaseAddress, addressOfKey, lowercaseAddress, peerOfKey } from './keys.js'
import { checkNetworkName, isNetworkName } from './networks.js'
import { checkMembers } from './plain-json.js'
import { SignatureMemo } from './signature-memo.js'
import { type StrictObject, parseStrictObject } from './strict-json.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DOMAIN = 'openpond-dht-record'
const VERSION = 1
const MAX_ETH_BYTES = 8192
const MAX_TEST_BYTES = 256
const MAX_AHEAD_MS = 10 * MINUTE
const MAX_LIFETIME_MS = 48 * HOUR
const TAIL_BYTES = 148
const TAIL = /^,"signature":"(0x[0-9a-f]{130})"\}$/
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const MEMBERS = new Set(['v', 'domain', 'network', 'peerId', 'timestamp', 'expires', 'agentId', 'agentName', 'multiaddrs', 'signature'])

/** How long a record is valid when its publisher does not say: 24 h. */
export const DEFAULT_LIFETIME_MS = 24 * HOUR

/** What can sign for an agent: a viem account, or anything else that signs EIP-191 personal messages. */
export interface RecordSigner {
  readonly address: string
  signMessage(parameters: { message: string }): Promise<string>
}

/** What a publisher says. {@link signRecord} checks it by a receiver's rules. */
export interface RecordDraft {
  /** The name of the network that the record is for, such as `base`, `sepolia` or `local`. */
  network: string
  /** The libp2p peer that the agent is. */
  peerId: { toString(): string }
  agentName: string
  /** Where the peer listens: 16 at most. They are written in their canonical spelling. */
  multiaddrs: ReadonlyArray<{ toString(): string }>
  /** Milliseconds since the epoch; now, by default. */
  timestamp?: number
  /** Milliseconds since the epoch; 24 h after `timestamp`, by default, and 48 h at most. */
  expires?: number
  /**
   * Further members, which the signature covers too: OpenPond's records carry `role`. They must be plain JSON, which JSON.stringify writes as it is; names
   * that are integers are refused, because JavaScript would put them before all others.
   */
  others?: Readonly<Record<string, unknown>>
}

/** A record that was read and believed. */
export interface AgentRecord extends AgentClaims {
  /** The address in lower case, as it stands in the key. */
  readonly address: LowercaseAddress
  /** Whether the address itself signed it; false only where `acceptUnsigned` asked for such records. */
  readonly verified: boolean
  /** The network; undefined when unsigned. */
  readonly network: string | undefined
  /** Milliseconds since the epoch; undefined when unsigned. */
  readonly expires: number | undefined
  /** Further members. */
  readonly others: Readonly<Record<string, unknown>>
}

export interface VerifyOptions {
  /** The reader's own network: records for another are refused. */
  network: string
  /** The reader's clock, milliseconds since the epoch; `Date.now()`, by default. */
  now?: number
  /** Take the unsigned form, which anybody could have written. It is reported as `verified: false`. */
  acceptUnsigned?: boolean
  /** The peer that brought the value, where that is known: only an unsigned record's own peer may bring it. */
  sender?: string
  /** Remembers signatures that were judged before. */
  memo?: SignatureMemo
}

interface Tail {
  readonly signature: `0x${string}`
  /** The text that was signed: everything before the tail, closed again. */
  readonly message: string
}

/** The end of a signed value; undefined when it does not end as one. */
function readTail(value: Uint8Array): Tail | undefined {
  if (value.length <= TAIL_BYTES) return undefined
  const end = value.length - TAIL_BYTES
  try {
    const signature = TAIL.exec(decodeStrict(value.subarray(end)))?.[1]
    if (signature === undefined) return undefined
    return { signature: signature as `0x${string}`, message: `${decodeStrict(value.subarray(0, end))}}` }
  } catch {
    return undefined
  }
}

function parseValue(value: Uint8Array, maxBytes: number): StrictObject {
  if (value.length > maxBytes) throw new RecordError('too-large', `the value is longer than ${maxBytes} bytes`)
  return parseStrictObject(value)
}

function othersOf(object: StrictObject): Readonly<Record<string, unknown>> {
  // fromEntries defines members, so that one called __proto__ is only that.
  return Object.fromEntries([...object.members].filter(([name]) => !MEMBERS.has(name)))
}

function readEnvelope(object: StrictObject): { network: string, expires: number } {
  if (object.string('domain') !== DOMAIN || object.integer('v') !== VERSION) {
    throw new RecordError('wrong-domain', 'domain or v is not that of a DHT record, version 1')
  }
  const network = object.string('network')
  badMember(network !== undefined && isNetworkName(network), "network is not a network's name")
  const expires = object.integer('expires')
  badMember(expires !== undefined, 'expires is not an integer of milliseconds')
  return { network, expires }
}

interface SignedRecord extends AgentRecord {
  readonly network: string
  readonly expires: number
}

/** All that can be said of a signed value without key, clock and cryptography. */
function readSigned(object: StrictObject): SignedRecord {
  const { network, expires } = readEnvelope(object)
  const claims = readClaims(object, { anySpelling: false })
  badMember(expires > claims.timestamp && expires - claims.timestamp <= MAX_LIFETIME_MS, 'expires is not after timestamp by 48 hours at most')
  const address = claims.agentId.toLowerCase() as LowercaseAddress
  return { ...claims, address, network, expires, verified: true, others: othersOf(object) }
}

function checkSubject(claims: AgentClaims, address: LowercaseAddress): void {
  if (claims.agentId.toLowerCase() !== address) throw new RecordError('wrong-key', 'agentId is not the address of the key')
}

function checkNotAhead(timestamp: number, now: number): void {
  if (timestamp > now + MAX_AHEAD_MS) throw new RecordError('from-the-future', 'timestamp is more than 10 minutes ahead')
}

async function isSignedBy(address: LowercaseAddress, { signature, message }: Tail): Promise<boolean> {
  if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER || !/(?:1b|1c)$/.test(signature)) return false
  try {
    return (await recoverMessageAddress({ message, signature })).toLowerCase() === address
  } catch {
    return false
  }
}

function checkGenuine(genuine: boolean): void {
  if (!genuine) throw new RecordError('bad-signature', 'the address has not signed the record')
}

function readUnsigned(object: StrictObject, address: LowercaseAddress, { now = Date.now(), acceptUnsigned, sender }: VerifyOptions): AgentRecord {
  if (object.has('signature')) throw new RecordError('malformed', 'the record does not end with a signature of 130 lowercase digits')
  if (acceptUnsigned !== true) throw new RecordError('unsigned', 'the record is not signed')
  const claims = readClaims(object, { anySpelling: true })
  checkSubject(claims, address)
  checkNotAhead(claims.timestamp, now)
  if (sender !== undefined && sender !== claims.peerId) throw new RecordError('wrong-sender', 'an unsigned record of another peer than its sender')
  return { ...claims, address, network: undefined, expires: undefined, verified: false, others: othersOf(object) }
}

function checkVerifyOptions(options: VerifyOptions): void {
  checkObject(options, 'options')
  const { network, now, sender, memo } = options
  checkNetworkName(network)
  if (now !== undefined) checkNumber(now, 'now')
  if (sender !== undefined) checkText(sender, 'sender')
  checkArgument(memo === undefined || memo instanceof SignatureMemo, 'memo is not a SignatureMemo')
}

/**
 * Judges what was found under `/eth/<address>`, the cheap checks first and the signature last. Nothing is serialized again.
 *
 * @param key the whole key, as text or as its octets
 * @param value the octets of the record
 * @throws RecordError; its `code` says why
 */
export async function verifyRecord(key: Uint8Array | string, value: Uint8Array, options: VerifyOptions): Promise<AgentRecord> {
  checkVerifyOptions(options)
  const { network, now = Date.now(), memo } = options
  checkOctets(value, 'value')
  const address = addressOfKey(key)
  const object = parseValue(value, MAX_ETH_BYTES)
  const tail = readTail(value)
  if (tail === undefined) return readUnsigned(object, address, options)
  const record = readSigned(object)
  if (record.network !== network) throw new RecordError('wrong-network', 'the record is for another network')
  checkSubject(record, address)
  checkNotAhead(record.timestamp, now)
  if (record.expires <= now) throw new RecordError('expired', 'the record has expired')
  const judge = (): Promise<boolean> => isSignedBy(address, tail)
  checkGenuine(memo === undefined ? await judge() : await memo.judge(address, value, judge))
  return record
}

/** r, s, v as records have them: lowercase digits, v 27 or 28. Some signers give v as 0 or 1. */
function canonicalSignature(signature: unknown): `0x${string}` {
  const text = String(signature).toLowerCase()
  if (!/^0x[0-9a-f]{130}$/.test(text)) throw new RecordError('bad-signature', 'the account gave no signature of 65 bytes')
  const v = { '00': '1b', '01': '1c' }[text.slice(130)]
  return (v === undefined ? text : text.slice(0, 130) + v) as `0x${string}`
}

function checkDraft(draft: RecordDraft): void {
  checkObject(draft, 'draft')
  const { network, peerId, agentName, multiaddrs, timestamp, expires } = draft
  checkText(network, 'network')
  checkPrintable(peerId, 'peerId')
  checkText(agentName, 'agentName')
  checkAddresses(multiaddrs, 'multiaddrs')
  if (timestamp !== undefined) checkNumber(timestamp, 'timestamp')
  if (expires !== undefined) checkNumber(expires, 'expires')
}

function draftText(signer: RecordSigner, draft: RecordDraft): string {
  const { network, agentName, others = {}, timestamp = Date.now(), expires = timestamp + DEFAULT_LIFETIME_MS } = draft
  checkMembers(others, 'others')
  const clash = Object.keys(others).find((name) => MEMBERS.has(name))
  checkArgument(clash === undefined, `others must not name the member ${clash}`)
  const multiaddrs = draft.multiaddrs.map((address) => canonicalAddress(address.toString()))
  badMember(multiaddrs.every((text) => text !== undefined), 'a multiaddr does not parse')
  const agentId = getAddress(lowercaseAddress(signer.address))
  return JSON.stringify({ v: VERSION, domain: DOMAIN, network, peerId: draft.peerId.toString(), timestamp, expires, agentId, agentName, multiaddrs, ...others })
}

/**
 * The signed value of a record, octet for octet what `pond` makes of the same draft.
 *
 * @throws RecordError when a receiver would refuse it whatever the time, and when the account signs with another key than its address's;
 * InvalidArgumentError, for `others` that JSON would change, too
 */
export async function signRecord(account: RecordSigner, draft: RecordDraft): Promise<Uint8Array> {
  checkAccount(account)
  checkDraft(draft)
  const address = lowercaseAddress(account.address)
  const message = draftText(account, draft)
  // Whoever is about to sign sees that the draft is in order; a wallet may ask its owner.
  readSigned(parseValue(encode(message), MAX_ETH_BYTES - TAIL_BYTES + 1))
  const signature = canonicalSignature(await account.signMessage({ message }))
  checkGenuine(await isSignedBy(address, { signature, message }))
  return encode(`${message.slice(0, -1)},"signature":"${signature}"}`)
}

/** The order of an `/eth` value: signed before unsigned before neither, then the highest timestamp, then the highest `expires`. */
type Rank = readonly [believed: number, timestamp: number, expires: number]

function rankOf(value: Uint8Array): Rank {
  try {
    const object = parseValue(value, MAX_ETH_BYTES)
    const timestamp = object.integer('timestamp')
    if (timestamp === undefined) return [0, 0, 0]
    return readTail(value) === undefined ? [1, timestamp, 0] : [2, timestamp, object.integer('expires') ?? 0]
  } catch {
    return [0, 0, 0]
  }
}

/** Above 0 when `a` is the better of two valid `/eth` values, 0 when they are the same octets. */
export function compareRecords(a: Uint8Array, b: Uint8Array): number {
  checkOctets(a, 'a')
  checkOctets(b, 'b')
  const [left, right] = [rankOf(a), rankOf(b)]
  const differs = left.findIndex((part, i) => part !== right[i])
  return differs < 0 ? compareBytes(a, b) : left[differs]! - right[differs]!
}

/** The value of a health check: what {@link waitForDHT} puts under `/test/<peer id>`. */
export function testValue(timestamp: number = Date.now()): Uint8Array {
  checkArgument(Number.isSafeInteger(timestamp) && timestamp >= 0, 'timestamp is not an integer of milliseconds')
  return encode(JSON.stringify({ timestamp }))
}

/**
 * Judges what was found under `/test/<peer id>`: JSON with a `timestamp` within 10 minutes of the reader's clock. Returns the timestamp.
 *
 * @throws RecordError
 */
export function verifyTestRecord(key: Uint8Array | string, value: Uint8Array, options: { now?: number } = {}): number {
  checkObject(options, 'options')
  const { now = Date.now() } = options
  checkNumber(now, 'now')
  checkOctets(value, 'value')
  peerOfKey(key)
  const timestamp = parseValue(value, MAX_TEST_BYTES).integer('timestamp')
  badMember(timestamp !== undefined, 'timestamp is not an integer of milliseconds')
  checkNotAhead(timestamp, now)
  if (timestamp < now - MAX_AHEAD_MS) throw new RecordError('expired', 'timestamp is more than 10 minutes behind')
  return timestamp
}

/** Above 0 when `a` is the better of two valid `/test` values. */
export function compareTestRecords(a: Uint8Array, b: Uint8Array): number {
  checkOctets(a, 'a')
  checkOctets(b, 'b')
  const timestampOf = (value: Uint8Array): number => {
    try {
      return parseValue(value, MAX_TEST_BYTES).integer('timestamp') ?? -1
    } catch {
      return -1
    }
  }
  return timestampOf(a) - timestampOf(b) || compareBytes(a, b)
}
