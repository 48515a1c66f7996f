import { expect, test } from './fixtures/test.ts';

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`a prompt and a seed give a picture on ${backend}`, async ({ studio }) => {
    await studio.open({ backend });
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible({ timeout: 60_000 });
    await expect(studio.generate).toBeEnabled();
    await expect(studio.backend).toContainText(backend === 'wasm' ? /wasm|webassembly/i : /webgpu/i);
    expect(await studio.distinctColours()).toBeGreaterThan(16);
  });
}

test('the timeline shows the steps that were computed and reused', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy([0, 1, 3, 6, 10, 15, 20, 24]);
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(8);
  await expect(studio.timelineSteps(/Step \d+: reuses step/)).toHaveCount(20);
  await expect(studio.timelineSteps(/Step 3: reuses step 2, .* ms/)).toBeVisible();
});

test('the seconds are predicted before the run', async ({ studio }) => {
  await studio.open({ backend: 'wasm' });
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /\ds|\d s/);
});

test('the picture can be downloaded as a PNG', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  const download = page.waitForEvent('download');
  await studio.download.click();
  expect((await download).suggestedFilename()).toMatch(/\.png$/);
});
