import { MASK_OF_8 } from './fixtures/policies.ts';
import { expect, test } from './fixtures/test.ts';

const PROMPT = 'a red cube on a sandy floor';

test('a prompt and a seed give a picture on WASM', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  await expect(studio.backend).toContainText('WASM');
  await studio.askFor(PROMPT, 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.generate).toBeEnabled();
  expect(await studio.distinctColours()).toBeGreaterThan(16);
});

// The software adapter is slow enough for a run to be caught in the middle.
test('Cancel ends a run on WebGPU, and the next one gives a picture', async ({ studio }) => {
  test.setTimeout(400_000);
  await studio.open({ backend: 'webgpu' });
  await expect(studio.backend).toContainText('WebGPU');
  await studio.askFor(PROMPT, 3);
  // Waits behind the measuring of the machine.
  await expect(studio.timelineSteps(/Step 2: .* ms/)).toBeVisible({ timeout: 180_000 });
  await studio.cancel.click();
  await expect(studio.generate).toBeEnabled();
  await expect(studio.picture).toBeHidden();
  await expect(studio.alert).toHaveCount(0);

  await studio.generate.click();
  await expect(studio.picture).toBeVisible({ timeout: 120_000 });
  expect(await studio.distinctColours()).toBeGreaterThan(16);
});

test('the timeline shows the steps that were computed and reused', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy(MASK_OF_8);
  await studio.askFor(PROMPT, 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(8);
  await expect(studio.timelineSteps(/Step \d+: reuses step/)).toHaveCount(20);
  await expect(studio.timelineSteps(/Step 3: reuses step 2, .* ms/)).toBeVisible();
});

test('the seconds are told before the run, less for a smaller budget', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  const predictedSeconds = async (): Promise<number> => {
    await expect(studio.budget).toHaveAttribute('aria-valuetext', /[\d.]+ s$/);
    const text = await studio.budget.getAttribute('aria-valuetext');
    return Number(/([\d.]+) s$/.exec(text ?? '')?.[1]);
  };
  await studio.budget.press('End');
  const full = await predictedSeconds();
  await studio.budget.press('Home');
  const least = await predictedSeconds();
  expect(least).toBeGreaterThan(0);
  expect(least).toBeLessThan(full);
});

test('the picture can be downloaded as a PNG', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor(PROMPT, 3);
  await expect(studio.picture).toBeVisible();
  const download = page.waitForEvent('download');
  await studio.download.click();
  expect((await download).suggestedFilename()).toMatch(/\.png$/);
});
