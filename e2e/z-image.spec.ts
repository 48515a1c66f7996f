/** A model with classifier-free guidance and several sizes, as a person uses it. */
import { AxeBuilder } from '@axe-core/playwright';
import { openManifest, run } from './fixtures/engine.ts';
import { policyFor } from './fixtures/policies.ts';
import { readGolden } from './fixtures/golden.ts';
import { expect, test } from './fixtures/test.ts';

test('negative prompt and size are offered where the model takes them, and only there', async ({ studio, page }) => {
  const negative = page.getByRole('textbox', { name: 'Negative prompt' });
  const size = page.getByRole('combobox', { name: 'Size' });
  await studio.open({ backend: 'wasm' });
  await expect(negative).toBeHidden();
  await expect(size).toBeHidden();

  await page.getByRole('combobox', { name: 'Model' }).selectOption('micro-z-image');
  await expect(negative).toBeVisible();
  await studio.chooseSize('128×192');
  await page.getByRole('spinbutton', { name: 'Steps' }).fill('6');
  await negative.fill('a gray floor');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await studio.askFor('a small red cube', 5);
  await expect(studio.picture).toBeVisible();
  // Shown enlarged, in the size's own proportions.
  expect(await studio.picture.evaluate((canvas: HTMLCanvasElement) => canvas.width / canvas.height)).toBeCloseTo(128 / 192, 5);
  expect(await studio.distinctColours()).toBeGreaterThan(100);

  // Typed text and the chosen size outlive a reload.
  await page.reload();
  await expect(negative).toHaveValue('a gray floor');
  await expect(studio.generate).toBeEnabled();
  await expect(size).toHaveValue('128×192');
});

test('guidance runs two forwards a computed step, and both prompts count', async ({ enginePage }) => {
  const golden = readGolden('micro-z-image', 'guided-08-128x128');
  const page = await enginePage('wasm', 'micro-z-image');
  const policy = policyFor(await openManifest(page), golden.sigmas, golden.computedSteps);
  const base = { prompt: golden.prompt, negativePrompt: 'a gray floor', seed: 11, guidanceScale: 3, stepCount: 8, policy };
  const guided = await run(page, base);
  expect([guided.trace.nfe, guided.trace.forwards, guided.trace.cachedCalls]).toEqual([4, 8, 8]);
  const other = await run(page, { ...base, negativePrompt: 'a blue sky' });
  expect(other.latents).not.toEqual(guided.latents);
  const plain = await run(page, { ...base, guidanceScale: 0 });
  expect([plain.trace.nfe, plain.trace.forwards]).toEqual([4, 4]);
  expect((await run(page, { ...base, guidanceScale: 0, negativePrompt: 'a blue sky' })).latents).toEqual(plain.latents);
  expect((await run(page, base)).latents).toEqual(guided.latents);
});
