// The roles of the Kademlia contract.
import { createNode } from '../lib/node.mjs'
import { Operations } from '../lib/operations.mjs'
import { attempts } from './attempts.mjs'
import { identityOf, profileOf } from './profiles.mjs'
import { Unsupported } from './settings.mjs'

const JOIN_MS = 30_000
const PASSED = 0
const FAILED = 1

/** Connects to the bootstrap node and waits until it is in the routing table: js-libp2p asks nobody else. */
async function join({ board, operations }) {
  const addr = await board.wait('bootstrap_addr')
  const signal = AbortSignal.timeout(JOIN_MS)
  const { peer } = await operations.dial({ addr }, signal)
  await operations.waitTable({ peers: [peer] }, signal)
}

async function bootstrap({ board, node }) {
  await board.set('bootstrap_addr', node.getMultiaddrs()[0].toString())
}

async function provider({ board, node, operations, profile }) {
  await join({ board, operations })
  await attempts('publish', (signal) => profile.publish(operations, signal))
  await board.set('provider_peer', node.peerId.toString())
  await board.set('provider_done', 'done')
}

/** The suite's own providers leave no peer id; its profile asks for none. */
async function providerOf({ board, settings }) {
  await board.wait('provider_done')
  return settings.profile === 'unified' ? undefined : board.wait('provider_peer')
}

async function querier(context) {
  const { operations, profile, say } = context
  const id = await providerOf(context)
  await join(context)
  const failed = []
  for (const [name, read] of Object.entries(profile.reads(operations, id))) {
    const outcome = await attempts(name, read).then(() => 'ok', (error) => error.message.replace(/\s+/g, ' '))
    say(`${name}: ${outcome}`)
    if (outcome !== 'ok') failed.push(name)
  }
  if (failed.length === 0) {
    say('status: pass')
    return PASSED
  }
  say('status: fail')
  say(`error: ${failed.join(', ')}`)
  return FAILED
}

const ROLES = { bootstrap, provider, querier }

/** Resolves with an exit code, or with nothing when the role runs on. */
export async function runRole(context) {
  const { kit, board, settings, open } = context
  if (settings.profile === 'unified' && settings.role === 'bootstrap' && !settings.force) {
    throw new Unsupported('js-libp2p takes no provider key that is neither a CID nor a multihash')
  }
  const profile = profileOf(kit, settings.profile, settings.key)
  const node = await createNode(kit, {
    role: settings.mode === 'server' ? 'bootstrap' : 'agent',
    listen: [`${board.own}/tcp/0`],
    ping: true,
    other: profile.other,
    mapper: settings.mapper === 'public' ? kit.removePrivateAddressesMapper : kit.passthroughMapper
  })
  open(() => node.stop())
  console.error(`${settings.role} ${node.getMultiaddrs()[0]}`)
  const operations = new Operations(kit, node, identityOf(kit, settings.key))
  return ROLES[settings.role]({ ...context, node, operations, profile })
}
