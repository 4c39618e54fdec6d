// Writes eth_records.json: values of `/eth/<address>` that must be accepted and refused, for implementations in every
// language. Signatures are viem's, so that they do not come from the code under test.
//
// Run in a directory where viem is installed (npm install viem@2):
//   node /path/to/make_eth_records.mjs > /path/to/eth_records.json
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const { privateKeyToAccount, sign } = require('viem/accounts')
const { keccak256 } = require('viem')

const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const OTHER_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const account = privateKeyToAccount(PRIVATE_KEY)
const other = privateKeyToAccount(OTHER_KEY)
const ADDRESS = account.address
const KEY = '/eth/' + ADDRESS.toLowerCase()

const T = 1763800000000
const HOUR = 3600000
const MINUTE = 60000
const PEER = '16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa'
const OTHER_PEER = '12D3KooWKudojFn6pff7Kah2Mkem3jtFfcntpG9X3QBNiggsYxK2'
const RSA_PEER = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'

const out = []
const base = () => ({
  v: 1,
  domain: 'openpond-dht-record',
  network: 'local',
  peerId: PEER,
  timestamp: T,
  expires: T + 24 * HOUR,
  agentId: ADDRESS,
  agentName: 'agent-1',
  multiaddrs: ['/ip4/127.0.0.1/tcp/8000']
})
const bytes = (x) => (typeof x === 'string' ? Buffer.from(x, 'utf8') : Buffer.from(x))
const signText = (text, who = account) => who.signMessage({ message: { raw: bytes(text) } })

/** Signs a text that ends in `}` and appends the signature. */
async function seal(text, who = account) {
  const raw = bytes(text)
  return Buffer.concat([raw.subarray(0, -1), bytes(`,"signature":"${await signText(raw, who)}"}`)])
}
function add(name, expect, value, more = {}) {
  const raw = bytes(value)
  const text = raw.toString('utf8')
  const exact = Buffer.from(text, 'utf8').equals(raw)
  const { key = KEY, network = 'local', now = T, ...rest } = more
  out.push({ name, expect, key, network, now, ...rest, ...(exact ? { value: text } : { valueBase64: raw.toString('base64') }) })
}
/** The base record with changes, signed. */
const record = async (name, expect, changes = {}, more = {}) =>
  add(name, expect, await seal(JSON.stringify({ ...base(), ...changes })), more)
/** The base record's text, changed as text, signed. */
const text = async (name, expect, change, more = {}) => add(name, expect, await seal(change(JSON.stringify(base()))), more)
/** The same with a further member of raw JSON. */
const extra = (name, expect, json) => text(name, expect, (t) => t.slice(0, -1) + `,"x":${json}}`)
const without = async (member) => {
  const r = base()
  delete r[member]
  return seal(JSON.stringify(r))
}

