/** `full` as a chain of three sub-graphs: the numbers of the whole graph, on both backends, from files of this machine. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openManifest, run } from './fixtures/engine.ts';
import { readGolden } from './fixtures/golden.ts';
import { latentPsnrDb, psnrDb, rgbOf } from './fixtures/metrics.ts';
import { allSteps, policyFor, shiftedByOneStep } from './fixtures/policies.ts';
import { expect, test } from './fixtures/test.ts';

/** The micro pipeline exported with `--parts 3`; training/tests/test_export_chain.py holds it to the command. */
const BUNDLE = join(dirname(fileURLToPath(import.meta.url)), 'fixtures', 'models', 'micro-cut');

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`a chain of three gives what diffusers gives, uncached and cached: ${backend}`, async ({ studio, page }) => {
    await studio.open({ backend });
    await page.getByRole('button', { name: 'Other models' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose files' }).click();
    await (await chooser).setFiles(readdirSync(BUNDLE).map((file) => join(BUNDLE, file)));
    await page.getByRole('button', { name: 'Download and open' }).click();
    await expect.poll(() => page.evaluate(() => window.budcache.model?.manifest.id), { timeout: 60_000 }).toBe('micro-cut');
    const manifest = await openManifest(page);
    expect(manifest.components.full.chain).toHaveLength(3);

    const golden = readGolden('micro', 'steps-08');
    const { prompt, seed, guidanceScale, stepCount, noise, sigmas, computedSteps } = golden;
    const under = (mask: readonly number[], times = sigmas) =>
      run(page, { prompt, seed, guidanceScale, stepCount, noise, policy: policyFor(manifest, times, mask) });
    for (const [what, mask, reference] of [
      ['uncached', allSteps(stepCount), golden.uncached],
      ['cached', computedSteps, golden.cached],
    ] as const) {
      const found = await under(mask);
      const latentDb = latentPsnrDb(reference.latents, found.latents);
      const pictureDb = psnrDb(reference.picture, rgbOf(found.pixels), 255);
      console.log(`    parity micro-cut ${what} on ${backend}: latents ${latentDb.toFixed(1)} dB, picture ${pictureDb.toFixed(1)} dB`);
      expect(latentDb).toBeGreaterThanOrEqual(60);
      expect(pictureDb).toBeGreaterThanOrEqual(40);
    }
    const late = await under(allSteps(stepCount), shiftedByOneStep(sigmas));
    expect(latentPsnrDb(golden.uncached.latents, late.latents), 'a time shifted by one step must be seen').toBeLessThan(60);
  });
}
