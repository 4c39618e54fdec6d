// What the peers of the contract (../../README.md) make of their environment.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Unsupported, settingsOf } from '../contract/settings.mjs'

const KAD = { ROLE: 'querier', REDIS_ADDR: '127.0.0.1:6379', TEST_KEY: '0123abcd' }
const TRANSPORT = {
  IS_DIALER: 'true', REDIS_ADDR: 'redis:6379', TEST_KEY: '0123abcd', TRANSPORT: 'ws', LISTENER_IP: '0.0.0.0', SECURE_CHANNEL: 'tls', MUXER: 'yamux'
}

describe('the environment of the Kademlia contract', () => {
  test('a querier of the unified profile is the least that can be asked for', () => {
    assert.deepEqual(settingsOf(KAD), {
      redis: { host: '127.0.0.1', port: 6379 }, key: '0123abcd', debug: false, role: 'querier', profile: 'unified', mode: 'client',
      mapper: 'passthrough', force: false
    })
  })

  test('MODE is for providers alone, and a server without it', () => {
    assert.equal(settingsOf({ ...KAD, ROLE: 'provider' }).mode, 'server')
    assert.equal(settingsOf({ ...KAD, ROLE: 'provider', MODE: 'client' }).mode, 'client')
    assert.equal(settingsOf({ ...KAD, ROLE: 'bootstrap', MODE: 'client' }).mode, 'server')
    assert.equal(settingsOf({ ...KAD, MODE: 'server' }).mode, 'client')
  })

  test('redis may be at an IPv6 address', () => {
    assert.deepEqual(settingsOf({ ...KAD, REDIS_ADDR: '[::1]:7' }).redis, { host: '::1', port: 7 })
  })

  const wrong = { ROLE: 'boot', PROFILE: 'amino', ADDRESS_MAPPER: 'mine', REDIS_ADDR: 'redis', TEST_KEY: '' }
  for (const [name, value] of Object.entries(wrong)) {
    test(`refuses a ${name} of '${value}'`, () => assert.throws(() => settingsOf({ ...KAD, [name]: value }), new RegExp(name)))
  }

  test('refuses a MODE of both', () => assert.throws(() => settingsOf({ ...KAD, ROLE: 'provider', MODE: 'both' }), /MODE/))
})

describe('the environment of the transport contract', () => {
  test('everything that is asked for arrives', () => {
    assert.deepEqual(settingsOf({ ...TRANSPORT, TEST_TIMEOUT_SECS: '20' }).transport, {
      isDialer: true, transport: 'ws', secureChannel: 'tls', muxer: 'yamux', listenerIp: '0.0.0.0', timeoutMs: 20_000
    })
  })

  test('the time limit is 180 s without TEST_TIMEOUT_SECS', () => assert.equal(settingsOf(TRANSPORT).transport.timeoutMs, 180_000))

  for (const [name, value] of [['TRANSPORT', 'quic-v1'], ['SECURE_CHANNEL', 'plaintext'], ['MUXER', 'mplex']]) {
    test(`${value} is unsupported`, () => assert.throws(() => settingsOf({ ...TRANSPORT, [name]: value }), Unsupported))
  }
})
