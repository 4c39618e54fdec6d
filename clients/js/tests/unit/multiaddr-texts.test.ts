// Every entry of tests/vectors/multiaddr_texts.json, by which the C++ node is judged too.
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { ethKey, signRecord, verifyRecord } from '../../src/index.js'
import { parseMultiaddr } from '../../src/multiaddr.js'
import { addressesOfRecords, loadAddresses } from '../support/addresses.js'
import { PEER, PRIVATE_KEY, T, bytes, textOf } from '../support/vectors.js'

const texts = loadAddresses()
const account = privateKeyToAccount(PRIVATE_KEY)
const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

describe('the vectors of multiaddr texts', () => {
  test('are all there', () => expect(texts.length).toBeGreaterThanOrEqual(689))

  test.each(texts.map((vector) => ({ ...vector, shown: shown(vector.text), as: vector.canonical === undefined ? 'refused' : 'taken' })))('$shown is $as', ({ text, canonical }) => {
    expect(parseMultiaddr(text)?.text).toBe(canonical)
    if (canonical !== undefined) expect(parseMultiaddr(canonical)).toEqual(parseMultiaddr(text))
  })

  test('a lone surrogate is in no address', () => {
    for (const text of ['/dns4/\ud800', '/unix/\udc00', '/\ud800']) expect(parseMultiaddr(text)).toBeUndefined()
  })
})

describe('the vectors of multiaddr texts in records', () => {
  const { taken, refused } = addressesOfRecords(texts)

  async function verdict(multiaddrs: string[], sign: typeof account.signMessage): Promise<string> {
    const unsigned = JSON.stringify({
      v: 1, domain: 'openpond-dht-record', network: 'local', peerId: PEER, timestamp: T, expires: T + 1000, agentId: account.address, agentName: 'a', multiaddrs
    })
    const value = bytes(`${unsigned.slice(0, -1)},"signature":"${await sign({ message: unsigned })}"}`)
    return verifyRecord(ethKey(account.address), value, { network: 'local', now: T }).then((record) => JSON.stringify(record.multiaddrs), (err) => err.code)
  }

  test.each(taken)('found: %s …', async (...chunk) => {
    const multiaddrs = chunk.map(({ text }) => text)
    expect(await verdict(multiaddrs, account.signMessage)).toBe(JSON.stringify(multiaddrs))
  })

  test('signed: they are written in their canonical spelling', async () => {
    for (const chunk of taken) {
      const value = await signRecord(account, { network: 'local', peerId: PEER, agentName: 'a', multiaddrs: chunk.map(({ text }) => text), timestamp: T })
      expect(JSON.parse(textOf(value)).multiaddrs).toEqual(chunk.map(({ canonical }) => canonical))
    }
  })

  // The members are judged before the signature, so that it need not be genuine.
  test('found: what is refused is refused', async () => {
    for (const { text } of refused) expect(await verdict([text], async () => `0x${'1'.repeat(130)}`), text).toBe('bad-member')
  })
})
