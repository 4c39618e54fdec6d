// Who meets whom: each version of js-libp2p with `pond`, or, to prove the tests themselves, with js-libp2p in its place.
import { JsPeer } from './js-peer.mjs'
import { jsOther } from './js-other.mjs'
import { pond } from './pond.mjs'

export { JsPeer }

const VERSIONS = ['js2', 'js3']
const wanted = (process.env.INTEROP_JS ?? VERSIONS.join(',')).split(',')
const self = process.env.INTEROP_SELF === '1'

/**
 * Every pair as {title, js, other, start}: `js` is the version, `other` answers as `pond` does, `start(options)` starts a
 * peer of the js side. js-libp2p 2 has no ping service, as with OpenPond, unless js-libp2p 3 is to take it for a server.
 */
export function pairs() {
  const others = self ? VERSIONS : ['pond']
  return wanted.flatMap((js) => others.map((other) => {
    const ping = other === 'js3'
    return {
      title: `${js} with ${other}`,
      js,
      other: other === 'pond' ? pond : jsOther(other),
      start: (options) => JsPeer.start(js, { ping, ...options })
    }
  }))
}

/** The other side where both versions of js-libp2p are present already. */
export const other = self ? jsOther('js3') : pond
export const versions = wanted

/** Stops nodes and peers, all of them, and only then reports the first that did not stop well. */
export async function stopAll(nodes) {
  const results = await Promise.allSettled(nodes.filter(Boolean).map((node) => node.stop()))
  const failed = results.find(({ status }) => status === 'rejected')
  if (failed) throw failed.reason
}
