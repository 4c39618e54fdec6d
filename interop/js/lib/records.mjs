// Validators, selectors and makers of the records under /eth and /test, as docs/records.md sets them out.
import { parseStrict } from './strict-json.mjs'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MAX_AHEAD_MS = 10 * MINUTE
const MAX_LIFE_MS = 48 * HOUR
const DEFAULT_LIFE_MS = 24 * HOUR
const MAX_ETH_VALUE = 8192
const MAX_TEST_VALUE = 256
const MAX_ADDRS = 16
const MAX_ADDR_BYTES = 256
const MAX_NAME = 64
const SIGNATURE_BYTES = 148
const SIGNATURE = /^,"signature":"(0x[0-9a-f]{130})"\}$/
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const NETWORK = /^[a-z0-9-]{1,32}$/
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class InvalidRecord extends Error {
  name = 'InvalidRecord'
}

function check(condition, message) {
  if (!condition) throw new InvalidRecord(message)
}

export const ethKey = (address) => encoder.encode(`/eth/${address.toLowerCase()}`)
export const testKey = (peerId) => encoder.encode(`/test/${peerId}`)

function integer(numbers, name) {
  const text = numbers.get(name)
  check(text !== undefined && /^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text)), `${name} is not an integer`)
  return Number(text)
}

function parse(bytes) {
  check(bytes[0] === 0x7b, 'not a JSON object')
  try {
    return parseStrict(bytes)
  } catch (err) {
    throw new InvalidRecord(err.message)
  }
}

function checkPeerId(kit, text) {
  check(typeof text === 'string', 'peerId is not a string')
  let id
  try {
    id = kit.peerIdFromString(text)
  } catch {
    throw new InvalidRecord('peerId is not a peer id')
  }
  check(id.toString() === text, 'peerId is not in base58 form')
}

function checkAddrs(kit, addrs, peerId) {
  check(Array.isArray(addrs) && addrs.length <= MAX_ADDRS, 'multiaddrs is not a short array')
  for (const addr of addrs) {
    check(typeof addr === 'string' && encoder.encode(addr).length <= MAX_ADDR_BYTES, 'an address is too long')
    try {
      kit.multiaddr(addr)
    } catch {
      throw new InvalidRecord('an address is not a multiaddr')
    }
    check(addr.startsWith('/'), 'an address is not a multiaddr')
    const named = addr.match(/\/p2p\/([^/]+)$/)
    check(named === null || named[1] === peerId, 'an address names another peer')
  }
}

function checkName(name) {
  check(typeof name === 'string', 'agentName is not a string')
  const length = [...name].length
  check(length >= 1 && length <= MAX_NAME && !CONTROL.test(name), 'agentName is too long or has control characters')
}

/** The address that a key names; the one spelling is `/eth/0x` and 40 lowercase digits. */
function addressOf(key) {
  const match = /^\/eth\/(0x[0-9a-f]{40})$/.exec(decoder.decode(key))
  check(match !== null, 'not an /eth key')
  return match[1]
}

function checkAgentId(kit, agentId, address) {
  check(typeof agentId === 'string' && agentId.toLowerCase() === address, 'agentId is not the address of the key')
  check(kit.getAddress(address) === agentId, 'agentId has a wrong checksum')
}

function checkTimes(numbers, now) {
  const timestamp = integer(numbers, 'timestamp')
  const expires = integer(numbers, 'expires')
  check(timestamp <= now + MAX_AHEAD_MS, 'timestamp is in the future')
  check(expires > timestamp && expires - timestamp <= MAX_LIFE_MS, 'expires is not within 48 h of timestamp')
  check(expires > now, 'expired')
}

async function checkSignature(kit, value, address) {
  const signature = decoder.decode(value.subarray(-SIGNATURE_BYTES)).match(SIGNATURE)?.[1]
  check(signature !== undefined, 'does not end with a signature')
  check(BigInt(`0x${signature.slice(66, 130)}`) <= HALF_ORDER, 's is in the upper half')
  check(/^(1b|1c)$/.test(signature.slice(130)), 'v is neither 27 nor 28')
  const message = decoder.decode(value.subarray(0, -SIGNATURE_BYTES)) + '}'
  let signer
  try {
    signer = await kit.recoverMessageAddress({ message, signature })
  } catch {
    throw new InvalidRecord('signature cannot be recovered')
  }
  check(signer.toLowerCase() === address, 'signed by another key')
}

