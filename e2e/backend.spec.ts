import { SHORT_RUN } from './fixtures/requests.ts';
import { run } from './fixtures/engine.ts';
import { expect, test } from './fixtures/test.ts';

test('the page is cross-origin isolated, and the tests’ browser has a WebGPU adapter', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const facts = await page.evaluate(async () => ({
    isolated: crossOriginIsolated,
    adapter: 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null,
  }));
  expect(facts).toEqual({ isolated: true, adapter: true });
});

test('a software adapter is left for WASM, and the page says so', async ({ studio, page }) => {
  await studio.open();
  await expect(studio.backend).toContainText('WASM');
  await expect(studio.backend).toContainText('software');
  const { trace } = await run(page, SHORT_RUN);
  expect(trace.backend).toBe('wasm');
});

test('WASM runs threaded', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const report = await page.evaluate(() => ({ cores: navigator.hardwareConcurrency, threads: window.budcache.backend?.threads }));
  expect(report.threads).toBe(Math.min(report.cores, 8));
});
