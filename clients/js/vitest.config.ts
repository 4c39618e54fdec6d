import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/*.test.ts'] } },
      // Real nodes on loopback; the machine may be slow.
      { test: { name: 'integration', include: ['tests/integration/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } }
    ]
  }
})