/** Resolves with the parsed record, or rejects with InvalidRecord. */
export async function verifyEth(kit, key, value, { network = 'local', now = Date.now() } = {}) {
  const address = addressOf(key)
  check(value.length > SIGNATURE_BYTES && value.length <= MAX_ETH_VALUE, 'too long or too short')
  const { value: record, numbers } = parse(value)
  check(numbers.get('v') === '1', 'v is not 1')
  check(record.domain === 'openpond-dht-record', 'another domain')
  check(NETWORK.test(record.network) && record.network === network, 'another network')
  checkPeerId(kit, record.peerId)
  checkTimes(numbers, now)
  checkAgentId(kit, record.agentId, address)
  checkName(record.agentName)
  checkAddrs(kit, record.multiaddrs, record.peerId)
  await checkSignature(kit, value, address)
  return record
}

/** The document's record, which anybody could have written: the same shape, no signature. */
export function checkUnsigned(kit, key, value, { now = Date.now() } = {}) {
  const address = addressOf(key)
  check(value.length <= MAX_ETH_VALUE, 'too long')
  const { value: record, numbers } = parse(value)
  check(!('signature' in record), 'has a signature')
  checkPeerId(kit, record.peerId)
  check(integer(numbers, 'timestamp') <= now + MAX_AHEAD_MS, 'timestamp is in the future')
  check(typeof record.agentId === 'string' && record.agentId.toLowerCase() === address, 'agentId is not the address of the key')
  checkName(record.agentName)
  checkAddrs(kit, record.multiaddrs, record.peerId)
  return record
}

export function checkTest(kit, key, value, { now = Date.now() } = {}) {
  const match = /^\/test\/([^/]+)$/.exec(decoder.decode(key))
  check(match !== null, 'not a /test key')
  checkPeerId(kit, match[1])
  check(value.length <= MAX_TEST_VALUE, 'too long')
  const { numbers } = parse(value)
  check(Math.abs(integer(numbers, 'timestamp') - now) <= MAX_AHEAD_MS, 'timestamp is too far from now')
}

/** What the record is worth against others: signed ones first, then the highest timestamp, expires and bytes. */
function rank(value) {
  try {
    const record = JSON.parse(decoder.decode(value))
    return [record.signature === undefined ? 0 : 1, record.timestamp, record.expires ?? 0]
  } catch {
    return [-1, 0, 0]
  }
}

function compare(a, b) {
  const left = rank(a)
  const right = rank(b)
  const differs = left.findIndex((part, i) => part !== right[i])
  return differs < 0 ? Buffer.compare(a, b) : left[differs] - right[differs]
}

/** The index of the best of several valid records. */
export function select(key, values) {
  let best = 0
  values.forEach((value, i) => {
    if (compare(value, values[best]) > 0) best = i
  })
  return best
}

/** Validators and selectors as kad-dht takes them. */
export function rules(kit, { network, acceptUnsigned }) {
  const eth = async (key, value) => {
    if (decoder.decode(value.subarray(-SIGNATURE_BYTES)).match(SIGNATURE) === null && acceptUnsigned) checkUnsigned(kit, key, value)
    else await verifyEth(kit, key, value, { network })
  }
  const test = async (key, value) => checkTest(kit, key, value)
  return { validators: { eth, test }, selectors: { eth: select, test: select } }
}

/** The signed record of an account (viem's), as bytes. */
export async function signEth(account, { peerId, multiaddrs, agentName, network, timestamp = Date.now(), ttlMs = DEFAULT_LIFE_MS }) {
  const text = JSON.stringify({
    v: 1,
    domain: 'openpond-dht-record',
    network,
    peerId,
    timestamp,
    expires: timestamp + ttlMs,
    agentId: account.address,
    agentName,
    multiaddrs
  })
  const signature = await account.signMessage({ message: text })
  return encoder.encode(`${text.slice(0, -1)},"signature":"${signature}"}`)
}

/** The record exactly as OpenPond's document has it. */
export function unsignedEth(address, { peerId, multiaddrs, agentName, timestamp = Date.now() }) {
  return encoder.encode(JSON.stringify({ peerId, timestamp, agentId: address, agentName, multiaddrs }))
}
