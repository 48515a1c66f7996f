/** Nothing finished is lost: pictures are stored as they come, and go only when the person says so. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { GalleryPage } from './fixtures/gallery-page.ts';
import type { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

const PROMPT = 'a red cube on a sandy floor';

/** For half a minute after a write Chromium takes the room that there was for the room that there is. */
const CHROMIUM_BELIEVES_MS = 35_000;

/** A page with a picture from each of these seeds, the last one on the stage. */
async function withPictures(studio: StudioPage, seeds: readonly number[]): Promise<GalleryPage> {
  const gallery = new GalleryPage(studio.page);
  await studio.open({ backend: 'wasm' });
  for (const [index, seed] of seeds.entries()) {
    await studio.askFor(PROMPT, seed);
    await expect(gallery.pictures).toHaveCount(index + 1);
    await expect(studio.generate).toBeEnabled();
  }
  return gallery;
}

const stagePixels = (studio: StudioPage): Promise<string> =>
  studio.picture.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

const reload = async ({ page, generate }: StudioPage): Promise<void> => {
  await page.reload();
  await expect(generate).toBeEnabled();
};

test('a finished picture is there after a reload, and a click brings it and its recipe back', async ({ studio, page }) => {
  const gallery = await withPictures(studio, [3, 4]);
  await gallery.expectSeeds(4, 3);
  const pixels = await stagePixels(studio);
  await expect(gallery.region).toContainText(/2 pictures, [\d.]+ kB\. This site uses [\d.]+ MB of the [\d.]+ GB/);

  await reload(studio);
  await gallery.expectSeeds(4, 3);
  await expect(studio.picture).toBeHidden();
  await gallery.pictures.nth(1).click();
  await expect(gallery.details).toContainText('Seed3');
  expect(await stagePixels(studio)).not.toBe(pixels);
  await gallery.pictures.nth(0).click();
  await expect(gallery.details).toContainText('Seed4');
  await expect(gallery.details).toContainText(PROMPT);
  expect(await stagePixels(studio)).toBe(pixels);

  // Looking at a picture changes no setting; its recipe is taken when the person says so, and typed words come back.
  await studio.prompt.fill('something new');
  await gallery.pictures.nth(1).click();
  await expect(gallery.details).toContainText('Seed3');
  await expect(studio.prompt).toHaveValue('something new');
  await page.getByRole('button', { name: 'Use this recipe' }).click();
  await expect(studio.prompt).toHaveValue(PROMPT);
  await expect(studio.seed).toHaveValue('3');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(studio.prompt).toHaveValue('something new');
});

test('Delete takes a picture for good, Undo brings it back', async ({ studio }) => {
  const gallery = await withPictures(studio, [3, 4]);
  await gallery.delete.click();
  await gallery.expectSeeds(3);
  await expect(studio.picture).toBeHidden();
  await expect(gallery.undo).toBeFocused();
  await gallery.undo.press('Enter');
  await gallery.expectSeeds(4, 3);
  await expect(studio.picture).toBeVisible();
  await reload(studio);
  await gallery.expectSeeds(4, 3);

  await gallery.pictures.nth(1).click();
  await gallery.delete.click();
  await gallery.expectSeeds(4);
  await reload(studio);
  await gallery.expectSeeds(4);
  await expect(gallery.undo).toBeHidden();
});

test('the gallery works by keyboard: arrows, Enter, Delete', async ({ studio, page }) => {
  const gallery = await withPictures(studio, [3, 4, 5]);
  await gallery.pictures.nth(0).focus();
  await page.keyboard.press('End');
  await expect(gallery.pictures.nth(2)).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await expect(gallery.details).toContainText('Seed4');
  await expect(gallery.pictures.nth(1)).toHaveAttribute('aria-current', 'true');
  await page.keyboard.press('Delete');
  await gallery.expectSeeds(5, 3);
  await expect(gallery.pictures.nth(1)).toBeFocused();
  await gallery.undo.press('Enter');
  await gallery.expectSeeds(5, 4, 3);
});

test('clearing the gallery asks first', async ({ studio, page }) => {
  const gallery = await withPictures(studio, [3]);
  const clear = gallery.region.getByRole('button', { name: 'Clear gallery' });
  const dialog = page.getByRole('dialog', { name: 'Delete every picture?' });
  await clear.click();
  await expect(dialog).toContainText('1 picture will be gone for good');
  await page.keyboard.press('Escape');
  await gallery.expectSeeds(3);
  await clear.click();
  await dialog.getByRole('button', { name: 'Delete all pictures' }).click();
  await gallery.expectSeeds();
  await reload(studio);
  await gallery.expectSeeds();
});

test('two tabs share one gallery', async ({ studio, context }) => {
  const gallery = await withPictures(studio, [3]);
  const other = new GalleryPage(await context.newPage());
  await other.page.goto('./?model=micro&backend=wasm');
  await other.expectSeeds(3);
  await gallery.delete.click();
  await other.expectSeeds();
  await gallery.undo.click();
  await other.expectSeeds(3);
});

test('with the quota full the picture stays, the page says so, and room made is used', async ({ studio, page, context }) => {
  const gallery = await withPictures(studio, [3, 4]);
  const devtools = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  await page.waitForTimeout(CHROMIUM_BELIEVES_MS);
  await studio.askFor(PROMPT, 5);
  // The draft finds no room either, which has a notice of its own.
  const told = studio.alert.filter({ hasText: 'no room left for this picture' });
  await expect(told).toContainText('quota-exceeded');
  await expect(studio.picture).toBeVisible();
  await gallery.expectSeeds(5, 4, 3);
  await expect(gallery.pictures.nth(0)).toHaveAccessibleName(/not stored$/);

  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await gallery.pictures.nth(2).press('Delete');
  await gallery.expectSeeds(5, 4);
  await expect(gallery.pictures.nth(0)).not.toHaveAccessibleName(/not stored$/);
  await expect(told).toHaveCount(0);
  await reload(studio);
  await gallery.expectSeeds(5, 4);
});

test('without IndexedDB the gallery holds pictures until the page is closed, and says so', async ({ studio, page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('denied', 'SecurityError');
    };
  });
  const gallery = await withPictures(studio, [3]);
  await expect(gallery.region).toContainText('until the page is closed');
  await gallery.delete.click();
  await gallery.undo.click();
  await gallery.expectSeeds(3);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the gallery (${colorScheme})`, async ({ studio, page }) => {
    await page.emulateMedia({ colorScheme });
    const gallery = await withPictures(studio, [3, 4]);
    await gallery.share.click();
    await expect(gallery.link).toBeVisible();
    expect(await violations(page), 'with pictures and a link').toEqual([]);
    await gallery.delete.click();
    await expect(gallery.undo).toBeVisible();
    expect(await violations(page), 'after a deletion').toEqual([]);
    await gallery.region.getByRole('button', { name: 'Clear gallery' }).click();
    expect(await violations(page), 'asking before clearing').toEqual([]);
  });
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
