// The transport contract: one dialer, one listener, one ping, with the transport, security and muxer that were asked for alone.
const TRANSPORTS = {
  tcp: { make: (kit) => kit.tcp(), suffix: '' },
  ws: { make: (kit) => kit.webSockets(), suffix: '/ws' }
}
const NOTE = 'listener_multiaddr'
const EVERY_ADDRESS = '0.0.0.0'

async function start({ kit, open }, { isDialer, transport, secureChannel, muxer, listenerIp }) {
  const { make, suffix } = TRANSPORTS[transport]
  const node = await kit.createLibp2p({
    addresses: { listen: isDialer ? [] : [`/ip4/${listenerIp}/tcp/0${suffix}`] },
    transports: [make(kit)],
    connectionEncrypters: [kit[secureChannel]()],
    streamMuxers: [kit[muxer]()],
    services: { identify: kit.identify(), ping: kit.ping() }
  })
  open(() => node.stop())
  return node
}

async function listen({ board }, node, { listenerIp }) {
  const own = listenerIp === EVERY_ADDRESS ? board.own : `/ip4/${listenerIp}`
  const addr = node.getMultiaddrs().map(String).find((one) => one.startsWith(`${own}/`))
  if (addr === undefined) throw new Error(`no address at ${own}`)
  await board.push(NOTE, addr)
  console.error(`listening ${addr}`)
}

/** The ping service measures in whole milliseconds, and in js-libp2p 2 from before it opens its stream. */
async function dial({ kit, board, say }, node, { timeoutMs }) {
  const addr = kit.multiaddr(await board.pop(NOTE, timeoutMs))
  const signal = AbortSignal.timeout(timeoutMs)
  const begun = performance.now()
  await node.dial(addr, { signal })
  const rtt = await node.services.ping.ping(addr, { signal })
  const ended = performance.now()
  say('latency:')
  say(`  handshake_plus_one_rtt: ${(ended - begun).toFixed(3)}`)
  say(`  ping_rtt: ${rtt}`)
  say('  unit: ms')
  return 0
}

/** Resolves with the dialer's exit code, or with nothing when the listener runs on. */
export async function runTransport(context) {
  const settings = context.settings.transport
  const node = await start(context, settings)
  return settings.isDialer ? dial(context, node, settings) : listen(context, node, settings)
}
