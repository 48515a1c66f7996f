import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { MASK_OF_8 } from './fixtures/policies.ts';
import { expect, test } from './fixtures/test.ts';

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on the main states (${colorScheme})`, async ({ studio, page }) => {
    await page.emulateMedia({ colorScheme });
    await studio.open({ backend: 'wasm' });
    expect(await violations(page), 'ready').toEqual([]);

    await studio.importFile('bad.json', 'no policy');
    await expect(studio.alert).toContainText('policy-invalid');
    expect(await violations(page), 'with an error').toEqual([]);

    await studio.importTestPolicy(MASK_OF_8);
    await studio.askFor('a red cube on a sandy floor', 3);
    await expect(studio.picture).toBeVisible();
    expect(await violations(page), 'with a picture').toEqual([]);

    await studio.compare.click();
    await expect(studio.fullRunPicture).toBeVisible();
    expect(await violations(page), 'with a comparison').toEqual([]);
  });
}

test('a phone’s width needs no sideways scrolling', async ({ studio, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test('the page works by keyboard alone', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.prompt.focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('a blue cone');
  await studio.generate.focus();
  await page.keyboard.press('Enter');
  await expect(studio.picture).toBeVisible();
});
