// Makes multiaddr_texts.json: multiaddr texts that each implementation must take, with their canonical spelling, and texts that each must refuse. Nothing
// here reads a multiaddr: what is expected is written by hand.
//
//   node tests/vectors/make_multiaddr_texts.mjs > tests/vectors/multiaddr_texts.json
const expected = new Map()
function put(text, canonical) {
  if (expected.has(text) && expected.get(text) !== canonical) throw new Error(`twice, with different verdicts: ${JSON.stringify(text)}`)
  expected.set(text, canonical)
}
/** Taken; printed as `canonical`, or as it was written. */
const take = (text, canonical = text) => put(text, canonical)
const takeAll = (...list) => list.forEach((text) => take(text))
const refuse = (...list) => list.forEach((text) => put(text, undefined))

const SECP256K1 = '16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa'
const ED25519 = '12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV'
const SHA256 = 'QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC'
// The same ids as CIDs.
const ED25519_BASE32 = 'bafzaajaiaejcalj543iwv2d7pkjt7ykvefrkfu7qjfi6sduakhso4lay6abn2d5u'
const ED25519_BASE36 = 'k51qzi5uqu5dhb6l8spkdx7yxafegfkee5by8h7lmjh2ehc2sgg34z7c15vzqs'
const SHA256_BASE32 = 'bafzbeigvf25ytwc3akrijfecaotc74udrhcxzh2cx3we5qqnw5vgrei4bm'
const SHA256_BASE36 = 'k2k4r8oqamigqdo6o7hsbfwd45y70oyynp98usk7zmyfrzpqxh1pohl7'
const ONION = 'timaq4ygg2iegci7'
const ONION3 = 'vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd'
const GARLIC32 = '566niximlxdzpanmn4qouucvua3k7neniwss47li5r6ugoertzuq'
const hex = (text) => Buffer.from(text, 'hex')
const garlic64 = (size) => Buffer.alloc(size, 0xa5).toString('base64').replaceAll('+', '-').replaceAll('/', '~')
const base64url = (bytes) => `u${Buffer.from(bytes).toString('base64url')}`
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
function radix(bytes, digits) {
  let number = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (; number > 0n; number /= BigInt(digits.length)) text = digits[Number(number % BigInt(digits.length))] + text
  const zeros = bytes.findIndex((byte) => byte !== 0)
  return digits[0].repeat(zeros < 0 ? bytes.length : zeros) + text
}
const base58 = (bytes) => radix(bytes, BASE58)

// The whole.
takeAll('/ip4/1.2.3.4/tcp/80', '/tcp/1', '/ws', '/p2p-circuit', '/ip4/1.2.3.4/tcp/1/ip4/5.6.7.8/tcp/2', '/ws/ws/tcp/1/ip4/1.2.3.4')
take('/ip4/127.0.0.1/tcp/1234/', '/ip4/127.0.0.1/tcp/1234')
take('/ip4/127.0.0.1/tcp/1234///', '/ip4/127.0.0.1/tcp/1234')
take('/ws/', '/ws')
refuse('', '/', '//', '///', 'ip4/1.2.3.4', ' /ip4/1.2.3.4', '\u0000/ip4/1.2.3.4', '127.0.0.1:8000', 'http://example.com')
refuse('//ip4/1.2.3.4', '/ip4//1.2.3.4', '/ip4/1.2.3.4//tcp/80', '/ip4/1.2.3.4/tcp//80', '/ws//ws', '/tls/sni//ws')
refuse('/IP4/1.2.3.4', '/Tcp/1', '/ip5/1.2.3.4', '/ tcp/1', '/tcp /1', '/nonsense', '/ip4/127.0.0.1/nonsense/1', '/__proto__', '/constructor', '/toString/1', '/6/80', '/421/x',
  '/ip4/127.0.0.1/tcp/9090/http/p2p-webcrt-direct', '/ws\u0000', '/wſ', '/dns4\u200e/example.com', '/ws?', '/ws#x', '/%77s')
