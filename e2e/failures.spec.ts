/** What can go wrong is told with its code, costs nothing that was there, and leaves the page usable. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../src/protocol/manifest.ts';
import { openManifest, run, tryRun } from './fixtures/engine.ts';
import { policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

const MANIFEST = join(dirname(fileURLToPath(import.meta.url)), '..', 'public', 'models', 'micro', 'manifest.json');

function denoiserFile(): string {
  const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
  const denoiser = manifest.weights['denoiser'];
  if (denoiser === undefined) throw new Error('The micro bundle has no denoiser weights.');
  return denoiser.file;
}

test('one flipped byte in a model file is an integrity mismatch, and a whole file mends it', async ({ studio, page }) => {
  const url = `**/models/micro/${denoiserFile()}`;
  await page.route(url, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[1000] = (body[1000] ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await studio.visit({ backend: 'wasm' });
  await expect(studio.alert).toContainText('integrity-mismatch');
  await expect(studio.generate).toBeDisabled();

  await page.unroute(url);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(studio.generate).toBeEnabled();
  await expect(studio.alert).toBeHidden();
});

test('a model file that does not arrive is a failed download', async ({ studio, page }) => {
  await page.route(`**/models/micro/${denoiserFile()}`, (route) => route.fulfill({ status: 503 }));
  await studio.visit({ backend: 'wasm' });
  await expect(studio.alert).toContainText('download-failed');
});

test('without IndexedDB everything works until the page is closed, and the page says so', async ({ studio, page }) => {
  await page.addInitScript(() => {
    // As browsers do where a person has forbidden storage.
    IDBFactory.prototype.open = () => {
      throw new DOMException('denied', 'SecurityError');
    };
  });
  await studio.open({ backend: 'wasm' });
  await expect(page.getByText(/until this page is closed/)).toBeVisible();
  await studio.importTestPolicy([0, 4, 9]);
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(3);
});

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`a failed run does not poison the next one on ${backend}`, async ({ enginePage }) => {
    const page = await enginePage(backend);
    const manifest = await openManifest(page);
    const before = await run(page, SHORT_RUN);
    const garbage = Array.from(before.latents, () => Number.NaN);
    const policy = policyFor(manifest, SHORT_SIGMAS, [0, 2]);
    const foreign = { ...policy, model: { kind: 'bound' as const, id: manifest.id, binding: 'f'.repeat(64) } };
    const failures = await Promise.all([
      tryRun(page, { ...SHORT_RUN, noise: garbage }),
      tryRun(page, { ...SHORT_RUN, policy: foreign }),
      tryRun(page, { ...SHORT_RUN, stepCount: 0 }),
    ]);
    expect(failures.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual(['internal', 'policy-mismatch', 'request-invalid']);
    const after = await run(page, SHORT_RUN);
    expect(after.pixels).toEqual(before.pixels);
  });
}
