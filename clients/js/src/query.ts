import { abortable } from './deadline.js'
import type { FailedPeer } from './errors.js'
import type { DHTEvent, PeerIdLike } from './node.js'

/** What one peer answered. */
export interface Answer {
  readonly peer: PeerIdLike
  readonly value: Uint8Array | undefined
}

/** What became of a query. It is complete even when the query was cut short: `error` then says by what. */
export interface Outcome {
  /** By peer id and message: the last answer. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, Answer>>
  /** Values that came with no answer: the node's own. */
  readonly values: readonly Uint8Array[]
  readonly failed: readonly FailedPeer[]
  readonly error: unknown
}

/** The peers that answered a kind of message and did not fail. */
export function answersTo(message: string, { answers, failed }: Outcome): Map<string, Answer> {
  const lost = new Set(failed.map(({ peer }) => peer))
  const out = new Map<string, Answer>()
  for (const [peer, messages] of answers) {
    const answer = messages.get(message)
    if (answer !== undefined && !lost.has(peer)) out.set(peer, answer)
  }
  return out
}

/**
 * Iterates a query to its end, without which kad-dht does nothing. Ends at once when the signal aborts, whether or not kad-dht follows. Never
 * rejects.
 */
export async function run(start: () => AsyncIterable<DHTEvent>, signal: AbortSignal): Promise<Outcome> {
  const answers = new Map<string, Map<string, Answer>>()
  const values: Uint8Array[] = []
  const failed: FailedPeer[] = []
  const take = ({ name, from, messageName, record, value, error }: DHTEvent): void => {
    const peer = from?.toString()
    if (name === 'PEER_RESPONSE' && from !== undefined && peer !== undefined) {
      const messages = answers.get(peer) ?? new Map<string, Answer>()
      answers.set(peer, messages.set(messageName ?? '', { peer: from, value: record?.value }))
    } else if (name === 'VALUE' && value !== undefined) {
      values.push(value)
    } else if (name === 'QUERY_ERROR') {
      failed.push({ peer, error: error ?? new Error('the query failed') })
    }
  }
  let iterator: AsyncIterator<DHTEvent> | undefined
  try {
    signal.throwIfAborted()
    iterator = start()[Symbol.asyncIterator]()
    for (;;) {
      const next = await abortable(iterator.next(), signal)
      if (next.done === true) return { answers, values, failed, error: undefined }
      take(next.value)
    }
  } catch (error) {
    // A generator that hangs does not return either: nobody waits for it.
    iterator?.return?.().catch(() => {})
    return { answers, values, failed, error }
  }
}
