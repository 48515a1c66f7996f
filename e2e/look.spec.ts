import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { MASK_OF_8 } from './fixtures/policies.ts';
import { expect, test } from './fixtures/test.ts';

const VIEWS = ['Picture', 'Split', 'Side by side', 'Difference', 'FLIP'];

const ground = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test('a chosen theme wins over the system’s and is kept; the system’s can be had back', async ({ studio, page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await studio.visit({ backend: 'wasm' });
  const light = await ground(page);
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  const dark = await ground(page);
  expect(dark).not.toBe(light);

  // Before any module has run.
  await page.route('**/assets/index-*.js', () => undefined);
  await page.reload({ waitUntil: 'commit' });
  await expect.poll(() => ground(page)).toBe(dark);
  await page.unroute('**/assets/index-*.js');

  await page.reload();
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await page.getByRole('radio', { name: 'As the system' }).check({ force: true });
  expect(await ground(page)).toBe(light);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await ground(page)).toBe(dark);
});

test('axe finds nothing in any view of two pictures, and none needs sideways scrolling on a phone', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy(MASK_OF_8);
  await studio.compare.click();
  await expect(studio.result).toContainText(/FLIP\D*0\.\d{3}/);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const view of VIEWS) {
    await page.getByRole('radio', { name: view, exact: true }).check({ force: true });
    const { violations } = await new AxeBuilder({ page }).include('#stage').include('.timeline').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`), view).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), view).toBeLessThanOrEqual(360);
  }
});

test('on a phone Generate is in sight at once, and the picture comes into sight with its run', async ({ studio, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await studio.open({ backend: 'wasm' });
  await expect(studio.generate).toBeInViewport({ ratio: 1 });
  const viewer = page.getByRole('group', { name: 'Picture viewer' });
  await expect(viewer).not.toBeInViewport();
  await studio.generate.click();
  await expect(viewer).toBeInViewport({ ratio: 0.99 });
  await expect(studio.picture).toBeInViewport({ ratio: 0.99 });
  await expect(studio.generate).toBeInViewport();
});

test('nothing moves for those who asked for calm', async ({ studio, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await studio.open({ backend: 'wasm' });
  const names = await page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName === 'none' && transitionDuration === '0s' ? [] : [element.tagName];
    }),
  );
  expect(names).toEqual([]);
});

test('without a connection the page says so and goes on', async ({ studio, page, context }) => {
  await studio.open({ backend: 'wasm' });
  await context.setOffline(true);
  await expect(page.getByRole('status').filter({ hasText: 'Offline' })).toBeVisible();
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await context.setOffline(false);
  await expect(page.getByRole('status').filter({ hasText: 'Offline' })).toHaveCount(0);
});
