/** A recipe leaves the page in a picture's file or in a link, and comes back whole; anything else is refused in words. */
import { readFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';
import { GalleryPage } from './fixtures/gallery-page.ts';
import { openManifest } from './fixtures/engine.ts';
import { MASK_OF_8, testPolicy } from './fixtures/policies.ts';
import { StudioPage } from './fixtures/studio-page.ts';
import { expect, test } from './fixtures/test.ts';

const PROMPT = 'a red cube on a sandy floor — 狐';
const GUIDANCE = '2.5';

/** A picture of its own recipe, with a policy that no other browser has. */
async function makePicture(studio: StudioPage): Promise<void> {
  await studio.open({ backend: 'wasm' });
  await studio.importTestPolicy(MASK_OF_8);
  await studio.page.getByRole('spinbutton', { name: 'Guidance' }).fill(GUIDANCE);
  await studio.askFor(PROMPT, 5);
  await expect(studio.picture).toBeVisible();
}

async function expectRecipe(studio: StudioPage): Promise<void> {
  await expect(studio.prompt).toHaveValue(PROMPT);
  await expect(studio.seed).toHaveValue('5');
  await expect(studio.page.getByRole('spinbutton', { name: 'Guidance' })).toHaveValue(GUIDANCE);
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^8 of 28/);
  await expect(studio.timelineSteps(/Step \d+: computed/)).toHaveCount(MASK_OF_8.length);
  await expect(studio.timelineSteps(/Step 4: computed/)).toBeVisible();
}

const pixels = (studio: StudioPage): Promise<string> =>
  studio.picture.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

/** Another person's browser: nothing of this one's storage. */
async function strangersPage(browser: Browser, baseURL: string | undefined): Promise<StudioPage> {
  const context = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }), serviceWorkers: 'block' });
  return new StudioPage(await context.newPage());
}

test('a downloaded picture, dropped on another browser’s page, restores its recipe and gives the same picture', async ({ studio, page, browser, baseURL }) => {
  await makePicture(studio);
  const made = await pixels(studio);
  const download = page.waitForEvent('download');
  await studio.download.click();
  const bytes = readFileSync(await (await download).path());
  expect((await download).suggestedFilename()).toMatch(/^a-red-cube.*seed-5-nfe-8\.png$/);

  const stranger = await strangersPage(browser, baseURL);
  await stranger.open({ backend: 'wasm' });
  await stranger.prompt.fill('a blue cone');
  await new GalleryPage(stranger.page).drop('picture.png', bytes);
  await expect(stranger.page.getByText('The settings are now those of “picture.png”.')).toBeVisible();
  await expectRecipe(stranger);
  await stranger.generate.click();
  await expect(stranger.picture).toBeVisible();
  expect(await pixels(stranger)).toBe(made);

  // What was typed there is not lost.
  await stranger.page.getByRole('button', { name: 'Undo' }).click();
  await expect(stranger.prompt).toHaveValue('a blue cone');
  const chooser = stranger.page.waitForEvent('filechooser');
  await stranger.page.getByRole('button', { name: 'Open picture' }).click();
  await (await chooser).setFiles({ name: 'picture.png', mimeType: 'image/png', buffer: bytes });
  await expectRecipe(stranger);
  await stranger.page.context().close();
});

test('foreign and hostile files are refused with a code and a sentence, and nothing is changed', async ({ studio, page }) => {
  await makePicture(studio);
  const gallery = new GalleryPage(page);
  const download = page.waitForEvent('download');
  await studio.download.click();
  const good = readFileSync(await (await download).path());
  const plain = Buffer.from(
    await page.evaluate(() => document.createElement('canvas').toDataURL('image/png').replace(/^.*,/, '')),
    'base64',
  );
  const flipped = Buffer.from(good);
  const inRecipe = flipped.indexOf('budcache-recipe') + 60;
  flipped[inRecipe] = (flipped[inRecipe] ?? 0) ^ 1;
  const wrong: ReadonlyArray<readonly [name: string, bytes: Buffer, code: string]> = [
    ['another.png', plain, 'recipe-missing'],
    ['flipped.png', flipped, 'png-invalid'],
    ['cut.png', good.subarray(0, good.length - 20), 'png-invalid'],
    ['text.png', Buffer.from('<svg onload="alert(1)"/>'), 'png-invalid'],
    ['empty.png', Buffer.alloc(0), 'png-invalid'],
    ['huge.png', Buffer.concat([good, Buffer.alloc(33 * 2 ** 20)]), 'too-large'],
  ];
  await studio.prompt.fill('mine');
  for (const [name, bytes, code] of wrong) {
    await gallery.drop(name, bytes);
    await expect(studio.alert, name).toContainText(`“${name}” brings no recipe`);
    await expect(studio.alert, name).toContainText(code);
  }
  await expect(studio.prompt).toHaveValue('mine');
  await expect(studio.picture).toBeVisible();
  await studio.generate.click();
  await expect(gallery.pictures).toHaveCount(2);

  // A policy that is dropped is a policy.
  await gallery.drop('mine.json', Buffer.from(JSON.stringify(testPolicy(await openManifest(page), [0, 9, 18]))));
  await expect(page.getByText(/imported and is selected/)).toBeVisible();
});

