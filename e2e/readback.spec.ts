import type { Page, Worker } from '@playwright/test';
import { openManifest, run } from './fixtures/engine.ts';
import { policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

const PROBE_BYTES = 256;
const STEP_COUNT = 12;

function engineWorker(page: Page): Worker {
  const worker = page.workers().find((candidate) => candidate.url().includes('engine'));
  if (worker === undefined) throw new Error('The page runs no engine worker.');
  return worker;
}

test('nothing is read back inside the WebGPU loop, computed or reused', async ({ enginePage }) => {
  const page = await enginePage('webgpu');
  const manifest = await openManifest(page);
  const policy = policyFor(manifest, SHORT_SIGMAS, [0, 1, 3]);
  const { trace } = await run(page, { ...SHORT_RUN, policy });
  expect(trace.steps.map((step) => step.decision)).toEqual(['compute', 'compute', 'reuse', 'compute', 'reuse', 'reuse', 'reuse', 'reuse']);
  expect(trace.steps.map((step) => step.readbackBytes)).toEqual(trace.steps.map(() => 0));
  expect(trace.loopReadbackBytes).toBe(0);
  expect(trace.previewReadbackBytes).toBe(0);
});

test('one readback added inside the loop shows in the trace', async ({ enginePage }) => {
  const page = await enginePage('webgpu');
  const worker = engineWorker(page);
  // A buffer on a device of its own, ready before the run: only its mapping falls inside the loop.
  await worker.evaluate(async (bytes) => {
    const device = await (await navigator.gpu.requestAdapter())?.requestDevice();
    if (device === undefined) throw new Error('No WebGPU adapter in the worker.');
    const buffer = device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    Object.assign(globalThis, { readProbe: () => buffer.mapAsync(GPUMapMode.READ) });
  }, PROBE_BYTES);
  await page.exposeFunction('readProbeInWorker', () =>
    worker.evaluate(() => (globalThis as unknown as { readProbe(): Promise<void> }).readProbe()),
  );
  const { prompt, seed, guidanceScale } = SHORT_RUN;
  const trace = await page.evaluate(
    async (asked) => {
      const { readProbeInWorker } = window as unknown as { readProbeInWorker: () => Promise<void> };
      const request = { ...asked, policy: null, runId: crypto.randomUUID() };
      const outcome = await window.budcache.generate(request, (event) => {
        if (event.kind === 'steps' && event.steps.some(({ stepIndex }) => stepIndex === 1)) void readProbeInWorker();
      });
      if (!outcome.ok) throw new Error(outcome.error.message);
      return outcome.value.trace;
    },
    { prompt, seed, guidanceScale, stepCount: STEP_COUNT },
  );
  expect(trace.loopReadbackBytes).toBe(PROBE_BYTES);
  expect(trace.steps.filter((step) => step.readbackBytes > 0).map((step) => step.readbackBytes)).toEqual([PROBE_BYTES]);
});
