// Programs in JavaScript give anything. Whatever cannot be right is an InvalidArgumentError that says what; nothing is asked of anybody.
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import * as openpond from '../../src/index.js'
import { FakeNode, FakeServer } from '../support/fake-node.js'
import { PEER, PRIVATE_KEY, T } from '../support/vectors.js'

const {
  compareRecords, compareTestRecords, dialAgent, dialableAddresses, ethKey, getDHTRecords, lookup, openpondKadDHT, providerCID, publish, selectors, signRecord, startPublishing, testKey,
  testValue, validators, verifyRecord, verifyTestRecord, waitForDHT
} = openpond as Record<string, (...args: any[]) => any>

const account = privateKeyToAccount(PRIVATE_KEY)
const draft = { network: 'local', peerId: PEER, agentName: 'a', multiaddrs: [], timestamp: T }
const as = { account, agentName: 'agent', network: 'local' }
const node = new FakeNode([new FakeServer(1)])
const key = ethKey!(account.address)
const bootstrap = [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`]
const nothing = new Uint8Array()
const plain = Object.assign(Object.create(FakeNode.prototype), node)
const without = (service: object) => ({ peerId: node.peerId, getPeers: () => [], getMultiaddrs: () => [], services: service })

const wrong: Array<[call: string, act: () => unknown, message: RegExp]> = [
  ['signRecord()', () => signRecord!(), /^account is not/],
  ['signRecord(null, draft)', () => signRecord!(null, draft), /^account is not/],
  ['signRecord(an address, draft)', () => signRecord!(account.address, draft), /^account is not/],
  ['signRecord({ address }, draft)', () => signRecord!({ address: account.address }, draft), /^account is not/],
  ['signRecord(account)', () => signRecord!(account), /^draft is not/],
  ['signRecord(account, null)', () => signRecord!(account, null), /^draft is not/],
  ['signRecord(a mistyped address)', () => signRecord!({ ...account, address: account.address.replace('F', 'f') }, draft), /checksum/],
  ...(['network', 'peerId', 'agentName', 'multiaddrs'] as const).map((name): [string, () => unknown, RegExp] =>
    [`signRecord(without ${name})`, () => signRecord!(account, { ...draft, [name]: undefined }), new RegExp(`^${name} is `)]),
  ['signRecord(multiaddrs: a string)', () => signRecord!(account, { ...draft, multiaddrs: '/ip4/127.0.0.1/tcp/1' }), /^multiaddrs is not an array/],
  ['signRecord(multiaddrs: [undefined])', () => signRecord!(account, { ...draft, multiaddrs: [undefined] }), /^multiaddrs\[0\] is/],
  ['signRecord(agentName: 1n)', () => signRecord!(account, { ...draft, agentName: 1n }), /^agentName is not/],
  ['signRecord(timestamp: 1n)', () => signRecord!(account, { ...draft, timestamp: 1n }), /^timestamp is not/],
  ['signRecord(timestamp: a Date)', () => signRecord!(account, { ...draft, timestamp: new Date() }), /^timestamp is not/],
  ['signRecord(expires: NaN)', () => signRecord!(account, { ...draft, expires: Number.NaN }), /^expires is not/],
  ['signRecord(others: [])', () => signRecord!(account, { ...draft, others: [] }), /^others is not an object/],
  ['signRecord(others: null)', () => signRecord!(account, { ...draft, others: null }), /^others is not an object/],
  ['signRecord(others: a string)', () => signRecord!(account, { ...draft, others: 'role' }), /^others is not an object/],

  ['verifyRecord(key)', () => verifyRecord!(key), /^options is not/],
  ['verifyRecord(key, value)', () => verifyRecord!(key, nothing), /^options is not/],
  ['verifyRecord(without network)', () => verifyRecord!(key, nothing, {}), /^network is not/],
  ['verifyRecord(value: undefined)', () => verifyRecord!(key, undefined, { network: 'local' }), /^value is not/],
  ['verifyRecord(value: a string)', () => verifyRecord!(key, '{}', { network: 'local' }), /^value is not/],
  ['verifyRecord(now: NaN)', () => verifyRecord!(key, nothing, { network: 'local', now: Number.NaN }), /^now is not/],
  ['verifyRecord(now: a Date)', () => verifyRecord!(key, nothing, { network: 'local', now: new Date() }), /^now is not/],
  ['verifyRecord(sender: a peer id)', () => verifyRecord!(key, nothing, { network: 'local', sender: node.peerId }), /^sender is not/],
  ['verifyRecord(memo: {})', () => verifyRecord!(key, nothing, { network: 'local', memo: {} }), /^memo is not/],
  ['verifyTestRecord(value: a string)', () => verifyTestRecord!(testKey!(PEER), '{}'), /^value is not/],
  ['verifyTestRecord(options: null)', () => verifyTestRecord!(testKey!(PEER), nothing, null), /^options is not/],
  ['verifyTestRecord(now: NaN)', () => verifyTestRecord!(testKey!(PEER), nothing, { now: Number.NaN }), /^now is not/],
  ['compareRecords(undefined)', () => compareRecords!(nothing), /^b is not/],
  ['compareTestRecords(a string)', () => compareTestRecords!('a', nothing), /^a is not/],
  ['testValue(NaN)', () => testValue!(Number.NaN), /^timestamp is not/],
  ['testKey()', () => testKey!(), /^peerId is/],
  ['testKey(a name)', () => testKey!('me'), /^not a peer id/],
  ['ethKey()', () => ethKey!(), /^not an Ethereum address/],
  ['ethKey(an object)', () => ethKey!({ toString: () => account.address }), /^not an Ethereum address/],
  ['ethKey(a name)', () => ethKey!('agent.eth'), /^not an Ethereum address/],
  ['ethKey(0X)', () => ethKey!(account.address.replace('0x', '0X')), /^not an Ethereum address/],
  ['ethKey(a mistyped address)', () => ethKey!(account.address.replace('F', 'f')), /checksum/],
  ['providerCID(a text)', () => providerCID!('key'), /^key is not/],

  ['openpondKadDHT()', () => openpondKadDHT!(), /^options is not/],
  ['openpondKadDHT(a network)', () => openpondKadDHT!('local'), /^options is not/],
  ['openpondKadDHT({})', () => openpondKadDHT!({}), /^network is not/],
  ['openpondKadDHT({ network: in capitals })', () => openpondKadDHT!({ network: 'Base' }), /^network is not/],
  ['validators()', () => validators!(), /^options is not/],
  ['validators({})', () => validators!({}), /^network is not/],
  ['validators({ now: 1 })', () => validators!({ network: 'local', now: 1 }), /^now is not/],
  ['validators({ onRecord: 1 })', () => validators!({ network: 'local', onRecord: 1 }), /^onRecord is not/],
  ['selectors().eth(key)', () => selectors!().eth(key), /^values is not/],
  ['selectors().test(key, [])', () => selectors!().test(key, []), /^values is not/],

  ['dialableAddresses()', () => dialableAddresses!(), /^record is not/],
  ['dialableAddresses(an address)', () => dialableAddresses!({ peerId: PEER, multiaddrs: '/ws' }, String), /^multiaddrs is not/],
  ['dialableAddresses(without peerId)', () => dialableAddresses!({ multiaddrs: [] }, String), /^peerId is not/],
  ['dialableAddresses(without multiaddr)', () => dialableAddresses!({ peerId: PEER, multiaddrs: [] }), /^multiaddr is not/],

  ['dialAgent()', () => dialAgent!(), /^node is not/],
  ['dialAgent(a node that cannot dial)', () => dialAgent!(node, { peerId: PEER, multiaddrs: [] }, String), /^node is not/],
  ['dialAgent(without record)', () => dialAgent!({ dial: () => {} }), /^record is not/],
  ['dialAgent(without multiaddr)', () => dialAgent!({ dial: () => {} }, { peerId: PEER, multiaddrs: [] }), /^multiaddr is not/],
  ['dialAgent(options: null)', () => dialAgent!({ dial: () => {} }, { peerId: PEER, multiaddrs: [] }, String, null), /^options is not/],
  ['dialAgent(signal: 1)', () => dialAgent!({ dial: () => {} }, { peerId: PEER, multiaddrs: [] }, String, { signal: 1 }), /^signal is not/],

  ...Object.entries({ publish: as, startPublishing: as, lookup: account.address, waitForDHT: {}, getDHTRecords: undefined }).flatMap(([name, second]) => ([
    ['undefined', undefined, /^node is not/],
    ['{ bootstrap }', { bootstrap: bootstrap[0] }, /^node is not/],
    ['a node without services', without(undefined as never), /^node is not/],
    ['a node without the service dht', without({ kad: {} }), /^node\.services\.dht is not/],
    ['a node with the factory as dht', without({ dht: () => {} }), /^node\.services\.dht is not/]
  ] as const).map(([what, first, message]): [string, () => unknown, RegExp] => [`${name}(${what})`, () => (openpond as any)[name](first, second), message])),

  ...[publish!, startPublishing!].flatMap((act): Array<[string, () => unknown, RegExp]> => ([
    ['nothing', undefined, /^options is not/],
    ['null', null, /^options is not/],
    ['no account', { ...as, account: undefined }, /^account is not/],
    ['an account that cannot sign', { ...as, account: { address: account.address } }, /^account is not/],
    ['an account of a mistyped address', { ...as, account: { ...account, address: account.address.replace('F', 'f') } }, /checksum/],
    ['no agentName', { ...as, agentName: undefined }, /^agentName is not/],
    ['no network', { ...as, network: undefined }, /^network is missing/],
    ['a network in capitals', { ...as, network: 'Local' }, /^network is not/],
    ['an address instead of addresses', { ...as, multiaddrs: '/ws' }, /^multiaddrs is not/],
    ['addresses that are none', { ...as, multiaddrs: [null] }, /^multiaddrs\[0\] is/],
    ['a lifetime in words', { ...as, lifetime: 'a day' }, /^lifetime is not/],
    ['others that are no object', { ...as, others: 1 }, /^others is not/],
    ['others that JSON would change', { ...as, others: { at: new Date() } }, /^others\.at is not/],
    ['a signal that is none', { ...as, signal: {} }, /^signal is not/]
  ] as const).map(([what, options, message]) => [`${act.name}(node, ${what})`, () => act(node, options), message])),
  ['publish(node, timeout: a string)', () => publish!(node, { ...as, timeout: '1000' }), /^timeout is not/],
  ['publish(node, timeout: 0)', () => publish!(node, { ...as, timeout: 0 }), /^timeout is not/],
  ['startPublishing(node, timeout: a string)', () => startPublishing!(node, { ...as, timeout: '1000' }), /^timeout is not/],
  ['startPublishing(node, interval: a string)', () => startPublishing!(node, { ...as, interval: '60000' }), /^interval is not/],
  ['startPublishing(node, interval: 0)', () => startPublishing!(node, { ...as, interval: 0 }), /^interval is not/],
  ['startPublishing(node, onError: a string)', () => startPublishing!(node, { ...as, onError: 'log' }), /^onError is not/],
  ['startPublishing(node, onPublished: {})', () => startPublishing!(node, { ...as, onPublished: {} }), /^onPublished is not/],

  ['lookup(node)', () => lookup!(node), /^not an Ethereum address|^network is missing/],
  ['lookup(node, a name)', () => lookup!(node, 'agent.eth', { network: 'local' }), /^not an Ethereum address/],
  ['lookup(node, a mistyped address)', () => lookup!(node, account.address.replace('F', 'f'), { network: 'local' }), /checksum/],
  ['lookup(node, address, null)', () => lookup!(node, account.address, null), /^options is not/],
  ['lookup(node, address, a network in capitals)', () => lookup!(node, account.address, { network: 'Local' }), /^network is not/],
  ['lookup(node, address, signal: 1)', () => lookup!(node, account.address, { network: 'local', signal: 1 }), /^signal is not/],

  ['waitForDHT(node, null)', () => waitForDHT!(node, null), /^options is not/],
  ['waitForDHT(node, bootstrap: an address)', () => waitForDHT!(node, { bootstrap: bootstrap[0] }), /^bootstrap is not an array/],
  ['waitForDHT(node, bootstrap: [])', () => waitForDHT!(node, { bootstrap: [] }), /^bootstrap is empty/],
  ['waitForDHT(node, bootstrap: [null])', () => waitForDHT!(node, { bootstrap: [null] }), /^bootstrap\[0\] is/],
  ['waitForDHT(node, bootstrap: no address)', () => waitForDHT!(node, { bootstrap: ['us-east:1'] }), /does not parse: us-east:1$/],
  ['waitForDHT(node, bootstrap: without a peer id)', () => waitForDHT!(node, { bootstrap: ['/ip4/127.0.0.1/tcp/1'] }), /does not end in \/p2p/],
  ['waitForDHT(node, dial without bootstrap)', () => waitForDHT!(node, { dial: () => {} }), /^dial is of no use/],
  ['waitForDHT(node, dial: true)', () => waitForDHT!(node, { bootstrap, dial: true }), /^dial is not/],
  ['waitForDHT(node, attempts: 0)', () => waitForDHT!(node, { attempts: 0 }), /^attempts is not/],
  ['waitForDHT(node, attempts: a string)', () => waitForDHT!(node, { attempts: '3' }), /^attempts is not/],
  ['waitForDHT(node, interval: NaN)', () => waitForDHT!(node, { interval: Number.NaN }), /^interval is not/],
  ['waitForDHT(node, timeout: NaN)', () => waitForDHT!(node, { timeout: Number.NaN }), /^timeout is not/],
  ['waitForDHT(node, signal: true)', () => waitForDHT!(node, { signal: true }), /^signal is not/]
]

describe('arguments that cannot be right', () => {
  test.each(wrong)('%s', async (_call, act, message) => {
    const error = await (async () => act())().then(() => 'accepted', (err: unknown) => err)
    expect(error).toBeInstanceOf(openpond.InvalidArgumentError)
    expect(error).toMatchObject({ code: 'invalid-argument', message: expect.stringMatching(message) })
    expect(node.queries).toEqual({ put: 0, get: 0, provide: 0 })
  })

  test('what is right is taken', async () => {
    await publish!(plain, as)
    await lookup!(plain, account.address, { network: 'local' })
    await waitForDHT!(plain, { interval: 0 })
    expect(getDHTRecords!(plain)).toHaveProperty(account.address.toLowerCase())
  })
})

describe('addresses of Ethereum', () => {
  const text = (address: string) => new TextDecoder().decode(ethKey!(address))
  const lower = account.address.toLowerCase()

  test.each([['with its checksum', account.address], ['in lower case', lower], ['in upper case', `0x${lower.slice(2).toUpperCase()}`], ['of digits alone', `0x${'1'.repeat(40)}`]])('%s is taken', (_how, address) => {
    expect(text(address)).toBe(`/eth/${address.toLowerCase()}`)
  })
  test('with a letter in the other case is refused, whichever it is', () => {
    for (let i = 2; i < lower.length; i++) {
      const digit = account.address[i]!
      const other = digit === digit.toLowerCase() ? digit.toUpperCase() : digit.toLowerCase()
      if (digit !== other) expect(() => text(account.address.slice(0, i) + other + account.address.slice(i + 1))).toThrow(/checksum/)
    }
  })
})
