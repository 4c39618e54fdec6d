// That no snippet of the README goes untested. tests/integration/readme.test.ts runs them.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as openpond from '../../src/index.js'
// @ts-expect-error -- a script
import { applyDiff, readBlocks } from '../../scripts/readme.mjs'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const readme = readFileSync(file('README.md'), 'utf8')
const blocks: Array<{ language: string, text: string }> = readBlocks(file('README.md'))
const manifest = (folder: string) => JSON.parse(readFileSync(file(`${folder}/package.json`), 'utf8'))

describe("the README's snippets", () => {
  test('are those that the tests run', () => {
    const first = (text: string) => text.split('\n')[0]!.slice(0, 41)
    expect(blocks.map(({ language, text }) => `${language}: ${first(text)}`)).toEqual([
      'sh: cd clients/js', 'sh: npm install ./openpond-dht-0.1.0.tgz viem', 'sh: npm install ./openpond-dht-0.1.0.tgz @lib', 'ts: // agent.ts', 'diff: @@ imports @@',
      'diff: @@ members @@', 'diff: @@ start() @@', 'sh: npm ci && npm test'
    ])
    expect(readme).not.toMatch(/\n\n {4}\S/)
  })

  test('install the versions that the tests run on', () => {
    const installed = (text: string) => Object.fromEntries([...text.replaceAll('\\\n', '').matchAll(/((?:@[^\s/@]+\/)?[^\s/@]+)@([0-9.]+)/g)].map(([, name, version]) => [name, version]))
    const [, fresh, beside] = blocks.filter(({ language }) => language === 'sh').map(({ text }) => installed(text))
    expect(Object.keys(fresh!)).toHaveLength(9)
    expect(manifest('tests/nodes/libp2p3').dependencies).toMatchObject(fresh!)
    expect(beside).toEqual({ '@libp2p/ping': manifest('tests/nodes/libp2p2').dependencies['@libp2p/ping'] })
  })

  test('install the tarball of this version', () => {
    const { version } = manifest('.')
    const names = [...readme.matchAll(/openpond-dht-([0-9.]+)\.tgz/g)].map(([, named]) => named)
    expect(new Set(names)).toEqual(new Set([version]))
  })
})

test('the README says of which Node.js package.json does', () => {
  const [, least] = /^>=(\d+)$/.exec(manifest('.').engines.node)!
  expect(readme).toContain(`Node.js ${least} or newer`)
})

test('the README tells of functions that there are', () => {
  const told = new Set([...readme.matchAll(/`(\w+)\([^`]*\)`/g)].map(([, name]) => name!))
  const others = ['ping', 'signMessage', 'multiaddr', 'waitForDHT', 'publishToDHT', 'updateDHTRecords']
  expect([...told].filter((name) => !others.includes(name) && !(name in openpond))).toEqual([])
  expect(told).toContain('dialAgent')
})

describe('a diff', () => {
  test('is applied', () => expect(applyDiff('a\nb\n\nc\n', '@@ x @@\n a\n-b\n+B\n+BB\n@@ y @@\n\n-c\n')).toBe('a\nB\nBB\n\n'))
  test('fits somewhere', () => expect(() => applyDiff('a\n', '@@ x @@\n-b\n')).toThrow('fits nowhere'))
  test('fits at one place', () => expect(() => applyDiff('a\na\n', '@@ x @@\n-a\n')).toThrow('fits twice'))
})
