// Runs the interop tests with Node's own test runner: every js-libp2p version against `pond`.
//
//   node interop/js/run-tests.mjs [--self] [--js js2|js3] [--name PATTERN] [--reporter NAME] [FILE]...
//
// --self puts js-libp2p in the place of `pond`, which proves the tests themselves. POND names the program to test;
// without it that is build/release/src/cli/pond. A FILE is one of tests/, without its .test.mjs.
import { spawn } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { pond } from './lib/pond.mjs'
import { bound } from './lib/processes.mjs'

const TESTS = fileURLToPath(new URL('tests', import.meta.url))
// The tests wait for processes more than they compute.
const FILES_AT_ONCE = 2

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    self: { type: 'boolean', default: false },
    js: { type: 'string' },
    name: { type: 'string' },
    reporter: { type: 'string', default: 'spec' }
  }
})

if (!options.self) {
  try {
    accessSync(pond.program, constants.X_OK)
  } catch {
    console.error(`${pond.program} is not there: build it, or set POND to its path`)
    process.exit(1)
  }
}

const names = positionals.length > 0 ? positionals.map((name) => `${name}.test.mjs`) : readdirSync(TESTS)
const files = names.filter((name) => name.endsWith('.test.mjs')).map((name) => join(TESTS, name))
const flags = ['--test', `--test-concurrency=${FILES_AT_ONCE}`, `--test-reporter=${options.reporter}`]
if (options.name !== undefined) flags.push(`--test-name-pattern=${options.name}`)
const env = { ...process.env, INTEROP_SELF: options.self ? '1' : '0' }
if (options.js !== undefined) env.INTEROP_JS = options.js

const runner = spawn(...bound(process.execPath, [...flags, ...files]), { stdio: ['ignore', 'inherit', 'inherit'], env })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => runner.kill(signal))
runner.on('close', (code) => process.exit(code ?? 1))
