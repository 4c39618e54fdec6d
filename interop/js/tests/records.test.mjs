// The rules for records as the js peers apply them: the published vector, and what must be refused.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkTest, ethKey, select, signEth, verifyEth } from '../lib/records.mjs'
import { versions } from '../lib/sides.mjs'

const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'
const PEER = '16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa'
const TIMESTAMP = 1763800000000
const SIGNATURE = 'b1ea6ecdbc3d64d8e35aa0aec8ae88b2ab8ee2ba65e91ec7ad5fc34589ac94d34f26be3512f90f7082282958bd86f0b3f5671e94b15c46d41bfc25042ac9fe511b'
const BODY =
  `{"v":1,"domain":"openpond-dht-record","network":"local","peerId":"${PEER}","timestamp":${TIMESTAMP},"expires":1763886400000,` +
  '"agentId":"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266","agentName":"agent-1","multiaddrs":["/ip4/127.0.0.1/tcp/8000"]'
const VECTOR = `${BODY},"signature":"0x${SIGNATURE}"}`
const NOW = { now: TIMESTAMP + 1 }
const bytes = (text) => new TextEncoder().encode(text)

const kits = await Promise.all(versions.map((version) => import(`../../${version}/kit.mjs`)))

for (const kit of kits) {
  const { version } = kit
  const account = kit.privateKeyToAccount(PRIVATE_KEY)
  const key = ethKey(account.address)
  const signed = async (body) => bytes(`${body},"signature":"${await account.signMessage({ message: `${body}}` })}"}`)
  const refused = (value, options = NOW) => assert.rejects(verifyEth(kit, key, value, options), { name: 'InvalidRecord' })

  describe(`${version}: records under /eth`, () => {
    test('the published vector is valid', async () => {
      assert.equal(VECTOR.length, 436)
      assert.equal((await verifyEth(kit, key, bytes(VECTOR), NOW)).peerId, PEER)
    })

    test('signing the same record gives the published bytes', async () => {
      const value = await signEth(account, {
        peerId: PEER, multiaddrs: ['/ip4/127.0.0.1/tcp/8000'], agentName: 'agent-1', network: 'local', timestamp: TIMESTAMP
      })
      assert.equal(new TextDecoder().decode(value), VECTOR)
    })

    test('further members, and white space, are covered by the signature', async () => {
      await verifyEth(kit, key, await signed(BODY.replace('{', '{ "role":"full",')), NOW)
    })

    const wrong = {
      'another timestamp': VECTOR.replace('1763800000000', '1763800000001'),
      'one flipped signature digit': VECTOR.replace('ea6ecd', 'ea6ecc'),
      'a signature in upper case': VECTOR.replace('b1ea', 'B1EA'),
      'v of 0 in place of 27': VECTOR.replace('511b"}', '5100"}'),
      'a byte order mark': `\ufeff${VECTOR}`,
      'a trailing newline': `${VECTOR}\n`,
      'no signature': `${BODY}}`
    }
    for (const [what, value] of Object.entries(wrong)) test(`refuses ${what}`, () => refused(bytes(value)))

    test('refuses the upper half of s', async () => {
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const s = (order - BigInt(`0x${SIGNATURE.slice(64, 128)}`)).toString(16).padStart(64, '0')
      await refused(bytes(VECTOR.replace(SIGNATURE, `${SIGNATURE.slice(0, 64)}${s}1c`)))
    })

    const bodies = {
      'v of 2': ['"v":1', '"v":2'],
      'v as text': ['"v":1', '"v":"1"'],
      'v as 1.0': ['"v":1', '"v":1.0'],
      'another domain': ['openpond-dht-record', 'openpond'],
      'another network': ['"local"', '"base"'],
      'a peer id that is none': [PEER, '16Uiu2HAmDD9JV9oqwTGiZz'],
      'a timestamp with an exponent': ['1763800000000', '17638e8'],
      'expires before timestamp': ['1763886400000', '1763799999999'],
      'expires after 48 h and 1 ms': ['1763886400000', '1763972800001'],
      'an agentId without its checksum': ['0xf39Fd6', '0xf39fd6'],
      'an empty name': ['"agent-1"', '""'],
      'a name of 65 code points': ['"agent-1"', `"${'x'.repeat(65)}"`],
      'a control character in the name': ['"agent-1"', '"a\\u202eb"'],
      'an address that is none': ['/ip4/127.0.0.1/tcp/8000', '/ip4/127.0.0.256/tcp/8000'],
      'an address without its slash': ['/ip4/127.0.0.1/tcp/8000', 'ip4/127.0.0.1/tcp/8000'],
      'an address of another peer': ['tcp/8000', 'tcp/8000/p2p/12D3KooWPZA8yYose7vXUDGiigTvmmAGrJRbtqMiLzcqSgpKSzgB'],
      'an address of 257 bytes': ['/ip4/127.0.0.1/tcp/8000', `/dns4/${'a'.repeat(242)}/tcp/8000`],
      '17 addresses': ['["/ip4/127.0.0.1/tcp/8000"]', JSON.stringify(Array(17).fill('/ip4/127.0.0.1/tcp/8000'))],
      'a duplicate member': ['{', '{"v":1,'],
      'a duplicate member in escapes': ['{', '{"\\u0076":1,'],
      'a duplicate member deep inside': ['{', '{"x":{"a":1,"a":1},'],
      'a lone surrogate': ['{', '{"x":"\\ud800",'],
      'a number beyond double': ['{', '{"x":1e400,'],
      'nesting of 9': ['{', `{"x":${'['.repeat(8)}${']'.repeat(8)},`],
      'more than 8 KiB': ['{', `{"x":"${'x'.repeat(8192)}",`]
    }
    for (const [what, [from, to]] of Object.entries(bodies)) {
      test(`refuses ${what}, though signed`, async () => refused(await signed(BODY.replace(from, to))))
    }

    test('accepts nesting of 8', async () => {
      await verifyEth(kit, key, await signed(BODY.replace('{', `{"x":${'['.repeat(7)}${']'.repeat(7)},`)), NOW)
    })

    test('accepts expires after 48 h and a clock 10 minutes behind', async () => {
      const value = await signed(BODY.replace('1763886400000', '1763972800000'))
      await verifyEth(kit, key, value, { now: TIMESTAMP - 600_000 })
    })

    test('refuses a clock more than 10 minutes behind', () => refused(bytes(VECTOR), { now: TIMESTAMP - 600_001 }))
    test('refuses what has expired', () => refused(bytes(VECTOR), { now: 1763886400000 }))

    test('refuses a key in upper case', async () => {
      await assert.rejects(verifyEth(kit, bytes(`/eth/${account.address}`), bytes(VECTOR), NOW), { name: 'InvalidRecord' })
    })
  })

  describe(`${version}: records under /test`, () => {
    const testKey = bytes(`/test/${PEER}`)
    const at = (timestamp) => bytes(JSON.stringify({ timestamp }))

    test('accepts 10 minutes either way', () => {
      checkTest(kit, testKey, at(TIMESTAMP - 600_000), { now: TIMESTAMP })
      checkTest(kit, testKey, at(TIMESTAMP + 600_000), { now: TIMESTAMP })
    })
    test('refuses more', () => {
      assert.throws(() => checkTest(kit, testKey, at(TIMESTAMP + 600_001), { now: TIMESTAMP }), { name: 'InvalidRecord' })
      assert.throws(() => checkTest(kit, testKey, at(TIMESTAMP - 600_001), { now: TIMESTAMP }), { name: 'InvalidRecord' })
    })
    test('refuses a key that is no peer id', () => {
      assert.throws(() => checkTest(kit, bytes('/test/me'), at(TIMESTAMP), { now: TIMESTAMP }), { name: 'InvalidRecord' })
    })
  })
}

describe('the best of several records', () => {
  const record = (timestamp, expires, more = '') => bytes(`{"timestamp":${timestamp},"expires":${expires},"signature":"${more}"}`)
  const best = (...values) => select(bytes('/eth/x'), values)

  test('is the one with the highest timestamp', () => assert.equal(best(record(1, 9), record(3, 4), record(2, 9)), 1))
  test('then with the highest expires', () => assert.equal(best(record(3, 4), record(3, 5)), 1))
  test('then with the greater bytes', () => assert.equal(best(record(3, 4, 'a'), record(3, 4, 'b')), 1))
  test('is a signed one before any unsigned one', () => assert.equal(best(bytes('{"timestamp":9}'), record(3, 4)), 1))
})
