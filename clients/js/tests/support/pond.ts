// The C++ node as a process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
export const PROGRAM = resolve(ROOT, process.env.POND ?? 'build/release/src/cli/pond')
const START_MS = 30_000

export function isBuilt(): boolean {
  try {
    accessSync(PROGRAM, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface PondNode {
  readonly addr: string
  readonly peerId: string
  stop(): Promise<void>
}

/** Keys and processes in a folder of their own. */
export class Pond {
  // Short, because the path of a control socket may have 107 bytes at most.
  readonly #folder = mkdtempSync(join(tmpdir(), 'oj-'))
  readonly #children: ChildProcess[] = []
  readonly #env = { HOME: this.#folder, XDG_RUNTIME_DIR: this.#folder }
  #count = 0

  newPath(): string {
    return join(this.#folder, `f${this.#count++}`)
  }

  /** Runs a verb to its end; its JSON. */
  verb(...args: string[]): any {
    return JSON.parse(execFileSync(PROGRAM, [...args, '--json'], { env: this.#env, encoding: 'utf8', timeout: START_MS }))
  }

  /** A new Ethereum key: its file, its address. */
  ethKey(): { file: string, address: string } {
    const file = this.newPath()
    const said = execFileSync(PROGRAM, ['key', 'eth', '--out', file], { env: this.#env, encoding: 'utf8' })
    return { file, address: /0x[0-9a-fA-F]{40}/.exec(said)![0] }
  }

  key(): string {
    const file = this.newPath()
    execFileSync(PROGRAM, ['key', 'new', '--out', file], { env: this.#env })
    return file
  }

  /** Resolves when it says that it is ready. */
  async start(role: 'bootstrap' | 'agent', ...args: string[]): Promise<PondNode> {
    const child = spawn(PROGRAM, [role, '--listen', '/ip4/127.0.0.1/tcp/0', '--control', this.newPath(), ...args], {
      env: this.#env, stdio: ['ignore', 'pipe', 'pipe']
    })
    this.#children.push(child)
    const lines: string[] = []
    let addr = ''
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
    await new Promise<void>((done, failed) => {
      const story = (what: string) => failed(new Error(`pond ${role} ${what}:\n${lines.join('\n')}`))
      const timer = setTimeout(() => story('is not ready'), START_MS)
      child.on('exit', () => story('ended'))
      child.on('error', failed)
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line)
        addr ||= /^listening (\/\S+\/p2p\/\S+)$/.exec(line)?.[1] ?? ''
        if (line !== 'ready') return
        clearTimeout(timer)
        done()
      })
    })
    const ended = new Promise<void>((done) => child.on('exit', () => done()))
    return {
      addr,
      peerId: addr.slice(addr.lastIndexOf('/') + 1),
      stop() {
        child.kill('SIGTERM')
        return ended
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.filter((child) => child.exitCode === null && child.signalCode === null).map((child) => {
      child.kill('SIGKILL')
      return new Promise((done) => child.on('exit', done))
    }))
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
