import type { Page } from '@playwright/test';
import type { BackendKind } from '../src/protocol/engine.ts';
import { openManifest } from './fixtures/engine.ts';
import { policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

const FLOAT_BYTES = 4;

interface WatchedRun {
  readonly latents: number[];
  readonly pixels: number[];
  readonly previewSteps: number[];
  readonly previewColours: number;
  readonly loopReadbackBytes: number;
  readonly previewReadbackBytes: number;
  readonly previewMs: number;
}

async function watchedRun(page: Page, preview: boolean): Promise<WatchedRun> {
  const policy = policyFor(await openManifest(page), SHORT_SIGMAS, [0, 1, 3]);
  const { prompt, seed, guidanceScale, stepCount } = SHORT_RUN;
  return page.evaluate(
    async (request) => {
      const previewSteps: number[] = [];
      const colours = new Set<number>();
      const outcome = await window.budcache.generate({ ...request, runId: crypto.randomUUID(), keepLatents: true }, (event) => {
        if (event.kind !== 'preview') return;
        previewSteps.push(event.stepIndex);
        for (const pixel of new Uint32Array(event.picture.data.buffer)) colours.add(pixel);
      });
      if (!outcome.ok) throw new Error(outcome.error.message);
      const { latents, picture, trace } = outcome.value;
      const { loopReadbackBytes, previewReadbackBytes, previewMs } = trace;
      return {
        latents: Array.from(latents ?? []),
        pixels: Array.from(picture.data),
        previewSteps,
        previewColours: colours.size,
        loopReadbackBytes,
        previewReadbackBytes,
        previewMs,
      };
    },
    { prompt, seed, guidanceScale, stepCount, policy, preview },
  );
}

for (const backend of ['wasm', 'webgpu'] satisfies BackendKind[]) {
  test(`previews never change the result, and their cost is told apart (${backend})`, async ({ enginePage }) => {
    const page = await enginePage(backend);
    const { latent } = await openManifest(page);
    const plain = await watchedRun(page, false);
    const watched = await watchedRun(page, true);
    expect(watched.latents).toEqual(plain.latents);
    expect(watched.pixels).toEqual(plain.pixels);
    expect(plain.latents).toHaveLength(latent.channels * latent.height * latent.width);

    expect([plain.previewSteps, plain.previewMs, plain.previewReadbackBytes]).toEqual([[], 0, 0]);
    expect(watched.previewSteps).toEqual(SHORT_SIGMAS.slice(2).map((_, stepIndex) => stepIndex));
    expect(watched.previewColours).toBeGreaterThan(latent.width);
    expect(watched.previewMs).toBeGreaterThan(0);
    const bytesEach = backend === 'webgpu' ? FLOAT_BYTES * plain.latents.length : 0;
    expect([watched.loopReadbackBytes, watched.previewReadbackBytes]).toEqual([0, watched.previewSteps.length * bytesEach]);
  });
}

test('a person sees a run take shape when asked, and the wish is kept', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const toggle = page.getByRole('checkbox', { name: 'Live previews' });
  await expect(toggle).not.toBeChecked();
  await toggle.check();
  await page.evaluate(() => {
    const preview = document.querySelector('[aria-label="Live preview"]');
    new MutationObserver(() => {
      if (preview?.checkVisibility() === true) document.documentElement.dataset['previewSeen'] = 'yes';
    }).observe(document.body, { attributes: true, subtree: true });
  });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.result).toContainText(/The last run’s took [\d.]+ ms/);
  expect(await page.evaluate(() => document.documentElement.dataset['previewSeen'])).toBe('yes');
  await expect(page.getByRole('img', { name: 'Live preview' })).toBeHidden();
  await page.reload();
  await expect(toggle).toBeChecked();
});
