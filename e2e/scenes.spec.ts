/** The bundled model, once, on WASM. */
import { testParity } from './fixtures/parity.ts';
import { expect, test } from './fixtures/test.ts';

test('the bundled model makes a picture under a budget', async ({ studio }) => {
  await studio.open({ model: 'scenes', backend: 'wasm' });
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^10 of 28/);
  await studio.askFor('a large shiny red sphere on a wooden floor under a blue sky', 1);
  await expect(studio.picture).toBeVisible({ timeout: 90_000 });
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(10);
});

testParity({ model: 'scenes', golden: 'steps-28', backend: 'wasm', minLatentDb: 70 });
