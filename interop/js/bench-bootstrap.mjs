// A js-libp2p bootstrap node with the document's settings, as the opponent of `make bench`. It fills nothing itself.
//
//   node interop/js/bench-bootstrap.mjs --version js2|js3 [--listen MULTIADDR] [--accept-all]
//
//   first line     {"event":"ready","peerId":…,"addrs":[…],"pid":…,"node":"v22…"}
//   on a change    {"event":"table","size":200}     what the routing table holds, at most one line each 100 ms
//
// --accept-all stores any record under /eth and /test unread, to compare protocol work alone. It ends on SIGINT and SIGTERM.
import { parseArgs } from 'node:util'
import { createNode } from './lib/node.mjs'

const REPORT_MS = 100

const { values: options } = parseArgs({
  options: {
    version: { type: 'string' },
    listen: { type: 'string', default: '/ip4/127.0.0.1/tcp/0' },
    'accept-all': { type: 'boolean', default: false }
  }
})

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const kit = await import(`../${options.version}/kit.mjs`)
const node = await createNode(kit, { role: 'bootstrap', listen: [options.listen] })
const { dht } = node.services

if (options['accept-all']) {
  for (const namespace of ['eth', 'test']) dht.validators[namespace] = async () => {}
}

let reported = 0
let timer
function report() {
  timer = undefined
  const size = dht.routingTable.size
  if (size === reported) return
  reported = size
  say({ event: 'table', size })
}
const changed = () => (timer ??= setTimeout(report, REPORT_MS))
dht.routingTable.addEventListener('peer:add', changed)
dht.routingTable.addEventListener('peer:remove', changed)

const end = () => node.stop().finally(() => process.exit(0))
process.on('SIGINT', end)
process.on('SIGTERM', end)
process.stdout.on('error', end)

say({ event: 'ready', peerId: node.peerId.toString(), addrs: node.getMultiaddrs().map(String), pid: process.pid, node: process.version })
