/** In a browser without WebGPU. */
import { SHORT_RUN } from './fixtures/requests.ts';
import { run } from './fixtures/engine.ts';
import { expect, test } from './fixtures/test.ts';

test('without WebGPU the page runs on WASM and says why', async ({ studio, page }) => {
  await studio.open();
  await expect(studio.backend).toContainText('WASM');
  await expect(studio.backend).toContainText('no WebGPU adapter');
  const { trace } = await run(page, SHORT_RUN);
  expect(trace.backend).toBe('wasm');
});

test('asking for WebGPU where there is none fails with its code', async ({ studio }) => {
  await studio.visit({ backend: 'webgpu' });
  await expect(studio.alert).toContainText('webgpu-unavailable');
  await expect(studio.generate).toBeDisabled();
});
