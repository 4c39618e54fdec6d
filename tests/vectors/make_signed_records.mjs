// Makes signed_records.json: drafts of /eth records, and the octets that each implementation must make of them. It uses viem alone, none of what it tests.
//
//   scripts/node-for-interop tests/vectors/make_signed_records.mjs > tests/vectors/signed_records.json
import { privateKeyToAccount } from '../../interop/js3/kit.mjs'

const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const OTHER_KEY = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const SECP256K1 = '16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa'
const ED25519 = '12D3KooWPZA8yYose7vXUDGiigTvmmAGrJRbtqMiLzcqSgpKSzgB'
const RSA = 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'
const T = 1763800000000
const HOUR = 3600_000

const records = []
const base = () => ({
  network: 'local', peerId: SECP256K1, timestamp: T, expires: T + 24 * HOUR, agentName: 'agent-1', multiaddrs: ['/ip4/127.0.0.1/tcp/8000'], others: []
})

/**
 * `written` are the members as they stand in the record, where that is not how the draft has them. `javascript` says how JavaScript must refuse the draft
 * because its objects cannot hold it as it is.
 */
async function add(name, changes = {}, { privateKey = KEY, written = {}, javascript } = {}) {
  const draft = { ...base(), ...changes }
  const account = privateKeyToAccount(privateKey)
  const { others, network, peerId, timestamp, expires, agentName, multiaddrs } = { ...draft, ...written }
  const members = { v: 1, domain: 'openpond-dht-record', network, peerId, timestamp, expires, agentId: account.address, agentName, multiaddrs }
  const text = JSON.stringify(members).slice(0, -1) + others.map(({ name, json }) => `,${JSON.stringify(name)}:${json}`).join('')
  const signature = await account.signMessage({ message: `${text}}` })
  records.push({ name, privateKey, draft, ...(javascript && { javascript }), value: `${text},"signature":"${signature}"}` })
}
const refuse = (name, changes) => records.push({ name, privateKey: KEY, draft: { ...base(), ...changes } })

await add('the vector of the specification')
await add('another key', {}, { privateKey: OTHER_KEY })
await add('an Ed25519 peer', { peerId: ED25519 })
await add('an RSA peer', { peerId: RSA })
await add('no addresses', { multiaddrs: [] })
await add('16 addresses', { multiaddrs: Array.from({ length: 16 }, (_, i) => `/ip4/10.0.0.${i}/udp/4001/quic-v1`) })
await add('an address with its peer', { multiaddrs: [`/ip4/127.0.0.1/tcp/8000/p2p/${SECP256K1}`] })
await add('names in DNS', { multiaddrs: ['/dns4/agent.example.com/tcp/443/wss', '/dns/example.com/tcp/80/ws', '/dnsaddr/bootstrap.example.com'] })
await add('an IPv6 address written at length', { multiaddrs: ['/ip6/2001:0db8:0000:0000:0000:0000:0000:0001/tcp/4001', '/ip6/::1/tcp/1'] },
  { written: { multiaddrs: ['/ip6/2001:db8::1/tcp/4001', '/ip6/::1/tcp/1'] } })
await add('quotes and backslashes in the name', { agentName: 'a "quoted" \\ name / {"x":1},' })
await add('a name beyond ASCII', { agentName: 'Zoë 池塘 🦜\u00a0\u2027\ufeff\ufffd' })
await add('a name of 64 code points in 256 octets', { agentName: '🦜'.repeat(64) })
await add('a name of a space', { agentName: ' ' })
await add('a network name of 32 characters', { network: 'a-0'.repeat(10) + 'zz' })
await add('timestamp 0', { timestamp: 0, expires: 1 })
await add('the greatest integers', { timestamp: 2 ** 53 - 2, expires: 2 ** 53 - 1 })
await add('a life of 48 hours', { expires: T + 48 * HOUR })
await add('another member', { others: [{ name: 'role', json: '"full"' }] })
await add('other members, in their order', {
  others: [
    { name: 'zeta', json: '[1,-2.5,1e+21,true,false,null]' },
    { name: 'alpha', json: '{"b":{"c":["\\n\\t\\"\\\\\\u0001"]},"a":""}' },
    { name: 'na"me \\ 池', json: '"\u2028\u2029\u007f/"' }
  ]
})
const javascript = 'invalid-argument'
await add('a member called 1', { others: [{ name: 'zeta', json: '1' }, { name: '1', json: '2' }] }, { javascript })
await add('a member called 0', { others: [{ name: '0', json: '"x"' }] }, { javascript })
await add('a member called as a number beyond 32 bits', { others: [{ name: 'zeta', json: '1' }, { name: '4294967296', json: '2' }] }, { javascript })
await add('members that are called nearly as integers', {
  others: [{ name: '01', json: '1' }, { name: '-1', json: '2' }, { name: '1.5', json: '3' }, { name: '1e3', json: '4' }, { name: ' 1', json: '5' }, { name: '', json: '6' }]
})
await add('an inner member called as an integer', { others: [{ name: 'chains', json: '{"1":"a","8453":"b"}' }] })
await add('a zero below zero', { others: [{ name: 'x', json: '[-0]' }] }, { javascript })
await add('a member called __proto__', { others: [{ name: '__proto__', json: '{"network":"base"}' }] })

refuse('a network in capitals', { network: 'Local' })
refuse('no network', { network: '' })
refuse('no name', { agentName: '' })
refuse('a name of 65 code points', { agentName: '🦜'.repeat(65) })
refuse('a control in the name', { agentName: 'a\u202eb' })
refuse('expires at timestamp', { expires: T })
refuse('a life of more than 48 hours', { expires: T + 48 * HOUR + 1 })
refuse('a timestamp below 0', { timestamp: -1, expires: 1 })
refuse('expires beyond 2^53', { timestamp: 2 ** 53 - 1, expires: 2 ** 53 })
refuse('17 addresses', { multiaddrs: Array.from({ length: 17 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`) })
refuse('an address of another peer', { multiaddrs: [`/ip4/127.0.0.1/tcp/8000/p2p/${ED25519}`] })
refuse('more than 8 KiB', { others: [{ name: 'x', json: JSON.stringify('x'.repeat(8000)) }] })
refuse('a member of its own among the others', { others: [{ name: 'network', json: '"base"' }] })
refuse('a signature among the others', { others: [{ name: 'signature', json: '""' }] })
refuse('others nested 9 deep', { others: [{ name: 'x', json: '['.repeat(8) + ']'.repeat(8) }] })
for (const json of ['NaN', 'Infinity', '-Infinity', 'undefined', '1n', '[undefined]', '[,1]', '{"x":NaN}']) refuse(`what is no JSON: ${json}`, { others: [{ name: 'x', json }] })

process.stdout.write(JSON.stringify({
  about: 'Drafts of /eth/<address> records in the OpenPond DHT. `value` is what must be made of the draft with the key, octet for octet; without it ' +
    'the draft must be refused; `javascript` says how JavaScript refuses it, whose objects have no place for it. Made by make_signed_records.mjs.',
  records
}, null, 1) + '\n')
