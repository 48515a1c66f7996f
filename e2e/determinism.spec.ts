import { openManifest, run } from './fixtures/engine.ts';
import { allSteps, policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`the same seed gives the same bytes on ${backend}, another seed others`, async ({ studio, page }) => {
    await studio.open({ backend });
    const first = await run(page, SHORT_RUN);
    const again = await run(page, SHORT_RUN);
    const other = await run(page, { ...SHORT_RUN, seed: SHORT_RUN.seed + 1 });
    expect(first.trace.backend).toBe(backend);
    expect(again.latents).toEqual(first.latents);
    expect(again.pixels).toEqual(first.pixels);
    expect(other.latents).not.toEqual(first.latents);
  });

  test(`a policy that computes every step is the uncached run bit for bit on ${backend}`, async ({ studio, page }) => {
    await studio.open({ backend });
    const manifest = await openManifest(page);
    const uncached = await run(page, SHORT_RUN);
    const every = await run(page, { ...SHORT_RUN, policy: policyFor(manifest, SHORT_SIGMAS, allSteps(SHORT_RUN.stepCount)) });
    const half = await run(page, { ...SHORT_RUN, policy: policyFor(manifest, SHORT_SIGMAS, [0, 2, 4]) });
    expect(every.trace.nfe).toBe(SHORT_RUN.stepCount);
    expect(every.latents).toEqual(uncached.latents);
    expect(every.pixels).toEqual(uncached.pixels);
    expect(half.latents, 'reusing residuals must change something, or this test sees nothing').not.toEqual(uncached.latents);
  });
}
