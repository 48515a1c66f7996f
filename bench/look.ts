/**
 * The page as people see it: `npm run build && npm run look`. Screenshots of every state at four widths, light and
 * dark, into test-results/look (not in git), to be looked at whenever something of the page's face has changed.
 * `--only done,split` takes some states, `--model micro` is quicker than the bundled model.
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import type { ConsoleApi } from '../src/app/console-api.ts';
import { withBuiltPage } from './built-page.ts';

declare const budcache: ConsoleApi;

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'scenes' },
    out: { type: 'string', default: 'test-results/look' },
    dist: { type: 'string', default: 'dist' },
    only: { type: 'string' },
  },
});

const SIZES = [
  [360, 740],
  [800, 1100],
  [1280, 800],
  [1920, 1080],
] as const;
const PROMPT = 'a large shiny red ball on a wooden floor under a blue sky';
/** A run on a busy machine. */
const PATIENCE_MS = 150_000;

const isWanted = (state: string): boolean => options.only === undefined || options.only.split(',').includes(state);

/** Whole pages, and what fits on one screen. */
async function shoot(page: Page, state: string): Promise<void> {
  if (!isWanted(state)) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      // Lets observers of sizes draw.
      await page.waitForTimeout(200);
      const path = `${options.out}/${state}-${width}-${colorScheme}`;
      await page.screenshot({ path: `${path}.png`, fullPage: true });
      await page.screenshot({ path: `${path}-screen.png` });
    }
  }
  console.log(state);
}

async function open(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${address}?model=${options.model}&backend=wasm`);
  return page;
}

async function ready(page: Page): Promise<void> {
  const isOpen = await page.evaluate(async () => (await budcache.ready).ok);
  if (!isOpen) throw new Error('The model could not be opened.');
}

async function run(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('button', { name: 'Generate' }).waitFor();
}

async function withContext(browser: Browser, look: (context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await look(context);
  await context.close();
}

async function lookAtLoading(context: BrowserContext, address: string): Promise<void> {
  await context.route('**/denoiser.bin*', () => undefined);
  const page = await open(context, address);
  await page.waitForTimeout(4000);
  await shoot(page, 'loading');
}

async function lookAtFailure(context: BrowserContext, address: string): Promise<void> {
  await context.route('**/vae-decoder.onnx*', (route) => route.fulfill({ status: 404 }));
  const page = await open(context, address);
  await page.getByRole('alert').first().waitFor();
  await shoot(page, 'failed');
}

/** One page through a person's first minutes. */
async function lookAtRuns(context: BrowserContext, address: string): Promise<void> {
  const page = await open(context, address);
  await ready(page);
  await shoot(page, 'empty');

  await page.getByRole('textbox', { name: 'Prompt' }).fill(PROMPT);
  await page.getByRole('checkbox', { name: 'Live previews' }).check();
  await page.getByRole('slider', { name: 'Budget' }).press('End');
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('listitem').filter({ hasText: /Step 4:.* ms/ }).waitFor({ state: 'attached' });
  await shoot(page, 'running');
  await page.getByRole('button', { name: 'Generate' }).waitFor();
  await shoot(page, 'full-run');

  await page.getByRole('slider', { name: 'Budget' }).press('Home');
  await page.getByRole('slider', { name: 'Budget' }).press('ArrowRight');
  await run(page);
  await shoot(page, 'done');

  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('slider', { name: 'Split' }).waitFor();
  await page.getByRole('region', { name: 'Result' }).getByText(/\d dB/).waitFor();
  await shoot(page, 'split');
  for (const [name, state] of [['Side by side', 'side'], ['Difference', 'difference'], ['FLIP', 'flip']] as const) {
    await page.getByRole('radio', { name }).check({ force: true });
    await shoot(page, state);
  }
  await page.getByRole('radio', { name: 'Split' }).check({ force: true });
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await shoot(page, 'zoomed');

  await lookAtSeveral(page);

  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Import policy' }).click();
  await (await chooser).setFiles({ name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('no policy') });
  await page.getByRole('alert').first().waitFor();
  await shoot(page, 'error');

  await context.setOffline(true);
  await page.reload();
  await ready(page);
  await shoot(page, 'offline');
}

/** Seeds as a grid, runs that wait, a search, and what is left of all that after a reload. */
async function lookAtSeveral(page: Page): Promise<void> {
  await page.getByRole('spinbutton', { name: 'Pictures', exact: true }).fill('4');
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByRole('textbox', { name: 'Prompt' }).fill('a small matte blue cone on a white floor');
  await page.getByRole('button', { name: 'Add to queue' }).click();
  await page.getByRole('spinbutton', { name: 'Pictures', exact: true }).fill('1');
  await page.getByRole('button', { name: 'Add to queue' }).click();
  await page.getByRole('button', { name: 'Seed 2', exact: true }).waitFor();
  await shoot(page, 'queue');
  // While pictures of it are taken the queue works on: it may be done by now.
  await page.getByRole('button', { name: 'Generate' }).waitFor();
  await page.getByRole('spinbutton', { name: 'Pictures', exact: true }).fill('4');
  await run(page);
  await shoot(page, 'seeds');

  await page.getByRole('button', { name: 'Search policies' }).click();
  await shoot(page, 'search-settings');
  await page.getByRole('button', { name: 'Start search' }).click();
  // Past the full runs that it begins with.
  await page.getByRole('img', { name: /^Best/ }).waitFor();
  await shoot(page, 'search');
  await page.getByRole('button', { name: 'Stop search' }).click();

  await page.reload();
  await ready(page);
  await shoot(page, 'reloaded');
  await page.getByRole('region', { name: 'Gallery' }).getByRole('button', { name: /^a / }).first().click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  await shoot(page, 'deleted');
  await page.getByRole('button', { name: 'Undo' }).click();
}

mkdirSync(options.out, { recursive: true });
await withBuiltPage({ outDir: options.dist }, async (browser, address) => {
  if (isWanted('loading')) await withContext(browser, (context) => lookAtLoading(context, address));
  if (isWanted('failed')) await withContext(browser, (context) => lookAtFailure(context, address));
  await withContext(browser, (context) => lookAtRuns(context, address));
});