takeAll(`/dns/${'a'.repeat(1024 - 5)}`, '/ws'.repeat(341))
refuse(`/dns/${'a'.repeat(1024 - 4)}`, `/ip4/1.2.3.4${'/'.repeat(1024)}`, `/dns/${'é'.repeat(510)}`)
// Texts within the bound whose octets, or whose canonical text, are not.
takeAll('/ip6/::'.repeat(60))
refuse('/ip6/::'.repeat(61), `/http-path/${'!'.repeat(338)}`)
take(`/http-path/${'!'.repeat(337)}`, `/http-path/${'%21'.repeat(337)}`)

// Protocols without a value.
const BARE = ['p2p-webrtc-star', 'p2p-webrtc-direct', 'p2p-stardust', 'webrtc-direct', 'webrtc', 'p2p-circuit', 'udt', 'utp', 'https', 'tls', 'noise', 'quic',
  'quic-v1', 'webtransport', 'ws', 'wss', 'p2p-websocket-star', 'http', 'plaintextv2']
for (const name of BARE) {
  takeAll(`/${name}`, `/ip4/1.2.3.4/tcp/80/${name}`)
  refuse(`/${name}/1`, `/${name}x`)
}
takeAll('/ip4/127.0.0.1/udp/1234/quic-v1/webtransport', '/ip4/127.0.0.1/tcp/127/tls/ws', '/tcp/127/noise', '/tcp/1/plaintextv2/ws')

// ip4.
takeAll('/ip4/0.0.0.0', '/ip4/255.255.255.255', '/ip4/192.0.2.0/ipcidr/24', '/ip4/10.0.0.1')
refuse('/ip4', '/ip4/', '/ip4/::1', '/ip4/::ffff:1.2.3.4', '/ip4/1.2.3', '/ip4/1.2.3.4.5', '/ip4/1.2.3.256', '/ip4/1.2.3.1000', '/ip4/01.2.3.4', '/ip4/1.2.3.04', '/ip4/00.0.0.0',
  '/ip4/ 1.2.3.4', '/ip4/1.2.3.4 ', '/ip4/1.2.3.4\n', '/ip4/1.2.3.4\u0000', '/ip4/0x1.2.3.4', '/ip4/1.2.3.0x4', '/ip4/16909060', '/ip4/1..2.3', '/ip4/.1.2.3', '/ip4/1.2.3.', '/ip4/1.2.3.-4',
  '/ip4/1.2.3.+4', '/ip4/1.2.3.1e1', '/ip4/١.2.3.4', '/ip4/example.com', '/ip4/1,2,3,4')

