// js-libp2p in the place of `pond`: the same calls with the same answers, so that the tests can be proven without it.
import { JsPeer } from './js-peer.mjs'

class JsNode {
  constructor(peer) {
    Object.assign(this, { peer, addr: peer.addr, peerId: peer.peerId, address: peer.address })
  }

  waitKnows(...peers) {
    return this.peer.waitKnows(...peers)
  }

  async provide(key) {
    const { sent, failed } = await this.peer.call('provide', { key })
    return answer(sent.length > 0 ? 0 : 1, { key, stored: sent, failed })
  }

  stop() {
    return this.peer.stop()
  }
}

const answer = (code, json) => ({ code, json, stderr: '' })

/** The key text of the command line: an address stands for its record. */
const keyText = (key) => (key.startsWith('0x') ? `/eth/${key.toLowerCase()}` : key)

const peerOf = (addr) => addr.slice(addr.lastIndexOf('/') + 1)

export function jsOther(version) {
  const ping = true
  async function agent({ bootstraps, name, acceptUnsigned }) {
    const peer = await JsPeer.start(version, { role: 'agent', bootstrap: bootstraps, name, ping, 'accept-unsigned': acceptUnsigned })
    return peer.process.started(async () => {
      await peer.waitKnows(...bootstraps.map(peerOf))
      return peer
    })
  }

  async function asClient(bootstraps, act, options) {
    const peer = await agent({ bootstraps, ...options })
    try {
      return await act(peer)
    } finally {
      await peer.stop()
    }
  }

  return {
    name: version,

    async bootstrap({ peers, acceptUnsigned, keyType } = {}) {
      const peer = await JsPeer.start(version, {
        role: 'bootstrap', bootstrap: peers, ping, 'accept-unsigned': acceptUnsigned, 'key-type': keyType
      })
      return new JsNode(peer)
    },

    async agent({ bootstraps, name }) {
      const peer = await agent({ bootstraps, name })
      await peer.call('publishAgent')
      return new JsNode(peer)
    },

    lookup: (bootstraps, address, { acceptUnsigned } = {}) =>
      asClient(bootstraps, async (peer) => {
        const found = await peer.call('lookup', { address })
        if (found === null) return answer(3, { error: { code: 'not-found', message: 'nobody has a record' } })
        return answer(found.verified ? 0 : 5, found)
      }, { acceptUnsigned }),

    put: (bootstraps, key, value) =>
      asClient(bootstraps, async (peer) => {
        const { stored, failed } = await peer.call('put', { key: keyText(key), value: Buffer.from(value).toString('base64') })
        return answer(stored.length > 0 ? 0 : 1, { key, stored, failed })
      }),

    get: (bootstraps, key) =>
      asClient(bootstraps, async (peer) => {
        const { value, holders } = await peer.call('get', { key: keyText(key) })
        if (value === null) return answer(3, { error: { code: 'not-found', message: 'nobody has a value' } })
        return answer(0, { key, value: Buffer.from(value, 'base64').toString(), valueBase64: value, verified: true, holders })
      }),

    providers: (bootstraps, key) =>
      asClient(bootstraps, async (peer) => {
        const peers = await peer.call('providers', { key: keyText(key) })
        return answer(peers.length > 0 ? 0 : 3, { key, peers })
      }),

    findPeer: (bootstraps, id) =>
      asClient(bootstraps, async (peer) => {
        const found = await peer.call('findPeer', { peer: id })
        return answer(found === null ? 3 : 0, { key: id, peers: found === null ? [] : [found] })
      }),

    closest: (bootstraps, key) =>
      asClient(bootstraps, async (peer) => {
        const peers = await peer.call('closest', { key: keyText(key) })
        return answer(peers.length > 0 ? 0 : 3, { key, peers })
      }),

    ping: (bootstraps, addr) =>
      asClient(bootstraps, async (peer) => {
        const { rttMs } = await peer.call('ping', { addr })
        return answer(0, { peer: peerOf(addr), rttMs: [rttMs] })
      })
  }
}
