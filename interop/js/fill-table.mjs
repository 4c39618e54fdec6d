// Fills the routing table of a bootstrap node, of js-libp2p or of pond, with light identities: many DHT servers in this one process
// that answer identify, ping and, by sending every kad message back, the questions that a server asks to see who is alive
// (an echoed PING is its answer, an echoed FIND_NODE is an answer without peers).
//
//   node interop/js/fill-table.mjs --version js2|js3 --addr MULTIADDR [--count 200]
//
//   as they connect  {"event":"connected","count":4}
//   all connected    {"event":"ready","count":200}
//   on stdin         a number on a line asks for so many more: a server under load may have failed to verify a few
//
// The identities live until SIGINT, SIGTERM or the end of stdin.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { PROTOCOL } from './lib/node.mjs'

// A busy js-libp2p drops newcomers that it cannot verify in time.
const AT_ONCE = 4
const STREAMS = 5000
const MAX_REFUSALS = 50

const { values: options } = parseArgs({
  options: { version: { type: 'string' }, addr: { type: 'string' }, count: { type: 'string', default: '200' } }
})

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const kit = await import(`../${options.version}/kit.mjs`)
const target = kit.multiaddr(options.addr)
const nodes = []
let refusals = 0

async function identity() {
  const node = await kit.createLibp2p({
    start: false,
    privateKey: await kit.generateKeyPair('Ed25519'),
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [kit.tcp()],
    connectionEncrypters: [kit.noise()],
    streamMuxers: [kit.yamux()],
    services: { identify: kit.identify(), ping: kit.ping() }
  })
  await kit.echo(node, PROTOCOL, { maxInboundStreams: STREAMS })
  await node.start()
  try {
    await node.dial(target)
    nodes.push(node)
  } catch (err) {
    await node.stop()
    if (++refusals > MAX_REFUSALS) throw err
  }
}

const end = () => Promise.allSettled(nodes.map((node) => node.stop())).finally(() => process.exit(0))
process.on('SIGINT', end)
process.on('SIGTERM', end)

let wanted = Number(options.count)
let filling = false
async function fill() {
  if (filling) return
  filling = true
  while (nodes.length < wanted) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted - nodes.length) }, identity))
    say({ event: 'connected', count: nodes.length })
  }
  filling = false
  say({ event: 'ready', count: nodes.length })
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    wanted += Number(line)
    fill()
  })
  .on('close', end)
await fill()
