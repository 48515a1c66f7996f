/**
 * From an empty browser to the first picture, and again with everything kept:
 * `npm run build && npm run bench:cold -- --model scenes --budget 10`.
 *
 * Each round has a browser profile of its own on a fresh disk cache: first paint, interactive page, model ready,
 * picture shown; then the same on a second visit. Serves dist/ from this machine, so it tells what the page costs, not
 * the line. Writes bench/results/cold-start-<model>-<backend>.json. Leave the machine alone meanwhile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page, Request } from '@playwright/test';
import { chromium } from '@playwright/test';
import { chromiumPath, keepResult, measuredOn, WEBGPU_FLAGS, withServer } from './built-page.ts';
import { modelFolder, whole } from './options.ts';
import { medianOf } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'scenes' },
    backend: { type: 'string', default: 'wasm' },
    budget: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '5' },
  },
});
const model = modelFolder(options.model);
const budget = whole('budget', options.budget, 1);
const rounds = whole('rounds', options.rounds, 1);

/** Milliseconds from the start of the navigation, and what came over the line. */
interface Visit {
  readonly firstPaintMs: number;
  readonly readyMs: number;
  readonly pictureMs: number;
  readonly transferredBytes: number;
}

const LIMIT_MS = 300_000;

async function visit(page: Page, url: string): Promise<Visit> {
  // Of the page and its workers; what the service worker answers counts as nothing.
  let transferredBytes = 0;
  const count = (request: Request): void => {
    pending.push(
      request.sizes().then(
        ({ responseBodySize, responseHeadersSize }) => {
          transferredBytes += responseBodySize + responseHeadersSize;
        },
        () => undefined,
      ),
    );
  };
  const pending: Promise<void>[] = [];
  page.context().on('requestfinished', count);
  const startMs = performance.now();
  await page.goto(url);
  const generate = page.getByRole('button', { name: 'Generate' });
  await page.locator('#generate:not(:disabled)').waitFor({ timeout: LIMIT_MS });
  const readyMs = performance.now() - startMs;
  await chooseBudget(page);
  await generate.click();
  await page.getByRole('img', { name: 'Generated image' }).waitFor({ timeout: LIMIT_MS });
  const pictureMs = performance.now() - startMs;
  const firstPaintMs = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN);
  page.context().off('requestfinished', count);
  await Promise.all(pending);
  return { firstPaintMs, readyMs, pictureMs, transferredBytes };
}

/** The slider's stops are the budgets that have a policy. */
async function chooseBudget(page: Page): Promise<void> {
  const slider = page.getByRole('slider', { name: 'Budget' });
  await slider.press('Home');
  for (let stop = 0; stop < 50; stop += 1) {
    if (((await slider.getAttribute('aria-valuetext')) ?? '').startsWith(`${budget} of`)) return;
    await slider.press('ArrowRight');
  }
  throw new Error(`The page offers no budget of ${budget}.`);
}

const summary = (visits: readonly Visit[]) => ({
  firstPaintMs: medianOf(visits.map((one) => one.firstPaintMs)),
  readyMs: medianOf(visits.map((one) => one.readyMs)),
  pictureMs: medianOf(visits.map((one) => one.pictureMs)),
  transferredBytes: medianOf(visits.map((one) => one.transferredBytes)),
  all: visits,
});

const cold: Visit[] = [];
const warm: Visit[] = [];
let browserVersion = 'unknown';
await withServer(async (address) => {
  const url = `${address}?model=${model}&backend=${options.backend}`;
  for (let round = 0; round < rounds; round += 1) {
    const profile = mkdtempSync(join(os.tmpdir(), 'budcache-cold-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      args: WEBGPU_FLAGS,
    });
    try {
      browserVersion = context.browser()?.version() ?? browserVersion;
      cold.push(await visit(await context.newPage(), url));
      warm.push(await visit(await context.newPage(), url));
    } finally {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    }
    process.stdout.write(`round ${round + 1}: first picture after ${cold.at(-1)?.pictureMs.toFixed(0)} ms, second visit ${warm.at(-1)?.pictureMs.toFixed(0)} ms\n`);
  }
});

keepResult(`cold-start-${model}-${options.backend}`, {
  experiment: 'cold-start',
  model,
  backend: options.backend,
  budget,
  ...measuredOn(),
  browser: browserVersion,
  firstVisit: summary(cold),
  secondVisit: summary(warm),
});
