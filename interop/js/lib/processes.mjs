// Child processes of a test: started, listened to line by line, and gone when the test's own process is gone, however that ends.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

const STDERR_LINES_KEPT = 200
const STOP_MS = 5_000
const PARENT_CHECK_MS = 500
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))

/** The command that runs a program so that the kernel kills it when this process dies, be it by SIGKILL. */
export function bound(file, args) {
  return SETPRIV ? [SETPRIV, ['--pdeathsig', 'KILL', '--', file, ...args]] : [file, args]
}

const running = new Set()

/** From now on nothing that runs outlives this process, and this process does not outlive the test runner that started it. */
let guarded = false
function guard() {
  if (guarded) return
  guarded = true
  process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(signal, () => process.exit(code))
  const parent = process.ppid
  setInterval(() => process.ppid === parent || process.exit(1), PARENT_CHECK_MS).unref()
}

/** Settles as `promise` does, or rejects with the text of `what()` after `ms`. */
export async function within(ms, promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${ms} ms: ${what()}`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export class Process {
  #waiting = new Set()

  /** Starts the program at once. `env` is all that it gets of an environment; `cwd` is where it runs. */
  constructor(file, args, { env = {}, cwd, name = file } = {}) {
    this.name = name
    this.lines = []
    this.errors = []
    guard()
    this.child = spawn(...bound(file, args), { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    running.add(this.child)
    this.child.stdin.on('error', () => {})
    // What a failed test left behind must not keep its file from ending; whoever waits for a child has a deadline, which does.
    for (const handle of [this.child, this.child.stdin, this.child.stdout, this.child.stderr]) handle.unref()
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#line(line))
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      this.errors.push(line)
      if (this.errors.length > STDERR_LINES_KEPT) this.errors.shift()
    })
    this.ended = new Promise((resolve) => {
      this.child.on('error', (err) => this.#end(resolve, { code: null, signal: err.message }))
      this.child.on('close', (code, signal) => this.#end(resolve, { code, signal }))
    })
  }

  #end(resolve, how) {
    running.delete(this.child)
    resolve(how)
  }

  #line(line) {
    this.lines.push(line)
    for (const offer of this.#waiting) offer(line)
  }

  story() {
    return `${this.name} wrote:\n${[...this.lines.slice(-20), '-- stderr --', ...this.errors.slice(-40)].join('\n')}`
  }

  /** The first line, past or to come, for which `matches` returns something; resolves with what it returned. */
  async line(matches, ms) {
    for (const line of this.lines) {
      const found = matches(line)
      if (found) return found
    }
    let offer
    const found = new Promise((resolve) => {
      offer = (line) => {
        const result = matches(line)
        if (result) resolve(result)
      }
      this.#waiting.add(offer)
    })
    const ended = this.ended.then(({ code, signal }) => {
      throw new Error(`${this.name} ended (${code ?? signal}) before the line came\n${this.story()}`)
    })
    try {
      return await within(ms, Promise.race([found, ended]), () => `a line was awaited; ${this.story()}`)
    } finally {
      this.#waiting.delete(offer)
    }
  }

  /** Resolves with what `begin` resolves with; when that fails the process ends too, since nobody will know of it. */
  async started(begin) {
    try {
      return await begin()
    } catch (err) {
      await this.#kill()
      throw err
    }
  }

  async #kill() {
    this.child.kill('SIGKILL')
    await within(STOP_MS, this.ended, () => `${this.name} did not end on SIGKILL`)
  }

  write(text) {
    this.child.stdin.write(text)
  }

  /** Asks it to end and waits; resolves with {code, signal}, and rejects when it had to be killed. */
  async stop(signal = 'SIGTERM') {
    this.child.kill(signal)
    try {
      return await within(STOP_MS, this.ended, () => `${this.name} did not end on ${signal}; ${this.story()}`)
    } catch (err) {
      await this.#kill()
      throw err
    }
  }

  /** As stop, and anything but exit 0 is an error. */
  async stopCleanly() {
    const { code, signal } = await this.stop()
    if (code !== 0) throw new Error(`${this.name} ended with ${code ?? signal}; ${this.story()}`)
  }
}

/** Runs a program to its end. Resolves with {code, stdout, stderr}. */
export async function run(file, args, { env = {}, cwd, name = [file, ...args].join(' '), input, timeoutMs = 60_000 } = {}) {
  const process = new Process(file, args, { env, cwd, name })
  process.child.stdin.end(input)
  try {
    const { code, signal } = await within(timeoutMs, process.ended, () => process.story())
    if (code === null) throw new Error(`${process.name} was ended by ${signal}\n${process.story()}`)
    return { code, stdout: process.lines.join('\n'), stderr: process.errors.join('\n') }
  } finally {
    process.child.kill('SIGKILL')
  }
}
