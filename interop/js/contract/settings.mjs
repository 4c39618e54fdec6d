// What the environment asks for, checked.

/** The library, or this program, lacks what was asked for. */
export class Unsupported extends Error {
  name = 'Unsupported'
}

const ROLES = ['bootstrap', 'provider', 'querier']
const PROFILES = ['unified', 'openpond', 'ipfs']
const MODES = ['server', 'client']
const MAPPERS = ['passthrough', 'public']
const TRANSPORTS = ['tcp', 'ws']
const SECURE_CHANNELS = ['noise', 'tls']
const MUXERS = ['yamux']

function choice(env, name, choices, otherwise) {
  const value = env[name] || otherwise
  if (!choices.includes(value)) throw new Error(`${name} is ${value ?? 'not set'}, not one of ${choices.join(', ')}`)
  return value
}

function supported(env, name, choices) {
  if (!choices.includes(env[name])) throw new Unsupported(`${name} ${env[name] ?? 'is not set'}`)
  return env[name]
}

function redisOf(env) {
  const match = /^\[?(.+?)\]?:(\d+)$/.exec(env.REDIS_ADDR ?? '')
  if (match === null) throw new Error('REDIS_ADDR is not host:port')
  return { host: match[1], port: Number(match[2]) }
}

function transportOf(env) {
  const seconds = Number(env.TEST_TIMEOUT_SECS || 180)
  if (!(seconds > 0)) throw new Error('TEST_TIMEOUT_SECS is not a number of seconds')
  return {
    isDialer: choice(env, 'IS_DIALER', ['true', 'false']) === 'true',
    transport: supported(env, 'TRANSPORT', TRANSPORTS),
    secureChannel: supported(env, 'SECURE_CHANNEL', SECURE_CHANNELS),
    muxer: supported(env, 'MUXER', MUXERS),
    listenerIp: env.LISTENER_IP || '0.0.0.0',
    timeoutMs: seconds * 1000
  }
}

/** Throws on what makes no sense, and Unsupported on what is not to be had. With `transport` set it is a peer of that suite. */
export function settingsOf(env) {
  if (!env.TEST_KEY) throw new Error('TEST_KEY is not set')
  const common = { redis: redisOf(env), key: env.TEST_KEY, debug: env.DEBUG === 'true' }
  if (env.IS_DIALER) return { ...common, transport: transportOf(env) }
  const role = choice(env, 'ROLE', ROLES)
  const profile = choice(env, 'PROFILE', PROFILES, 'unified')
  const mode = role === 'provider' ? choice(env, 'MODE', MODES, 'server') : role === 'bootstrap' ? 'server' : 'client'
  const mapper = choice(env, 'ADDRESS_MAPPER', MAPPERS, 'passthrough')
  return { ...common, role, profile, mode, mapper, force: env.FORCE === 'true' }
}
