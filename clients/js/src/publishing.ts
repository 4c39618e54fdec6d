import { checkArgument, checkFunction, checkNode, checkSignal } from './arguments.js'
import { checkTimeout, pause } from './deadline.js'
import { rulesOf } from './lookup.js'
import type { DHTNode } from './node.js'
import { type PublishOptions, type Published, checkPublishOptions, publish } from './publish.js'

/** The document's interval. */
const INTERVAL_MS = 60_000
const JITTER = 0.05
const FIRST_RETRY_MS = 5_000

export interface PublishingOptions extends PublishOptions {
  /** From one publication to the next, in milliseconds: a minute by default; less or more by a twentieth, so that agents drift apart. */
  interval?: number
  /** Told of each publication that reached somebody. */
  onPublished?: (published: Published) => void
  /** Told of each one that failed. The next one comes sooner than otherwise, at first after 5 s. */
  onError?: (error: unknown) => void
}

/** Publications that go on. */
export interface Publishing {
  /** Ends them. Resolves when none is under way any more. */
  stop(): Promise<void>
}

const jittered = (milliseconds: number): number => milliseconds * (1 - JITTER + 2 * JITTER * Math.random())

/** A listener's own error must not end the publications; it surfaces as any uncaught error does. */
function tell<T>(listener: ((value: T) => void) | undefined, value: T): void {
  try {
    listener?.(value)
  } catch (err) {
    queueMicrotask(() => { throw err })
  }
}

/**
 * Publishes now and again and again, until `stop()` or the signal. Failures do not end it.
 *
 * @throws InvalidArgumentError at once
 */
export function startPublishing(node: DHTNode, options: PublishingOptions): Publishing {
  checkNode(node)
  checkPublishOptions(options)
  rulesOf(node, options)
  const { interval = INTERVAL_MS, onPublished, onError, signal, ...each } = options
  checkArgument(typeof interval === 'number' && interval >= 1000, 'interval is not a number of milliseconds from 1000 on')
  checkFunction(onPublished, 'onPublished')
  checkFunction(onError, 'onError')
  checkSignal(signal)
  if (each.timeout !== undefined) checkTimeout(each.timeout)
  const stopped = new AbortController()
  const stop = (): void => stopped.abort(signal?.reason)
  if (signal?.aborted === true) stop()
  else signal?.addEventListener('abort', stop, { once: true })

  const work = async (): Promise<void> => {
    let retry = FIRST_RETRY_MS
    while (!stopped.signal.aborted) {
      let wait = interval
      try {
        tell(onPublished, await publish(node, { ...each, signal: stopped.signal }))
        retry = FIRST_RETRY_MS
      } catch (err) {
        if (stopped.signal.aborted) break
        tell(onError, err)
        wait = Math.min(retry, interval)
        retry *= 2
      }
      await pause(jittered(wait), stopped.signal).catch(() => {})
    }
    signal?.removeEventListener('abort', stop)
  }
  const ended = work()
  return {
    stop() {
      stopped.abort()
      return ended
    }
  }
}
