import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'workers/**/*.test.ts', 'bench/**/*.test.ts'],
    environment: 'node',
    // An empty run is a broken set-up, not a pass.
    passWithNoTests: false,
    // A stray `.only` would silently drop the rest.
    allowOnly: false,
  },
});
