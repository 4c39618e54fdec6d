// A js-libp2p peer that a test drives over stdin and stdout, a JSON document a line.
//
//   first line      {"event":"ready","peerId":…,"addrs":[…],"address":…}
//   request         {"id":1,"op":"put","key":"/test/…","value":"<base64>","timeoutMs":20000}
//   reply           {"id":1,"ok":true,"result":…} or {"id":1,"ok":false,"error":"…"}
//
// Requests run side by side; replies come as they are done. The operations are the methods of Operations, and `stop`. The peer also stops on SIGINT, on SIGTERM and
// when its stdin ends, so it never outlives who started it.
import { createInterface } from 'node:readline'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { createNode } from './lib/node.mjs'
import { Operations } from './lib/operations.mjs'

const DEFAULT_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 3_000

const { values: options } = parseArgs({
  options: {
    version: { type: 'string' },
    role: { type: 'string', default: 'agent' },
    listen: { type: 'string', multiple: true },
    bootstrap: { type: 'string', multiple: true, default: [] },
    'key-file': { type: 'string' },
    'key-type': { type: 'string' },
    'eth-key-file': { type: 'string' },
    name: { type: 'string', default: 'js-agent' },
    network: { type: 'string', default: 'local' },
    'accept-unsigned': { type: 'boolean', default: false },
    ping: { type: 'boolean', default: false }
  }
})

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

const kit = await import(`../${options.version}/kit.mjs`)

async function ethAccount() {
  const file = options['eth-key-file']
  const key = file === undefined ? kit.generatePrivateKey() : (await readFile(file, 'utf8')).trim()
  return kit.privateKeyToAccount(key)
}

const node = await createNode(kit, {
  role: options.role,
  listen: options.listen,
  network: options.network,
  acceptUnsigned: options['accept-unsigned'],
  ping: options.ping,
  keyFile: options['key-file'],
  keyType: options['key-type']
})
const operations = new Operations(kit, node, {
  network: options.network,
  acceptUnsigned: options['accept-unsigned'],
  name: options.name,
  account: await ethAccount()
})
const OPS = new Set(Object.getOwnPropertyNames(Operations.prototype).filter((name) => name !== 'constructor'))

let stopping
function stop() {
  stopping ??= Promise.race([node.stop(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref())])
  return stopping
}

async function answer(line) {
  let id = null
  try {
    const request = JSON.parse(line)
    id = request.id ?? null
    if (request.op === 'stop') {
      await stop()
      say({ id, ok: true, result: null })
      return process.exit(0)
    }
    if (!OPS.has(request.op)) throw new Error(`no such operation: ${request.op}`)
    const signal = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    say({ id, ok: true, result: (await operations[request.op](request, signal)) ?? null })
  } catch (err) {
    say({ id, ok: false, error: `${err.name}: ${err.message}` })
  }
}

const end = () => stop().finally(() => process.exit(0))
process.on('SIGINT', end)
process.on('SIGTERM', end)
process.stdout.on('error', end)

await Promise.all(options.bootstrap.map((addr) => operations.dial({ addr }, AbortSignal.timeout(DEFAULT_TIMEOUT_MS))))
say({ event: 'ready', ...operations.addrs() })
createInterface({ input: process.stdin }).on('line', answer).on('close', end)
