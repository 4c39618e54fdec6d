// Every entry of tests/vectors/multiaddr_texts.json, by which the C++ node is judged too: the text alone, in a record that was found, in one that is signed.
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { ethKey, signRecord, verifyRecord } from '../../src/index.js'
import { peersInAddress } from '../../src/addresses.js'
import { parseMultiaddr } from '../../src/multiaddr.js'
import { parsePeerId } from '../../src/peer-id.js'
import { PEER, PRIVATE_KEY, T, bytes, loadVectors, textOf } from '../support/vectors.js'

const { texts } = loadVectors<{ texts: Array<{ text: string, canonical?: string }> }>('multiaddr_texts.json')
const account = privateKeyToAccount(PRIVATE_KEY)
const peer = parsePeerId(PEER)!
const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

const namesPeer = (text: string): boolean => (peersInAddress(text) ?? []).every((named) => Buffer.compare(named, peer) === 0)
const fits = (text: string): boolean => bytes(text).length <= 256

/** What verifyRecord says of a record with this address that is genuine otherwise. */
async function verdict(text: string): Promise<string> {
  const unsigned = JSON.stringify({
    v: 1, domain: 'openpond-dht-record', network: 'local', peerId: PEER, timestamp: T, expires: T + 1000, agentId: account.address, agentName: 'a', multiaddrs: [text]
  })
  const signature = await account.signMessage({ message: unsigned })
  const value = bytes(`${unsigned.slice(0, -1)},"signature":"${signature}"}`)
  return verifyRecord(ethKey(account.address), value, { network: 'local', now: T }).then(({ multiaddrs }) => `valid ${multiaddrs[0]}`, (err) => err.code)
}

const sign = (text: string): Promise<string> =>
  signRecord(account, { network: 'local', peerId: PEER, agentName: 'a', multiaddrs: [text], timestamp: T })
    .then((value) => JSON.parse(textOf(value)).multiaddrs[0], (err) => err.code)

describe('the vectors of multiaddr texts', () => {
  test('are all there', () => expect(texts.length).toBeGreaterThanOrEqual(689))

  test.each(texts.map((vector) => ({ ...vector, shown: shown(vector.text), as: vector.canonical === undefined ? 'refused' : 'taken' })))('$shown is $as', async ({ text, canonical }) => {
    expect(parseMultiaddr(text)?.text).toBe(canonical)
    if (canonical !== undefined) expect(parseMultiaddr(canonical)).toEqual(parseMultiaddr(text))
    const taken = canonical !== undefined && namesPeer(text)
    expect(await verdict(text)).toBe(taken && fits(text) ? `valid ${text}` : 'bad-member')
    expect(await sign(text)).toBe(taken && fits(canonical) ? canonical : 'bad-member')
  })

  test('a lone surrogate is in no address', () => {
    for (const text of ['/dns4/\ud800', '/unix/\udc00', '/\ud800']) expect(parseMultiaddr(text)).toBeUndefined()
  })
})
