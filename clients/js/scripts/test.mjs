// npm test: prepares what the integration tests need (projects.mjs) and runs vitest, whose arguments may follow. Those of `--project unit` need nothing.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needNode } from './node.mjs'

needNode()
const args = process.argv.slice(2)
if (!args.join(' ').includes('--project unit')) (await import('./projects.mjs')).prepareProjects()
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
process.exit(spawnSync(process.execPath, [vitest, 'run', ...args], { cwd: fileURLToPath(new URL('..', import.meta.url)), stdio: 'inherit' }).status ?? 1)