test('a share link restores the recipe in another browser, and leaves the address', async ({ studio, page, context, browser, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await makePicture(studio);
  // The link is to the picture that is seen, whatever is being typed.
  await studio.prompt.fill('something else');
  const gallery = new GalleryPage(page);
  await gallery.share.click();
  await expect(page.getByText('The link is in the clipboard.')).toBeVisible();
  const link = await gallery.link.inputValue();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  expect(link.length).toBeLessThan(2000);

  const stranger = await strangersPage(browser, baseURL);
  await stranger.page.goto(link.replace('?', '?backend=wasm&'));
  await expect(stranger.generate).toBeEnabled();
  await expect(stranger.page.getByText('The settings are now those of the link.')).toBeVisible();
  await expectRecipe(stranger);
  expect(new URL(stranger.page.url()).hash).toBe('');
  await stranger.prompt.fill('edited');
  await stranger.page.reload();
  await expect(stranger.generate).toBeEnabled();
  await expect(stranger.prompt).toHaveValue('edited');
  await stranger.page.context().close();
});

test('a garbled link is refused in a sentence, and the page works', async ({ studio, page }) => {
  await page.goto('./?model=micro&backend=wasm#r1z.garbled-link');
  await expect(studio.alert).toContainText('This link cannot be used');
  await expect(studio.alert).toContainText('link-invalid');
  await expect(studio.generate).toBeEnabled();
  await page.evaluate(() => (location.hash = '#r9.AAAA'));
  await expect(studio.alert).toContainText('another version of this page');
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
});

test('a link to a model that the page lacks is refused, one to another model is offered', async ({ studio, page }) => {
  const linkOf = (modelId: string): string => {
    const recipe = { format: 'budcache-recipe/1', modelId, binding: null, prompt: 'a fox', seed: 9, stepCount: 28, guidanceScale: 4, policy: null };
    return `./?model=micro&backend=wasm#r1.${Buffer.from(JSON.stringify(recipe)).toString('base64url')}`;
  };
  await page.goto(linkOf('nowhere'));
  await expect(studio.alert).toContainText('“nowhere”, which this page does not have');
  await expect(studio.generate).toBeEnabled();
  await page.goto('about:blank');
  await page.goto(linkOf('scenes'));
  await expect(page.getByText('is for the model “scenes”')).toBeVisible();
  await expect(studio.generate).toBeEnabled();
  await studio.askFor('a red cube on a sandy floor', 3);
  await expect(studio.picture).toBeVisible();
  await studio.prompt.fill('typed meanwhile');
  await page.getByRole('button', { name: 'Open that model' }).click();
  await expect(page.getByText('The settings are now those of the link.')).toBeVisible();
  await expect(studio.prompt).toHaveValue('a fox');
  await expect(studio.seed).toHaveValue('9');
  await expect(studio.budget).toHaveAttribute('aria-valuetext', /^28 of 28/);
  // The page was not left: nothing on it is lost.
  await expect(studio.picture).toBeVisible();
  expect(new URL(page.url()).searchParams.get('model')).toBe('scenes');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(studio.prompt).toHaveValue('typed meanwhile');
});

test('a picture is copied as a PNG', async ({ studio, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await makePicture(studio);
  await page.getByRole('button', { name: 'Copy image' }).click();
  await expect(page.getByText('The picture is in the clipboard.').last()).toBeVisible();
  const types = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types: given }) => [...given]));
  expect(types).toContain('image/png');
});
