import { openManifest, run } from './fixtures/engine.ts';
import { allSteps, policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`same seed, same bytes, and a policy that computes every step is the uncached run, on ${backend}`, async ({ enginePage }) => {
    const page = await enginePage(backend);
    const manifest = await openManifest(page);
    const uncached = await run(page, SHORT_RUN);
    const again = await run(page, SHORT_RUN);
    const every = await run(page, { ...SHORT_RUN, policy: policyFor(manifest, SHORT_SIGMAS, allSteps(SHORT_RUN.stepCount)) });
    expect(uncached.trace.backend).toBe(backend);
    expect(again.latents).toEqual(uncached.latents);
    expect(again.pixels).toEqual(uncached.pixels);
    expect(every.trace.nfe).toBe(SHORT_RUN.stepCount);
    expect(every.latents).toEqual(uncached.latents);
    expect(every.pixels).toEqual(uncached.pixels);
  });
}

test('another seed and a smaller budget give other latents', async ({ enginePage }) => {
  const page = await enginePage('wasm');
  const uncached = await run(page, SHORT_RUN);
  const other = await run(page, { ...SHORT_RUN, seed: SHORT_RUN.seed + 1 });
  const half = await run(page, { ...SHORT_RUN, policy: policyFor(await openManifest(page), SHORT_SIGMAS, [0, 2, 4, 6]) });
  expect(other.latents).not.toEqual(uncached.latents);
  expect(half.latents).not.toEqual(uncached.latents);
});
