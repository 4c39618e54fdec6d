// Once more, when it did not work: the others of a test may still be on their way.
import { setTimeout as delay } from 'node:timers/promises'
import { within } from '../lib/processes.mjs'

const ATTEMPTS = 10
const PAUSE_MS = 1_000
const ATTEMPT_MS = 10_000
// What does not heed its signal is left behind.
const GRACE_MS = 1_000

/** Resolves with what `act(signal)` resolves with, or rejects as its last attempt did. */
export async function attempts(what, act) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await within(ATTEMPT_MS + GRACE_MS, act(AbortSignal.timeout(ATTEMPT_MS)), () => `${what} did not end`)
    } catch (error) {
      console.error(`${what}, attempt ${attempt}: ${error.message}`)
      if (attempt === ATTEMPTS) throw error
      await delay(PAUSE_MS)
    }
  }
}
