/** Why a record is refused. The same words as in `tests/vectors/eth_records.json`, so that every implementation says the same. */
export type RecordErrorCode =
  | 'bad-key'
  | 'too-large'
  | 'malformed'
  | 'unsigned'
  | 'wrong-domain'
  | 'bad-member'
  | 'wrong-network'
  | 'wrong-key'
  | 'wrong-sender'
  | 'from-the-future'
  | 'expired'
  | 'bad-signature'

export type OpenPondErrorCode = RecordErrorCode | 'invalid-argument' | 'timeout' | 'dial-failed' | 'not-stored' | 'query-failed' | 'not-ready'

/**
 * What every error of this package is; `code` tells which. What the caller's own things throw comes as it is: the reason of a signal, a wallet's refusal to
 * sign.
 */
export class OpenPondError extends Error {
  override name = 'OpenPondError'
  readonly code: OpenPondErrorCode

  constructor(code: OpenPondErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The messages of an error; those of its parts when it is one of several. */
function reasonOf(error: Error): string {
  const parts = error instanceof AggregateError ? error.errors.filter((part): part is Error => part instanceof Error) : []
  return parts.length === 0 ? error.message : parts.map(reasonOf).join(', ')
}

const textOf = (cause: unknown): string => (cause instanceof Error ? reasonOf(cause) : String(cause))

/** A record that nobody may store or believe. */
export class RecordError extends OpenPondError {
  override name = 'RecordError'
  declare readonly code: RecordErrorCode

  constructor(code: RecordErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options)
  }
}

/** An argument that cannot be right, found before anything was sent. */
export class InvalidArgumentError extends OpenPondError {
  override name = 'InvalidArgumentError'

  constructor(message: string, options?: ErrorOptions) {
    super('invalid-argument', message, options)
  }
}

/** The time of an operation ran out. {@link waitForDHT} says in `cause` how far it had come. */
export class TimeoutError extends OpenPondError {
  override name = 'TimeoutError'
  readonly operation: string
  readonly milliseconds: number

  constructor(operation: string, milliseconds: number, options?: ErrorOptions) {
    super('timeout', `${operation} took longer than ${milliseconds} ms`, options)
    this.operation = operation
    this.milliseconds = milliseconds
  }
}

/** No connection to the peer of a record. */
export class DialFailedError extends OpenPondError {
  override name = 'DialFailedError'
  readonly peerId: string

  constructor(peerId: string, cause: unknown) {
    super('dial-failed', `no connection to ${peerId}: ${textOf(cause)}`, { cause })
    this.peerId = peerId
  }
}

/** A peer that did not do what it was asked. */
export interface FailedPeer {
  /** Its peer id; undefined when the failure is nobody's in particular. */
  readonly peer: string | undefined
  readonly error: Error
}

/** No peer took the record. */
export class NotStoredError extends OpenPondError {
  override name = 'NotStoredError'
  readonly failed: readonly FailedPeer[]

  constructor(failed: readonly FailedPeer[], options?: ErrorOptions) {
    const what = failed.length === 0 ? 'there was no peer to store the record at' : `none of ${failed.length} peers stored the record`
    const reasons = new Set([...failed.map(({ error }) => error), ...(options?.cause === undefined ? [] : [options.cause])].map(textOf))
    super('not-stored', reasons.size === 0 ? what : `${what}: ${[...reasons].join(', ')}`, options)
    this.failed = failed
  }
}

/** A query ended with an error before anybody answered. */
export class QueryFailedError extends OpenPondError {
  override name = 'QueryFailedError'

  constructor(operation: string, cause: unknown) {
    super('query-failed', `${operation}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** An address that could not be dialled. */
export interface FailedAddress {
  readonly address: string
  readonly error: Error
}

/** The DHT did not work within the attempts that {@link waitForDHT} had. `stage` is how far the last one came. */
export class NotReadyError extends OpenPondError {
  override name = 'NotReadyError'
  readonly stage: 'connect' | 'put' | 'get'
  readonly attempts: number
  /** At the stage `connect`: why each bootstrap node's address failed, where it was dialled. */
  readonly failed: readonly FailedAddress[]

  constructor(stage: NotReadyError['stage'], attempts: number, failed: readonly FailedAddress[], cause: unknown) {
    const what = { connect: 'no connection to a bootstrap node', put: 'nobody stored a value', get: 'nobody gave the value back' }[stage]
    const reasons = failed.map(({ address, error }) => `${address}: ${reasonOf(error)}`)
    if (stage !== 'connect' && cause !== undefined) reasons.push(textOf(cause))
    super('not-ready', [`the DHT is not ready after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${what}`, ...reasons].join('\n  '), { cause })
    this.stage = stage
    this.attempts = attempts
    this.failed = failed
  }
}
