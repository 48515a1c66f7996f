import { run, tryRun } from './fixtures/engine.ts';
import { SHORT_RUN } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

test('Cancel ends a run and leaves the page ready for the next one', async ({ studio }) => {
  // The software adapter is slow enough to be caught in the middle.
  await studio.open({ backend: 'webgpu' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.timelineSteps(/Step 2: computed, .* ms/)).toBeVisible();
  await studio.cancel.click();
  await expect(studio.generate).toBeEnabled();
  await expect(studio.picture).toBeHidden();
  await expect(studio.alert).toBeHidden();

  await studio.generate.click();
  await expect(studio.picture).toBeVisible({ timeout: 60_000 });
});

for (const backend of ['wasm', 'webgpu'] as const) {
  test(`a cancelled run says so, and the next one gives what it always gives, on ${backend}`, async ({ studio, page }) => {
    await studio.open({ backend });
    const before = await run(page, SHORT_RUN);
    const cancelled = await tryRun(page, { ...SHORT_RUN, stepCount: 200, cancelAtStep: 2 });
    expect(cancelled).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    const after = await run(page, SHORT_RUN);
    expect(after.pixels).toEqual(before.pixels);
  });
}
