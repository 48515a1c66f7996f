/** The engine loses its worker, its device, its memory or its numbers in the middle of work. */
import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { Manifest } from '../src/protocol/manifest.ts';
import { destroyDevice, engineWorker, hangRuntime, killEngine, noteDevice, prepareHang } from './fixtures/engine-worker.ts';
import { run } from './fixtures/engine.ts';
import { SHORT_RUN } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

/** Long enough that the fault meets it. */
const LONG_RUN = { ...SHORT_RUN, stepCount: 400 };

/** Starts a run, lets `fault` happen after its second step, and gives the code that the caller gets. */
async function codeOfInterruptedRun(page: Page, fault: () => Promise<void>): Promise<string> {
  const twoStepsDone = page.evaluate(
    (request) =>
      new Promise<void>((resolve) => {
        const { prompt, seed, guidanceScale, stepCount, policy } = request;
        const outcome = window.budcache.generate(
          { runId: crypto.randomUUID(), prompt, seed, guidanceScale, stepCount, policy },
          (event) => {
            if (event.kind === 'steps' && event.steps.some(({ stepIndex }) => stepIndex === 1)) resolve();
          },
        );
        Object.assign(window, { interrupted: outcome });
      }),
    LONG_RUN,
  );
  await twoStepsDone;
  await fault();
  return page.evaluate(async () => {
    const outcome = await (window as unknown as { interrupted: ReturnType<typeof window.budcache.generate> }).interrupted;
    return outcome.ok ? 'ok' : outcome.error.code;
  });
}

test('a worker that ends without a word fails its calls, and the next run gives what it always gives', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  const before = await run(page, SHORT_RUN);
  expect(await codeOfInterruptedRun(page, () => killEngine(page))).toBe('worker-died');
  const after = await run(page, SHORT_RUN);
  expect(after.pixels).toEqual(before.pixels);
});

test('a person whose run loses its worker is told, keeps the picture before, and generates again', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  // Long enough that the fault meets it.
  const steps = page.getByRole('spinbutton', { name: 'Steps' });
  await steps.fill('600');
  await steps.press('Tab');
  const killed = page.evaluate(
    () => new Promise<void>((resolve) => {
      const progress = document.querySelector<HTMLProgressElement>('#progress');
      const timer = setInterval(() => {
        if (progress === null || progress.value === 0) return;
        clearInterval(timer);
        resolve();
      }, 5);
    }),
  );
  await studio.askFor('a blue cone on a sandy floor', 4);
  await killed;
  await killEngine(page);
  await expect(studio.alert).toContainText('worker-died');
  await expect(studio.picture).toBeVisible();
  await steps.fill('28');
  await steps.press('Tab');
  await studio.generate.click();
  await expect(studio.progress).toHaveJSProperty('value', 0);
  await expect(page.getByText(/^Took \d/)).toBeVisible();
});

test('a device that is lost fails the run, and the next one gives what it always gives', async ({ studio, page }) => {
  await noteDevice(page);
  await studio.open({ backend: 'webgpu' });
  // Two steps will do: a software adapter is slow, and starts anew with the new device.
  const twoSteps = { ...SHORT_RUN, stepCount: 2 };
  const before = await run(page, twoSteps);
  expect(await codeOfInterruptedRun(page, () => destroyDevice(page))).toBe('device-lost');
  const after = await run(page, twoSteps);
  expect(after.trace.backend).toBe('webgpu');
  expect(after.pixels).toEqual(before.pixels);
});

test('a runtime that hangs on a lost device is given up with its worker, and the next run gives what it always gives', async ({ studio, page }) => {
  // It takes 20 seconds to give up, and the software adapter starts twice.
  test.setTimeout(480_000);
  await noteDevice(page);
  await prepareHang(page);
  await studio.open({ backend: 'webgpu' });
  const twoSteps = { ...SHORT_RUN, stepCount: 2 };
  const before = await run(page, twoSteps);
  const givenUp = engineWorker(page).waitForEvent('close');
  const code = await codeOfInterruptedRun(page, async () => {
    await hangRuntime(page);
    await destroyDevice(page);
  });
  expect(code).toBe('worker-died');
  await givenUp;
  const after = await run(page, twoSteps);
  expect(after.pixels).toEqual(before.pixels);
});

test('a model whose numbers are none is told as such, and no picture is shown', async ({ studio, page }) => {
  await serveBundle(page, (manifest, weights) => {
    const notNumbers = Buffer.alloc(weights.byteLength);
    // Halves: sign and exponent all ones, the fraction not zero.
    for (let at = 0; at < notNumbers.byteLength; at += 2) notNumbers.writeUInt16LE(0x7e00, at);
    return [withWeights(manifest, { sha256: createHash('sha256').update(notNumbers).digest('hex') }), notNumbers];
  });
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.alert).toContainText('no numbers');
  await expect(studio.picture).toBeHidden();
  await expect(studio.generate).toBeEnabled();
});

test('a model too large for this machine’s memory is told as such, and another one opens', async ({ studio, page }) => {
  await serveBundle(page, (manifest, weights) => [withWeights(manifest, { bytes: 2 ** 50 }), weights]);
  await studio.visit({ backend: 'wasm' });
  await expect(studio.alert).toContainText('out-of-memory');
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(studio.generate).toBeEnabled();
});

/** The micro bundle with another manifest and other denoiser weights. */
async function serveBundle(page: Page, change: (manifest: Manifest, weights: Buffer) => readonly [Manifest, Buffer]): Promise<void> {
  await page.route('**/models/micro/{manifest.json,denoiser.bin}', async (route) => {
    const folder = new URL('./', route.request().url());
    const manifest = (await (await route.fetch({ url: new URL('manifest.json', folder).href })).json()) as Manifest;
    const weights = await (await route.fetch({ url: new URL('denoiser.bin', folder).href })).body();
    const [changedManifest, changedWeights] = change(manifest, weights);
    if (route.request().url().endsWith('.json')) await route.fulfill({ json: changedManifest });
    else await route.fulfill({ body: changedWeights });
  });
}

function withWeights(manifest: Manifest, patch: { readonly bytes?: number; readonly sha256?: string }): Manifest {
  const denoiser = manifest.weights['denoiser'];
  if (denoiser === undefined) throw new Error('The micro bundle has no denoiser weights.');
  return { ...manifest, weights: { ...manifest.weights, denoiser: { ...denoiser, ...patch } } };
}
