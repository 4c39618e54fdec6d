// The README's snippets as scripts/projects.mjs has installed, applied and compiled them: in an OpenPond node's project, which has libp2p 2, and in a new one on
// libp2p 3.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GENERATIONS, Network, addressOf, idOf } from '../support/nodes.js'

const read = (file: string): any => JSON.parse(readFileSync(file, 'utf8'))

/** An address of loopback where nobody listens. */
async function deadAddress(peer: string): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return `/ip4/127.0.0.1/tcp/${port}/p2p/${peer}`
}

describe.each(GENERATIONS)("the README's snippets on %s", (generation) => {
  const folder = fileURLToPath(new URL(`../readme/projects/${generation}`, import.meta.url))
  let network: Network
  let bootstrap: string[]

  beforeAll(async () => {
    network = await Network.of(generation)
    bootstrap = [addressOf(await network.node({ clientMode: false }))]
  })
  afterAll(() => network.stop())

  test('what the programs import is installed in their own project', () => {
    const programs = ['agent.ts', 'openpond-node.ts'].map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
    const imported = programs.flatMap((text) => [...text.matchAll(/ from ['"]((?:@[^/'"]+\/)?[^/'"]+)/g)].map(([, name]) => name))
    expect(imported.length).toBeGreaterThan(15)
    expect(imported.filter((name) => !existsSync(`${folder}/node_modules/${name}/package.json`))).toEqual([])
    expect(Object.keys(read(`${folder}/package.json`).dependencies)).toEqual(expect.arrayContaining(imported))
  })

  test.runIf(generation === 'libp2p2')("an OpenPond node's other versions stay what they are", () => {
    const versions = (file: string): Record<string, string> =>
      Object.fromEntries(Object.entries<any>(read(`${folder}/${file}`).packages).filter(([path]) => path !== '').map(([path, { version }]) => [path, version]))
    const before = versions('../../openpond/package-lock.json')
    const after = versions('package-lock.json')
    expect(Object.fromEntries(Object.keys(before).map((path) => [path, after[path]]))).toEqual(before)
    expect([after['node_modules/@libp2p/kad-dht'], after['node_modules/@multiformats/multiaddr']]).toEqual(['14.1.6', '12.3.3'])
  })

  test('the agent finds another of itself', async () => {
    const { startAgent } = await import(`../readme/projects/${generation}/built/agent.js`)
    const keys = [network.kit.generatePrivateKey(), network.kit.generatePrivateKey()]
    const agents = await Promise.all(keys.map((privateKey, i) => startAgent({ network: 'local', bootstrap, privateKey, agentName: `agent ${i}` })))
    agents.forEach((agent) => network.stopLater(agent))
    const other = network.kit.privateKeyToAccount(keys[1]).address
    await expect.poll(() => agents[1].agents().length, { timeout: 10_000 }).toBe(1)
    const connection = await agents[0].dialAgent(other)
    expect(connection.remotePeer.toString()).toBe(idOf(agents[1].node))
    expect(agents[0].agents().map(({ agentId }: any) => agentId)).toContain(other)
  })

  test('without a bootstrap node the agent says why, and its program ends', async () => {
    const dead = [await deadAddress('12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV'), await deadAddress('16Uiu2HAmDD9JV9oqwTGiZzMJzEZJPA6hgrUyzSXdcqpnVhUJ2eXa')]
    const program = `
      import { startAgent } from './built/agent.js'
      const started = startAgent({ network: 'local', bootstrap: ${JSON.stringify(dead)}, privateKey: '${network.kit.generatePrivateKey()}', agentName: 'a' })
      await started.catch(({ code, stage, message, failed }) => console.log(JSON.stringify({ code, stage, message, failed: failed.map(({ address }) => address) })))`
    const said = await new Promise<string>((done, failed) => {
      execFile(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder, timeout: 45_000 }, (error, stdout) => (error ? failed(error) : done(stdout)))
    })
    const { message, failed, ...rest } = JSON.parse(said)
    expect(rest).toEqual({ code: 'not-ready', stage: 'connect' })
    expect(failed.toSorted()).toEqual(dead.toSorted())
    for (const address of dead) expect(message).toContain(`${address}: `)
    expect(message.match(/ECONNREFUSED/g)).toHaveLength(2)
  })

  test('nodes of OpenPond, changed as it says, publish and find each other', async () => {
    const { P2PNetwork } = await import(`../readme/projects/${generation}/built/openpond-node.js`)
    const key = () => network.kit.generatePrivateKey()
    const start = async (name: string, bootstrapNodes: string[], privateKey = key()): Promise<any> => {
      const node = new P2PNetwork(privateKey, name, 'local', bootstrapNodes)
      await node.start()
      network.stopLater(node)
      return node
    }
    const server = await start('bootstrap-1', [])
    const addresses = [addressOf(server.node)]
    const keys = [key(), key()]
    const [first, second] = await Promise.all(keys.map((privateKey, i) => start(`agent-${i + 1}`, addresses, privateKey)))
    const { address } = network.kit.privateKeyToAccount(keys[1])
    await expect.poll(async () => Object.keys(await server.getDHTRecords()).length, { timeout: 10_000 }).toBe(2)
    expect((await first.dialAgent(address)).remotePeer.toString()).toBe(idOf(second.node))
    expect((await first.getDHTRecords())[address.toLowerCase()]).toMatchObject({ agentName: 'agent-2', peerId: idOf(second.node) })
  })
})
