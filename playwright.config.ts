/** End-to-end tests against the built page under `vite preview`, in one Chromium with and without WebGPU. */
import { defineConfig } from '@playwright/test';
import { findBrowser } from './scripts/find-browser.mjs';

const executablePath = findBrowser();
if (executablePath === null) {
  throw new Error('No Chromium for the e2e tests. Run: node scripts/ensure-setup.mjs packages browser');
}

const port = Number(process.env['E2E_PORT'] ?? 4188);

/** Quiet, offline, no first-run pages. */
const QUIET_FLAGS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium's software adapter on every machine, so that tests mean the same with and without a GPU. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  // A software adapter on a busy machine decodes a picture in ten seconds or more.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${port}/`,
    trace: 'retain-on-failure',
    // A service worker would answer before the tests' own routes; static-host.spec.ts allows it.
    serviceWorkers: 'block',
    launchOptions: { executablePath, args: QUIET_FLAGS },
  },
  webServer: {
    command: `npx vite preview --port ${port} --strictPort`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
  },
  projects: [
    {
      name: 'webgpu',
      use: { launchOptions: { executablePath, args: [...QUIET_FLAGS, ...SOFTWARE_WEBGPU] } },
      testIgnore: ['**/no-webgpu.spec.ts'],
    },
    {
      name: 'no-webgpu',
      use: { launchOptions: { executablePath, args: [...QUIET_FLAGS, '--disable-features=WebGPU,WebGPUService'] } },
      testMatch: ['**/no-webgpu.spec.ts'],
    },
  ],
});