// What is accepted.
await record('the vector of the specification', 'valid')
add('members in another order', 'valid', await seal(JSON.stringify(Object.fromEntries(Object.entries(base()).reverse()))))
add('white space between members', 'valid', await seal(JSON.stringify(base(), null, 2).replace(/\n}$/, '}')))
await record('no addresses', 'valid', { multiaddrs: [] })
await record('16 addresses', 'valid', { multiaddrs: Array.from({ length: 16 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`) })
await record('an address that names peerId', 'valid', { multiaddrs: [`/ip4/127.0.0.1/tcp/8000/p2p/${PEER}`] })
await record('addresses of many protocols', 'valid', {
  multiaddrs: [
    '/ip6/::1/tcp/4001', '/dns4/example.com/tcp/443/wss', '/dnsaddr/bootstrap.example.com', '/ip4/1.2.3.4/udp/4001/quic-v1',
    '/ip6/2001:db8::1/udp/53', '/dns/example.com/tcp/80/ws', '/dns6/example.com/tcp/80'
  ]
})
await record('an address of 256 bytes', 'valid', {
  multiaddrs: ['/dns4/' + ('a'.repeat(60) + '.').repeat(3) + 'b'.repeat(256 - 6 - 183 - 9) + '/tcp/8000']
})
await record('an Ed25519 peer id', 'valid', { peerId: OTHER_PEER })
await record('an RSA peer id', 'valid', { peerId: RSA_PEER })
await record('a name of 64 code points outside the BMP', 'valid', { agentName: '\u{1F99C}'.repeat(64) })
await record('a name of one code point', 'valid', { agentName: 'é' })
await record('a name with quote and backslash', 'valid', { agentName: 'a"\\/b' })
await text('a name written as an escaped surrogate pair', 'valid', (t) => t.replace('agent-1', '\\ud83e\\udd9c'))
await text('a member name written with escapes', 'valid', (t) => t.replace('agentName', '\\u0061gentName'))
await record('dated exactly 10 minutes ahead', 'valid', {}, { now: T - 10 * MINUTE })
await record('living exactly 48 hours', 'valid', { expires: T + 48 * HOUR })
await record('living one millisecond', 'valid', { expires: T + 1 })
await record('one millisecond before it expires', 'valid', {}, { now: T + 24 * HOUR - 1 })
await record('timestamp 0', 'valid', { timestamp: 0, expires: 1000 }, { now: 0 })
await record('the greatest integers', 'valid', { timestamp: 2 ** 53 - 2, expires: 2 ** 53 - 1 }, { now: 2 ** 53 - 2 })
await record('a network name of 32 characters', 'valid', { network: 'a-0'.repeat(10) + 'zz' }, { network: 'a-0'.repeat(10) + 'zz' })
await record('another member', 'valid', { role: 'bootstrap' })
await extra('a member called 1 behind others', 'valid', '0,"1":[{"b":0,"0":0}]')
await record('the same member name in two objects', 'valid', { x: { a: 1, b: { a: 2 } }, y: [{ a: 1 }, { a: 2 }] })
await record('a member called __proto__', 'valid', JSON.parse('{"__proto__":{"network":"base"}}'))
await extra('other numbers in other members', 'valid', '[-1,1.5,1e308,-0,9007199254740993,1e-400]')
await extra('an escaped zero in another member', 'valid', '"\\u0000"')
await extra('nested 8 deep', 'valid', '['.repeat(7) + ']'.repeat(7))
const padded = async (length) => {
  const pad = length - (await seal(JSON.stringify({ ...base(), x: '' }))).length
  return seal(JSON.stringify({ ...base(), x: 'x'.repeat(pad) }))
}
add('8192 bytes', 'valid', await padded(8192))

// Key.
const good = await seal(JSON.stringify(base()))
for (const [name, key] of [
  ['key checksummed', '/eth/' + ADDRESS],
  ['key with uppercase digits', '/eth/0x' + ADDRESS.slice(2).toUpperCase()],
  ['key with 0X', KEY.replace('0x', '0X')],
  ['key without 0x', KEY.replace('0x', '')],
  ['key a digit short', KEY.slice(0, -1)],
  ['key a digit long', KEY + '0'],
  ['key with a trailing space', KEY + ' '],
  ['key with a digit that is none', KEY.slice(0, -1) + 'g'],
  ['key without an address', '/eth/']
]) add(name, 'bad-key', good, { key })
add('a record of another address', 'wrong-key', good, { key: '/eth/' + other.address.toLowerCase() })

// Size and JSON.
add('8193 bytes', 'too-large', await padded(8193))
add('nothing', 'malformed', '')
add('an opening brace alone', 'malformed', '{')
add('a signature alone', 'malformed', `{,"signature":"${await signText('{}')}"}`)
add('an array', 'malformed', '[' + good + ']')
add('a byte order mark', 'malformed', Buffer.concat([bytes([0xef, 0xbb, 0xbf]), good]))
add('white space before', 'malformed', Buffer.concat([bytes(' '), good]))
add('a line feed after', 'malformed', Buffer.concat([good, bytes('\n')]))
add('a zero octet and more after', 'malformed', Buffer.concat([good, bytes([0]), bytes(good.subarray(-148))]))
add('cut off', 'malformed', good.subarray(0, -1))
add('cut off at the front', 'malformed', good.subarray(1))
await text('a trailing comma', 'malformed', (t) => t.replace(']}', '],}'))
await text('a comment', 'malformed', (t) => t.replace('"v"', '/**/"v"'))
await text('single quotes', 'malformed', (t) => t.replace('"v"', "'v'"))
await text('a raw line feed in a string', 'malformed', (t) => t.replace('agent-1', 'agent\n1'))
await text('a raw zero in a string', 'malformed', (t) => t.replace('agent-1', 'agent\x001'))
await text('an unknown escape', 'malformed', (t) => t.replace('agent-1', 'agent\\x31'))
await extra('a number with a leading zero', 'malformed', '01')
await extra('a number with a plus sign', 'malformed', '+1')
await extra('NaN', 'malformed', 'NaN')
await extra('a number beyond double', 'malformed', '1e400')
await extra('a negative number beyond double', 'malformed', '[{"a":-1e309}]')
await extra('an integer beyond double', 'malformed', '1' + '0'.repeat(400))
await extra('a lone high surrogate', 'malformed', '"\\ud83e"')
await extra('a lone low surrogate', 'malformed', '"\\udd9c"')
await extra('two high surrogates', 'malformed', '"\\ud83e\\ud83e"')
await extra('a lone surrogate in a member name', 'malformed', '{"\\udc00":1}')
await extra('nested 9 deep', 'malformed', '['.repeat(8) + ']'.repeat(8))
const raw = async (name, octets) => {
  const [head, tail] = JSON.stringify(base()).split('agent-1')
  add(name, 'malformed', await seal(Buffer.concat([bytes(head), bytes(octets), bytes(tail)])))
}
await raw('an octet that is no UTF-8', [0xff])
await raw('UTF-8 longer than needed', [0xc1, 0xa1])
await raw('a surrogate in UTF-8', [0xed, 0xa0, 0x80])
await raw('a code point beyond Unicode in UTF-8', [0xf4, 0x90, 0x80, 0x80])
await raw('UTF-8 cut short', [0xe2, 0x82])
await text('a member name twice', 'malformed', (t) => t.replace('{', '{"network":"local",'))
await text('a member name twice, once with escapes', 'malformed', (t) => t.replace('{', '{"net\\u0077ork":"base",'))
await extra('a member name twice in an inner object', 'malformed', '[{"a":1,"b":2,"\\u0061":3}]')
await extra('an empty member name twice', 'malformed', '{"":1,"":2}')
await text('a signature member before the last', 'malformed', (t) => t.replace('{', '{"signature":"",'))
await text('a signature member before the last, with escapes', 'malformed', (t) => t.replace('{', '{"\\u0073ignature":"",'))

// The tail.
const signature = await signText(JSON.stringify(base()))
const body = JSON.stringify(base()).slice(0, -1)
add('signature first', 'malformed', `{"signature":"${signature}",` + body.slice(1) + '}')
add('white space before the signature', 'malformed', `${body}, "signature":"${signature}"}`)
add('white space after the signature', 'malformed', `${body},"signature":"${signature}" }`)
add('signature name with an escape', 'malformed', `${body},"signatur\\u0065":"${signature}"}`)
add('signature in uppercase digits', 'malformed', `${body},"signature":"0x${signature.slice(2).toUpperCase()}"}`)
add('signature without 0x', 'malformed', `${body},"signature":"${signature.slice(2)}"}`)
add('signature of 64 octets', 'malformed', `${body},"signature":"${signature.slice(0, -2)}"}`)
add('signature of 66 octets', 'malformed', `${body},"signature":"${signature}00"}`)
add('signature empty', 'malformed', `${body},"signature":""}`)
add('signature null', 'malformed', `${body},"signature":null}`)

// Members.
for (const member of ['network', 'peerId', 'timestamp', 'expires', 'agentId', 'agentName', 'multiaddrs']) {
  add(`${member} missing`, 'bad-member', await without(member))
  await record(`${member} null`, 'bad-member', { [member]: null })
}
for (const member of ['v', 'domain']) add(`${member} missing`, 'wrong-domain', await without(member))
await record('version 2', 'wrong-domain', { v: 2 })
await record('version as text', 'wrong-domain', { v: '1' })
await text('version 1.0', 'wrong-domain', (t) => t.replace('"v":1', '"v":1.0'))
await record('another domain', 'wrong-domain', { domain: 'openpond-message' })
await record('another network', 'wrong-network', { network: 'base' })
await record('network in capitals', 'bad-member', { network: 'Local' }, { network: 'Local' })
await record('network empty', 'bad-member', { network: '' }, { network: '' })
await record('network of 33 characters', 'bad-member', { network: 'n'.repeat(33) }, { network: 'n'.repeat(33) })
const stamp = (name, json) => text(name, 'bad-member', (t) => t.replace(`"timestamp":${T}`, `"timestamp":${json}`))
await stamp('timestamp as text', `"${T}"`)
await stamp('timestamp with a fraction', `${T}.0`)
await stamp('timestamp with an exponent', '17638e8')
await stamp('timestamp minus zero', '-0')
await stamp('timestamp negative', '-1')
await stamp('timestamp 2^53', '9007199254740992')
await stamp('timestamp beyond 64 bits', '18446744073709551616')
await record('dated more than 10 minutes ahead', 'from-the-future', {}, { now: T - 10 * MINUTE - 1 })
await record('expires equal to timestamp', 'bad-member', { expires: T })
await record('expires before timestamp', 'bad-member', { expires: T - 1 })
await record('living longer than 48 hours', 'bad-member', { expires: T + 48 * HOUR + 1 })
await record('at the moment it expires', 'expired', {}, { now: T + 24 * HOUR })
await record('long expired', 'expired', {}, { now: T + 90 * 24 * HOUR })
await record('agentId lowercase', 'bad-member', { agentId: ADDRESS.toLowerCase() })
await record('agentId with a wrong checksum', 'bad-member', { agentId: ADDRESS.replace('F', 'f') })
await record('agentId without 0x', 'bad-member', { agentId: ADDRESS.slice(2) })
await record('agentId of another address', 'wrong-key', { agentId: other.address })
await record('name empty', 'bad-member', { agentName: '' })
await record('name of 65 code points', 'bad-member', { agentName: 'n'.repeat(65) })
for (const point of [0, 0x1f, 0x7f, 0x80, 0x9f, 0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069]) {
  const hex = point.toString(16).toUpperCase().padStart(4, '0')
  await record(`name with U+${hex}`, 'bad-member', { agentName: 'a' + String.fromCodePoint(point) })
}
await record('name with the neighbours of forbidden characters', 'valid', { agentName: ' ~\u00a0\u2027\u202f\u2065\u206a\u200d\u2010' })
await record('17 addresses', 'bad-member', { multiaddrs: Array.from({ length: 17 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`) })
await record('an address of 257 bytes', 'bad-member', {
  multiaddrs: ['/dns4/' + ('a'.repeat(60) + '.').repeat(3) + 'b'.repeat(257 - 6 - 183 - 9) + '/tcp/8000']
})
for (const [name, address] of [
  ['an empty address', ''],
  ['an address of a slash', '/'],
  ['an address without a slash', '127.0.0.1:8000'],
  ['an address of an unknown protocol', '/ip4/127.0.0.1/nonsense/1'],
  ['an address with a bad port', '/ip4/127.0.0.1/tcp/65536'],
  ['an address with a bad host', '/ip4/127.0.0.256/tcp/1'],
  ['an address of another peer', `/ip4/127.0.0.1/tcp/8000/p2p/${OTHER_PEER}`],
  ['an address through another peer', `/ip4/127.0.0.1/tcp/1/p2p/${OTHER_PEER}/p2p-circuit/p2p/${PEER}`]
]) await record(name, 'bad-member', { multiaddrs: ['/ip4/127.0.0.1/tcp/8000', address] })
await record('an address that is a number', 'bad-member', { multiaddrs: ['/ip4/127.0.0.1/tcp/8000', 1] })
await record('an address in an array', 'bad-member', { multiaddrs: [['/ip4/127.0.0.1/tcp/8000']] })
await record('addresses as text', 'bad-member', { multiaddrs: '/ip4/127.0.0.1/tcp/8000' })
await record('addresses as an object', 'bad-member', { multiaddrs: {} })

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
function base58(input) {
  let n = 0n
  for (const c of input) n = n * 58n + BigInt(ALPHABET.indexOf(c))
  const hex = n.toString(16)
  const zeros = input.length - input.replace(/^1+/, '').length
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? '0' + hex : hex, 'hex')])
}
function base32(input) {
  const bits = [...input].map((b) => b.toString(2).padStart(8, '0')).join('')
  return bits.match(/.{1,5}/g).map((b) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(b.padEnd(5, '0'), 2)]).join('')
}
await record('peerId as a CID', 'bad-member', { peerId: 'b' + base32(Buffer.concat([bytes([1, 0x72]), base58(PEER)])) })
await record('peerId with a digit changed to one that base58 has not', 'bad-member', { peerId: PEER.slice(0, -1) + '0' })
await record('peerId cut short', 'bad-member', { peerId: PEER.slice(0, -2) })
await record('peerId with a space', 'bad-member', { peerId: PEER + ' ' })
await record('peerId empty', 'bad-member', { peerId: '' })
await record('peerId very long', 'bad-member', { peerId: '1'.repeat(5000) })