// ip6.
takeAll('/ip6/::', '/ip6/::1', '/ip6/1::', '/ip6/2601:9:4f81:9700:803e:ca65:66e8:c21', '/ip6/2001:db8::/ipcidr/32', '/ip6/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '/ip6/::ffff:127.0.0.1/tcp/111', '/ip6/1:0:0:2::3', '/ip6/0:1:1:1:1:1:1:1', '/ip6/1:1:1:1:1:1:1:0')
take('/ip6/2001:0DB8:0:0:8:800:200C:417A', '/ip6/2001:db8::8:800:200c:417a')
take('/ip6/0:0:0:0:0:0:0:1', '/ip6/::1')
take('/ip6/::ffff:0102:0304', '/ip6/::ffff:1.2.3.4')
take('/ip6/::1.2.3.4', '/ip6/::102:304')
take('/ip6/64:ff9b::1.2.3.4', '/ip6/64:ff9b::102:304')
take('/ip6/1:2:3:4:5:6:7.8.9.10', '/ip6/1:2:3:4:5:6:708:90a')
take('/ip6/1:2:3:4:5:6:7::', '/ip6/1:2:3:4:5:6:7:0')
take('/ip6/::2:3:4:5:6:7:8', '/ip6/0:2:3:4:5:6:7:8')
take('/ip6/1:0:0:2:2:0:0:3', '/ip6/1::2:2:0:0:3')
take('/ip6/0000:0000:0000:0000:0000:ffff:255.255.255.255', '/ip6/::ffff:255.255.255.255')
refuse('/ip6', '/ip6/', '/ip6/1.2.3.4', '/ip6/fe80::1%eth0', '/ip6/1::2::3', '/ip6/:', '/ip6/:::', '/ip6/12345::', '/ip6/g::', '/ip6/[::1]', '/ip6/1:2:3:4:5:6:7', '/ip6/1:2:3:4:5:6:7:8:9',
  '/ip6/1:2:3:4:5:6:7:8::', '/ip6/::1:2:3:4:5:6:7:8', '/ip6/1:2:3:4::5:6:7:8', '/ip6/1:2:3:4:5:6:7:1.2.3.4', '/ip6/1:2:3:4:5:6::1.2.3.4', '/ip6/:1', '/ip6/1:', '/ip6/::1:', '/ip6/:1::',
  '/ip6/::1.2.3', '/ip6/::1.2.3.256', '/ip6/::01.2.3.4', '/ip6/1.2.3.4::', '/ip6/::1.2.3.4:5', '/ip6/::1.2.3.4.5', '/ip6/::00001', '/ip6/::1 ', '/ip6/::0x1', '/ip6/::-1', '/ip6/1:2:3:4:5:6:7:')

// Ports, and the other numbers.
for (const name of ['tcp', 'udp', 'dccp', 'sctp']) {
  takeAll(`/${name}/0`, `/${name}/1`, `/${name}/65535`)
  refuse(`/${name}`, `/${name}/`, `/${name}/65536`, `/${name}/080`, `/${name}/+80`, `/${name}/-1`, `/${name}/8e1`, `/${name}/0x50`, `/${name}/port`)
}
refuse('/tcp/-0', '/tcp/00', '/tcp/ 80', '/tcp/80 ', '/tcp/80\n', '/tcp/8_0', '/tcp/80.', '/tcp/80.0', '/tcp/0b1', '/tcp/0o1', '/tcp/٨٠', '/tcp/８０', '/tcp/99999999999999999999', '/tcp/18446744073709551696',
  '/tcp/Infinity', '/tcp/NaN', '/tcp/80n', '/tcp/80\u0000', '/tcp/65535.9', `/tcp/${'9'.repeat(300)}`, '/udp/1234/sctp', '/ip4/127.0.0.1/tcp')
takeAll('/ipcidr/0', '/ipcidr/255', '/ip6/::/ipcidr/128')
refuse('/ipcidr', '/ipcidr/256', '/ipcidr/-1', '/ipcidr/01', '/ipcidr/1026', '/ipcidr/+1', '/ipcidr/')
takeAll('/memory/0', '/memory/4', '/memory/9007199254740993', '/memory/18446744073709551615')
refuse('/memory', '/memory/', '/memory/test-peer', '/memory/18446744073709551616', '/memory/92233720368547758081', '/memory/-1', '/memory/01', '/memory/1.0', '/memory/0x1', '/memory/1e3')

// Names.
for (const name of ['dns', 'dns4', 'dns6', 'dnsaddr', 'sni', 'ip6zone']) {
  takeAll(`/${name}/example.com`, `/${name}/a`, `/${name}/münchen.example/tcp/1`, `/${name}/a b%c:d?e`, `/${name}/🦜`)
  refuse(`/${name}`, `/${name}/`, `/${name}//tcp/1`, `/${name}/\u202e/tcp/1`, `/${name}/a\u0000b`, `/${name}/a\nb`)
}
takeAll('/dns/a\u00a0b', '/dns/a\u2027b\u202fc', '/dns/a\u2065b\u206ac', '/dns/\ufeff', '/dns/\ufffd', '/dns/\u061b\u061d', '/dns/\u200d', '/dns/~', '/ip6zone/x%y/ip6/fe80::1', '/dns4/EXAMPLE.com')
refuse('/dns/\u001f', '/dns/\u007f', '/dns/\u0080', '/dns/\u009f', '/dns/\u061c', '/dns/\u200e', '/dns/\u200f', '/dns/\u2028', '/dns/\u2029', '/dns/\u202a', '/dns/\u2066', '/dns/\u2069', '/dns4/\u001b[31mb')

// Paths run to the end.
takeAll('/unix/tmp/sock', '/unix/a', '/unix/a/tcp/80', '/unix//a', '/unix/a//b', '/unix/%2ftmp', '/unix/a b', '/ip4/1.2.3.4/tcp/80/unix/a/b/c', `/p2p/${SECP256K1}/unix/stdio`)
take('/unix/a/', '/unix/a')
take('/unix/a///', '/unix/a')
refuse('/unix', '/unix/', '/unix//', '/ip4/1.2.3.4/tcp/80/unix', '/unix/a\tb', '/unix/a\u202eb', '/unix/\u0000')

// Peer ids.
for (const id of [SECP256K1, ED25519, SHA256]) {
  takeAll(`/p2p/${id}`, `/ip4/127.0.0.1/tcp/1234/p2p/${id}`, `/p2p/${id}/p2p-circuit/p2p/${ED25519}`)
  take(`/ipfs/${id}`, `/p2p/${id}`)
  refuse(`/p2p/${id.slice(0, -1)}`, `/p2p/${id}1`, `/p2p/${id.slice(0, -1)}0`, `/p2p/z${id}`, `/p2p/${id} `, `/p2p/${id.toLowerCase()}`)
}
for (const [cid, id] of [[ED25519_BASE32, ED25519], [ED25519_BASE36, ED25519], [SHA256_BASE32, SHA256], [SHA256_BASE36, SHA256]]) {
  take(`/p2p/${cid}`, `/p2p/${id}`)
  take(`/p2p/${cid.toUpperCase()}`, `/p2p/${id}`)
  refuse(`/p2p/${cid.slice(0, -1)}`, `/p2p/${cid.slice(0, -1)}-`, `/p2p/m${cid}`)
}
const sha256 = hex(`1220${'5a'.repeat(32)}`)
const libp2pKey = Buffer.concat([hex('0172'), sha256])
for (const multibase of [
  `z${base58(libp2pKey)}`, `f${libp2pKey.toString('hex')}`, `F${libp2pKey.toString('hex').toUpperCase()}`, `f${libp2pKey.toString('hex').toUpperCase()}`,
  `m${libp2pKey.toString('base64')}`, `M${libp2pKey.toString('base64')}`, `u${libp2pKey.toString('base64url')}`, `k${radix(libp2pKey, '0123456789abcdefghijklmnopqrstuvwxyz')}`
]) take(`/p2p/${multibase}`, `/p2p/${base58(sha256)}`)
take(`/p2p/U${libp2pKey.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`, `/p2p/${base58(sha256)}`)
const cid = (bytes) => `/p2p/f${Buffer.from(bytes).toString('hex')}`
refuse('/p2p', '/ipfs', '/ip4/127.0.0.1/p2p', '/p2p/tcp', '/ipfs/tcp', '/p2p/1', '/p2p/Qm', '/p2p/?unknownmultibase', '/p2p/QmxoHT6iViN5xAjoz1VZ553cL31U9F94ht3QvWR1FrEbZY',
  // A CIDv1 of dag-pb, a CIDv0 in multibase, versions 0 and 2, a hash that is no peer id, a digest cut short, a version that is not minimal.
  cid(hex(`0170${sha256.toString('hex')}`)), cid(sha256), cid(hex(`0072${sha256.toString('hex')}`)), cid(hex(`0272${sha256.toString('hex')}`)), cid(hex(`01721620${'5a'.repeat(32)}`)),
  cid(hex(`01721220${'5a'.repeat(31)}`)), cid(hex(`0172121f${'5a'.repeat(31)}`)), cid(hex(`810072${sha256.toString('hex')}`)), cid([]), `/p2p/m${libp2pKey.toString('base64')}=`,
  `/p2p/M${libp2pKey.toString('base64')}====`, `/p2p/x${libp2pKey.toString('hex')}`)
// Keys that are inlined: protobuf as its readers take it, 42 octets at most.
const inlined = (key) => `/p2p/${base58(hex(`00${(key.length / 2).toString(16).padStart(2, '0')}${key}`))}`
const ED_DATA = `1220${'ab'.repeat(32)}`
const SECP_DATA = `122102${'cd'.repeat(32)}`
const ED_KEY = `0801${ED_DATA}`
takeAll(...[
  ED_KEY, `0802${SECP_DATA}`,
  `${ED_DATA}0801`, // data, then type
  `0802${ED_KEY}`, // a type twice: the last one counts
  `088100${ED_DATA}`, // a varint that is not minimal
  `1a00${ED_KEY}`, `${ED_KEY}1805`, `${ED_KEY}1d01020304`, `${ED_KEY}1a0400000000`, // fields that nobody knows
  `${ED_KEY}b8a30901`, `${ED_KEY}f8ffffff0f01` // of number 18999, and of the greatest
].map(inlined))
refuse(...[
  '', '0801', ED_DATA, `0800${ED_DATA}`, `0803${ED_DATA}`, `0804${ED_DATA}`, `0802${ED_DATA}`, `0801${SECP_DATA}`, `${ED_KEY}1200`,
  `0d01000000${ED_DATA}`, `0a0101${ED_DATA}`, // a type of another wire type
  `${ED_KEY}18`, `${ED_KEY}1d010203`, `${ED_KEY}1a04000000`, ED_KEY.slice(0, -2), // cut short
  `${ED_KEY}1b`, `${ED_KEY}1c`, `${ED_KEY}1e`, // groups, and a wire type that is none
  `${ED_KEY}0001`, `${ED_KEY}c0a30901`, `${ED_KEY}f8ffffff1f01`, // of numbers 0, 19000, and beyond all
  `${ED_KEY}1a050000000000` // 43 octets
].map(inlined))
refuse(`/p2p/${base58(hex(`0025${ED_KEY}`))}`, `/p2p/${base58(hex(`0023${ED_KEY}`))}`, `/p2p/${base58(hex(`1224${ED_KEY}`))}`, `/p2p/${base58(hex(`1114${'00'.repeat(20)}`))}`)

// Onions: the port is not 0.
for (const [name, host] of [['onion', ONION], ['onion3', ONION3]]) {
  takeAll(`/${name}/${host}:1`, `/${name}/${host}:65535`, `/${name}/${host}:80/http`)
  take(`/${name}/${host.toUpperCase()}:80`, `/${name}/${host}:80`)
  refuse(`/${name}`, `/${name}/${host}`, `/${name}/${host}:`, `/${name}/${host}:0`, `/${name}/${host}:65536`, `/${name}/${host}:080`, `/${name}/${host}:-1`, `/${name}/${host}:80:80`, `/${name}/:80`,
    `/${name}/9${host.slice(1)}:80`, `/${name}/${host.slice(1)}:80`, `/${name}/aa${host}:80`, `/${name}/${host.slice(1)}@:80`, `/${name}/${host}=:80`, `/${name}/${host}.onion:80`)
}
refuse(`/onion/${ONION3}:80`, `/onion3/${ONION}:80`)

// Garlic.
takeAll(`/garlic64/${garlic64(386)}`, `/garlic64/${garlic64(387)}/tcp/8080`, `/garlic64/${garlic64(391)}`, `/garlic64/${'~-Az'.repeat(130)}`)
refuse('/garlic64', '/garlic64/', '/garlic64/aaaa', `/garlic64/${garlic64(385)}`, `/garlic64/${garlic64(386).slice(0, -1)}`, `/garlic64/${garlic64(386)}=`, `/garlic64/${garlic64(387)}====`, `/garlic64/${garlic64(387)}=`,
  `/garlic64/${garlic64(387)}:80`, `/garlic64/${garlic64(387).slice(0, -1)}+`, `/garlic64/${garlic64(386).slice(0, -2)}V=`, `/garlic64/${garlic64(387).slice(0, -2)}=A`)
takeAll(`/garlic32/${GARLIC32}`, `/garlic32/${GARLIC32}/tcp/8080`, `/garlic32/${'a'.repeat(56)}`, `/garlic32/${'a'.repeat(58)}`)
take(`/garlic32/${GARLIC32.toUpperCase()}`, `/garlic32/${GARLIC32}`)
refuse('/garlic32', '/garlic32/', '/garlic32/a', `/garlic32/${GARLIC32.slice(0, -1)}`, `/garlic32/${GARLIC32}a`, `/garlic32/${'a'.repeat(53)}`, `/garlic32/${'a'.repeat(55)}`, `/garlic32/${GARLIC32.slice(0, -1)}r`,
  `/garlic32/${'a'.repeat(57)}`, `/garlic32/${GARLIC32}====`, `/garlic32/${GARLIC32}.b32.i2p`, `/garlic32/1${GARLIC32.slice(1)}`)

// Certificate hashes: a multihash of any function in any multibase.
const SHA2 = hex(`1220${'5a'.repeat(32)}`)
const certHash = (bytes) => `/certhash/${base64url(bytes)}`
takeAll(certHash(SHA2), certHash(hex('0000')), certHash(hex('1100')), certHash(hex('800101ff')), certHash(hex('ffffffffffffffff7f01ff')), certHash([0x13, 64, ...Buffer.alloc(64, 1)]),
  certHash([0x00, 127, ...Buffer.alloc(127)]), certHash([0x00, 0x80, 0x01, ...Buffer.alloc(128)]), `/ip4/1.2.3.4/udp/1/quic-v1/webtransport${certHash(SHA2)}${certHash(hex('0000'))}`)
for (const text of [
  `f${SHA2.toString('hex')}`, `F${SHA2.toString('hex').toUpperCase()}`, `m${SHA2.toString('base64').replace(/=+$/, '')}`, `M${SHA2.toString('base64')}`,
  `U${SHA2.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`, `z${base58(SHA2)}`, `k${radix(SHA2, '0123456789abcdefghijklmnopqrstuvwxyz')}`, `K${radix(SHA2, '0123456789abcdefghijklmnopqrstuvwxyz').toUpperCase()}`
]) take(`/certhash/${text}`, certHash(SHA2))
take('/certhash/b2uaraocy6yrdblb4sfptaddgimjmmpy', '/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw')
take('/certhash/B2UARAOCY6YRDBLB4SFPTADDGIMJMMPY', '/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw')
take('/certhash/b2UARAocy6yrdblb4sfptaddgimjmmpy', '/certhash/u1QEQOFj2IjCsPJFfMAxmQxLGPw')
take('/certhash/z11', '/certhash/uAAA')
take('/certhash/k00', '/certhash/uAAA')
refuse('/certhash', '/certhash/', '/certhash/u', '/certhash/uAA', '/certhash/z1', '/certhash/x12', '/certhash/f1220', '/certhash/f000', '/certhash/f0g00', '/certhash/b2uaraocy6yrdblb4sfptaddgimjmmp', '/certhash/uAAB',
  '/certhash/uAAA=', '/certhash/UAAA', '/certhash/UAAA==', '/certhash/mAAA=', '/certhash/MAAA', '/certhash/mAAA_', '/certhash/u//A', '/certhash/uA+A', '/certhash/z0', '/certhash/zl', '/certhash/k-',
  certHash(SHA2.subarray(1)), certHash(SHA2.subarray(0, 33)), certHash([...SHA2, 0]), certHash(hex('800000')), certHash(hex('008000')), certHash([0x00, 0x81, 0x01, ...Buffer.alloc(129)]),
  certHash(hex('808080808080808080010100')), certHash(hex('ffffffffffffffffff01')), `/certhash/${SHA2.toString('hex')}`, `/certhash/\u0000${SHA2.toString('hex')}`, '/certhash/0', '/certhash/90', '/certhash/700')

// Paths of HTTP: RFC 3986's segment-nz, of which the unreserved characters print as themselves.
takeAll('/http-path/foo', '/http-path/api%2Fv0%2Flogin', '/http-path/tmp%2Ffoo%2F..%2Fbar', '/http-path/a%2520space', '/http-path/%00%FF', '/http-path/AZaz09-._~', '/http-path/foo/p2p-circuit', '/http-path/%E2%80%AE')
take('/http-path/a:b@c%2f', '/http-path/a%3Ab%40c%2F')
take("/http-path/!$&'()*+,;=", '/http-path/%21%24%26%27%28%29%2A%2B%2C%3B%3D')
take('/http-path/%41', '/http-path/A')
refuse('/http-path', '/http-path/', '/http-path/%', '/http-path/a%f', '/http-path/%zz', '/http-path/%4g', '/http-path/% 1', '/http-path/a b', '/http-path/ü', '/http-path/a?b', '/http-path/a#b', '/http-path/a"b', '/http-path/a\\b',
  '/http-path/a\nb', '/http-path/[', '/http-path/^', '/http-path/%+1', '/http-path/%0x')

const json = JSON.stringify({
  about: 'Multiaddr texts. Those with a canonical spelling are addresses and must be printed so, the others must be refused, by the rules of multiformats ' +
    'and those of docs/records.md. Made by make_multiaddr_texts.mjs.',
  texts: [...expected].map(([text, canonical]) => ({ text, canonical }))
}, null, 1)
// Characters that do not show are written as escapes.
process.stdout.write(json.replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`) + '\n')
