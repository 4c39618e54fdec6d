import { checkArgument, checkSignal } from './arguments.js'
import { TimeoutError } from './errors.js'

/** The time limits of OpenPond's document, in milliseconds. */
export const PUT_TIMEOUT_MS = 20_000
export const GET_TIMEOUT_MS = 10_000
export const OPERATION_TIMEOUT_MS = 30_000

/** Timers count in 32 bits; what does not fit would fire at once. */
const LONGEST_MS = 2 ** 31 - 1

export interface OperationOptions {
  /** Ends the operation, which then rejects with the signal's reason. */
  signal?: AbortSignal
  /** How long the operation may take, in milliseconds. */
  timeout?: number
}

/** Throws InvalidArgumentError. */
export function checkTimeout(milliseconds: unknown): void {
  checkArgument(typeof milliseconds === 'number' && milliseconds > 0, 'timeout is not a number of milliseconds above 0')
}

/** Runs `act` with a signal that aborts after `milliseconds`, with a TimeoutError as its reason, or together with the caller's. */
export async function withDeadline<T>(operation: string, milliseconds: number, signal: AbortSignal | undefined, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  checkTimeout(milliseconds)
  checkSignal(signal)
  signal?.throwIfAborted()
  const controller = new AbortController()
  const follow = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', follow, { once: true })
  const timer = setTimeout(() => controller.abort(new TimeoutError(operation, milliseconds)), Math.min(milliseconds, LONGEST_MS))
  try {
    return await act(controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', follow)
  }
}

/** Settles as `promise` does, or rejects with the signal's reason, whichever comes first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort!)
  }
}

/** Resolves after so many milliseconds, 24 days at most; rejects with the signal's reason when that comes first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await abortable(new Promise<void>((resolve) => { timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_MS)) }), signal)
  } finally {
    clearTimeout(timer)
  }
}