// The signature.
const withSignature = (hex) => `${body},"signature":"${hex}"}`
add('signed by another key', 'bad-signature', await seal(JSON.stringify(base()), other))
add('changed after signing', 'bad-signature', good.toString('utf8').replace('agent-1', 'agent-2'))
add('white space added after signing', 'bad-signature', good.toString('utf8').replace(',', ', '))
add('signed without the prefix of EIP-191', 'bad-signature', withSignature(
  await sign({ hash: keccak256(bytes(JSON.stringify(base()))), privateKey: PRIVATE_KEY, to: 'hex' })))
add('signed with the signature member left empty', 'bad-signature', withSignature(
  await signText(JSON.stringify({ ...base(), signature: '' }))))
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const [r, s, v] = [signature.slice(2, 66), BigInt('0x' + signature.slice(66, 130)), parseInt(signature.slice(130), 16)]
const hex64 = (n) => n.toString(16).padStart(64, '0')
const compose = (rr, ss, vv) => withSignature('0x' + rr + hex64(ss) + vv.toString(16).padStart(2, '0'))
add('s in the upper half', 'bad-signature', compose(r, N - s, 55 - v))
add('s in the upper half, v as before', 'bad-signature', compose(r, N - s, v))
add('the other v', 'bad-signature', compose(r, s, 55 - v))
add('v of 0 or 1', 'bad-signature', compose(r, s, v - 27))
add('v of 29', 'bad-signature', compose(r, s, 29))
add('v of 255', 'bad-signature', compose(r, s, 255))
add('r of zero', 'bad-signature', compose(hex64(0n), s, v))
add('s of zero', 'bad-signature', compose(r, 0n, v))
add('r beyond the order', 'bad-signature', compose(hex64(N), s, v))
add('all digits f', 'bad-signature', withSignature('0x' + 'f'.repeat(130)))
add('all digits 0', 'bad-signature', withSignature('0x' + '0'.repeat(130)))

