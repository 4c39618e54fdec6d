// A peer as a process: what it is to do comes from the environment (see the contract in ../../README.md), the outcome goes to stdout and
// the exit code, logs go to stderr.
import { setTimeout as delay } from 'node:timers/promises'
import { Board } from './board.mjs'
import { runRole } from './kademlia.mjs'
import { Unsupported, settingsOf } from './settings.mjs'
import { runTransport } from './transport.mjs'

const STOP_MS = 3_000
const FAILED = 1
const UNSUPPORTED = 3

const oneLine = (error) => (error.message || error.name || String(error)).replace(/\s+/g, ' ')
const say = (line) => process.stdout.write(line + '\n')

const opened = []
let ending

/** Closes what was opened and ends the process, within STOP_MS. The first call decides about the exit code. */
function end(code) {
  ending ??= Promise.race([Promise.allSettled(opened.map((close) => close())), delay(STOP_MS)]).then(() => process.exit(code))
  return ending
}

function report(error, settings) {
  console.error(error)
  if (ending !== undefined) return
  if (error instanceof Unsupported) {
    say('status: unsupported')
    say(`error: ${oneLine(error)}`)
    return end(UNSUPPORTED)
  }
  if (settings?.role === 'querier') say('status: fail')
  say(`error: ${oneLine(error)}`)
  return end(FAILED)
}

/** Runs the peer that the environment asks for. `loadKit` imports what it takes from its version of js-libp2p. */
export async function main(loadKit) {
  process.on('SIGINT', () => end(0))
  process.on('SIGTERM', () => end(0))
  let settings
  try {
    settings = settingsOf(process.env)
    // js-libp2p's own loggers read this variable when they are loaded.
    if (settings.debug) process.env.DEBUG = 'libp2p:*'
    const kit = await loadKit()
    const board = await Board.open(kit, settings)
    opened.push(() => board.close())
    const context = { kit, board, settings, say, open: (close) => opened.push(close) }
    const run = settings.transport === undefined ? runRole : runTransport
    const code = await run(context)
    if (code !== undefined) await end(code)
  } catch (error) {
    await report(error, settings)
  }
}
