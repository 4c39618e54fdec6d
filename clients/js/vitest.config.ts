import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      // The machine may be slow.
      { test: { name: 'unit', include: ['tests/unit/*.test.ts'], testTimeout: 60_000 } },
      // Real nodes on loopback.
      { test: { name: 'integration', include: ['tests/integration/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } }
    ]
  }
})