// Unsigned, as agents publish without these additions. `sender` is the peer that brings it.
const plain = (changes = {}) => JSON.stringify({
  peerId: PEER, timestamp: T, agentId: ADDRESS, agentName: 'agent-1', multiaddrs: ['/ip4/127.0.0.1/tcp/8000'], ...changes
})
const allowed = { acceptUnsigned: true, sender: PEER }
add('unsigned', 'unsigned', plain())
add('unsigned with the members of a signed one', 'unsigned', JSON.stringify(base()))
add('accepting unsigned: unsigned', 'accepted-unsigned', plain(), allowed)
add('accepting unsigned: from nobody in particular, as a reader has it', 'accepted-unsigned', plain(), { acceptUnsigned: true })
add('accepting unsigned: agentId lowercase', 'accepted-unsigned', plain({ agentId: ADDRESS.toLowerCase() }), allowed)
add('accepting unsigned: agentId in uppercase digits', 'accepted-unsigned', plain({ agentId: '0x' + ADDRESS.slice(2).toUpperCase() }), allowed)
add('accepting unsigned: agentId with a wrong checksum', 'bad-member', plain({ agentId: ADDRESS.replace('F', 'f') }), allowed)
add('accepting unsigned: an old one', 'accepted-unsigned', plain({ timestamp: 1 }), allowed)
add('accepting unsigned: by another peer', 'wrong-sender', plain(), { ...allowed, sender: OTHER_PEER })
add('accepting unsigned: of another address', 'wrong-key', plain({ agentId: other.address }), allowed)
add('accepting unsigned: from the future', 'from-the-future', plain({ timestamp: T + 10 * MINUTE + 1 }), allowed)
add('accepting unsigned: no peerId', 'bad-member', plain({ peerId: undefined }), allowed)
add('accepting unsigned: a bad address', 'bad-member', plain({ multiaddrs: ['x'] }), allowed)
add('accepting unsigned: a member name twice', 'malformed', plain().replace('{', '{"peerId":"x",'), allowed)
add('accepting unsigned: a bad signature does not make it unsigned', 'bad-signature',
  await seal(JSON.stringify(base()), other), allowed)
add('accepting unsigned: an odd signature does not make it unsigned', 'malformed', plain({ signature: '0x' }), allowed)
add('accepting unsigned: signed', 'valid', good, allowed)

process.stdout.write(JSON.stringify({
  about: 'Values of /eth/<address> in the OpenPond DHT. `expect` is valid, accepted-unsigned, or why it is refused. ' +
    '`value` is the text, `valueBase64` the octets where they are no UTF-8. Made by make_eth_records.mjs.',
  privateKey: PRIVATE_KEY,
  records: out
}, null, 1) + '\n')
