import type { Page } from '@playwright/test';
import { MASK_OF_8 } from './fixtures/policies.ts';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

async function comparePictures(studio: StudioPage): Promise<void> {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy(MASK_OF_8);
  await studio.prompt.fill('a red cube on a sandy floor');
  await studio.seed.fill('5');
  await studio.compare.click();
  await expect(studio.fullRunPicture).toBeVisible();
  await expect(studio.result).toContainText(/FLIP\D*0\.\d{3}/);
}

/** Which picture is seen at a place of the viewer, given in fractions of its width. */
const seenAt = (page: Page, share: number): Promise<string | null> =>
  page.getByRole('group', { name: 'Picture viewer' }).evaluate((viewer, at) => {
    const { left, top, width, height } = viewer.getBoundingClientRect();
    return document.elementFromPoint(left + width * at, top + height * 0.3)?.getAttribute('aria-label') ?? null;
  }, share);

/** Brightness of a picture on the page, summed over all pixels. */
const brightness = (page: Page, name: string): Promise<number> =>
  page.getByRole('img', { name }).evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
    if (pixels === undefined) throw new Error('The picture is no canvas.');
    return pixels.data.reduce((sum, value, index) => (index % 4 === 3 ? sum : sum + value), 0);
  });

const view = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });

/** By its label, as a person does: the radio itself is not seen, so a click forced on it goes astray while the page moves. */
async function choose(page: Page, name: string): Promise<void> {
  await page.locator('label').filter({ has: view(page, name) }).click();
  await expect(view(page, name)).toBeChecked();
}

test('Compare holds the full run against the budgeted one, with PSNR, SSIM and FLIP', async ({ studio }) => {
  await comparePictures(studio);
  await expect(studio.picture).toBeVisible();
  await expect(studio.result).toContainText(/PSNR\D*\d+\.\d dB/);
  await expect(studio.result).toContainText(/SSIM\D*[01]\.\d{3}/);
});

test('Compare takes a full run that was made before and makes none anew', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.budget.press('End');
  await studio.askFor('a red cube on a sandy floor', 5);
  await expect(page.getByText('1 picture,')).toBeVisible();
  await studio.budget.press('Home');
  await studio.generate.click();
  await expect(page.getByText('2 pictures,')).toBeVisible();
  await studio.compare.click();
  await expect(studio.result).toContainText(/FLIP\D*0\.\d{3}/);
  await expect(studio.fullRunPicture).toBeVisible();
  await expect(page.getByText('2 pictures,')).toBeVisible();
});

test('the split is moved by keys and by dragging', async ({ studio, page }) => {
  await comparePictures(studio);
  const split = page.getByRole('slider', { name: 'Split' });
  await expect(split).toHaveAttribute('aria-valuenow', '50');
  expect([await seenAt(page, 0.45), await seenAt(page, 0.55)]).toEqual(['Full run image', 'Generated image']);

  await split.press('PageUp');
  await split.press('ArrowRight');
  await expect(split).toHaveAttribute('aria-valuenow', '62');
  expect(await seenAt(page, 0.51)).toBe('Full run image');
  await split.press('Home');
  expect(await seenAt(page, 0.45)).toBe('Generated image');
  await split.press('End');
  await expect(split).toHaveAttribute('aria-valuenow', '100');

  const viewer = await page.getByRole('group', { name: 'Picture viewer' }).boundingBox();
  if (viewer === null) throw new Error('The viewer is not on the page.');
  const middle = viewer.y + viewer.height / 2;
  await page.mouse.move(viewer.x + viewer.width * 0.5, middle);
  await page.mouse.down();
  await page.mouse.move(viewer.x + viewer.width * 0.4, middle, { steps: 4 });
  await page.mouse.up();
  expect([await seenAt(page, 0.34), await seenAt(page, 0.46)]).toEqual(['Full run image', 'Generated image']);
});

test('the difference is amplified by the gain, and FLIP has a map of its own', async ({ studio, page }) => {
  await comparePictures(studio);
  await choose(page, 'Difference');
  const dim = await brightness(page, 'Amplified difference');
  await page.getByRole('slider', { name: 'Gain' }).press('End');
  const bright = await brightness(page, 'Amplified difference');
  expect(dim).toBeGreaterThan(0);
  expect(bright).toBeGreaterThan(2 * dim);
  await page.getByRole('slider', { name: 'Gain' }).press('Home');
  expect(await brightness(page, 'Amplified difference')).toBeLessThan(dim);

  await choose(page, 'FLIP');
  await expect(page.getByRole('img', { name: 'FLIP map' })).toBeVisible();
});

test('two pictures side by side zoom and pan in step', async ({ studio, page }) => {
  await comparePictures(studio);
  await choose(page, 'Side by side');
  const places = async (): Promise<string[]> =>
    Promise.all([studio.fullRunPicture, studio.picture].map((picture) => picture.evaluate((canvas) => canvas.getAttribute('style') ?? '')));
  const viewer = page.getByRole('group', { name: 'Picture viewer' });
  const [fitted] = await places();

  await viewer.hover({ position: { x: 60, y: 60 } });
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -400);
  await page.keyboard.up('Control');
  await expect.poll(async () => (await places())[0]).not.toBe(fitted);
  const [left, right] = await places();
  expect(left).toBe(right);

  await viewer.focus();
  await page.keyboard.press('ArrowRight');
  const [panned, pannedToo] = await places();
  expect(panned).not.toBe(left);
  expect(panned).toBe(pannedToo);

  await page.keyboard.press('0');
  expect(await places()).toEqual([fitted, fitted]);
});

test('any two pictures of the gallery can be compared', async ({ studio, page }) => {
  await studio.open({ backend: 'wasm' });
  await studio.askFor('a red cube on a sandy floor', 5);
  await expect(studio.picture).toBeVisible();
  await studio.askFor('a red cube on a sandy floor', 6);
  await expect(studio.result).toContainText('seed 6');

  await choose(page, 'Split');
  await expect(page.getByRole('img', { name: 'Reference image' })).toBeVisible();
  await expect(studio.result).toContainText(/PSNR\D*\d+\.\d dB/);
  await page.getByRole('combobox', { name: 'Left picture' }).selectOption({ label: await optionOf(page, /seed 6/) });
  await expect(studio.result).toContainText(/PSNR\s*identical/);
  await expect(studio.result).toContainText(/FLIP\s*0\.000/);
});

async function optionOf(page: Page, label: RegExp): Promise<string> {
  const labels = await page.getByRole('combobox', { name: 'Left picture' }).locator('option').allTextContents();
  const found = labels.find((text) => label.test(text));
  if (found === undefined) throw new Error(`No picture ${label.source} among ${labels.join(', ')}`);
  return found;
}
