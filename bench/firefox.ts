/**
 * The WASM path in another engine: the same recipes in Firefox and in Chromium, with `npm run build && npm run
 * bench:firefox`. Needs a Firefox (Debian: `apt-get install firefox-esr`), on the path or named in FIREFOX_PATH;
 * a missing one is an error, and so is a picture that differs. Driven by WebDriver BiDi, which Firefox has of its own.
 *
 * In each browser the page makes a picture as a person would, then the console API makes the same recipes in both, and
 * their latents and pixels are compared. Writes bench/results/firefox-wasm.json.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import type { Page, SupportedBrowser } from 'puppeteer-core';
import { latentPsnrDb } from '../src/core/metrics/psnr.ts';
import type { ConsoleApi } from '../src/app/console-api.ts';
import { chromiumPath, keepResult, measuredOn, withServer } from './built-page.ts';

declare const budcache: ConsoleApi;

const MODELS = ['micro', 'scenes'];
const PROMPT = 'a large shiny red ball on a wooden floor under a blue sky';
const BUDGETS: readonly (number | null)[] = [null, 10];
const LIMIT_MS = 120_000;
/** The engines round the last bits of a few functions in their own way. */
const MIN_LATENT_DB = 80;
const MAX_PIXEL_DIFFERENCE = 1;

interface Made {
  readonly model: string;
  readonly nfe: number;
  readonly totalMs: number;
  readonly threads: number;
  readonly latents: readonly number[];
  readonly pixels: readonly number[];
}

function findFirefox(): string {
  const named = process.env['FIREFOX_PATH'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = named ?? ['firefox', 'firefox-esr'].flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('No Firefox. Install one, or name it in FIREFOX_PATH.');
  return found;
}

/** By the page's own buttons. */
async function makeByHand(page: Page): Promise<void> {
  await page.locator('#generate:not(:disabled)').setTimeout(LIMIT_MS).click();
  await page.waitForSelector('#picture-canvas:not([hidden])', { timeout: LIMIT_MS });
}

const make = (page: Page, model: string, nfe: number | null): Promise<Made> =>
  page.evaluate(
    async (id, wanted, prompt) => {
      const policies = await budcache.policies();
      const policy = wanted === null ? null : (policies.find(({ file }) => file.computedSteps.length === wanted)?.file ?? null);
      if (wanted !== null && policy === null) throw new Error(`${id} has no policy of ${wanted} steps`);
      const outcome = await budcache.generate({ prompt, seed: 7, policy, keepLatents: true });
      if (!outcome.ok) throw new Error(outcome.error.message);
      const { trace, latents, picture } = outcome.value;
      const { backend } = budcache;
      if (backend?.kind !== 'wasm') throw new Error('Not on WASM');
      return { model: id, nfe: trace.nfe, totalMs: trace.totalMs, threads: backend.threads, latents: Array.from(latents ?? []), pixels: Array.from(picture.data) };
    },
    model,
    nfe,
    PROMPT,
  );

async function runIn(browserName: SupportedBrowser, executablePath: string, address: string): Promise<{ version: string; made: Made[] }> {
  const args = browserName === 'chrome' ? ['--no-sandbox', '--disable-quic'] : [];
  const browser = await puppeteer.launch({ browser: browserName, executablePath, args, headless: true, protocolTimeout: LIMIT_MS });
  try {
    const made: Made[] = [];
    for (const model of MODELS) {
      const page = await browser.newPage();
      await page.goto(`${address}?model=${model}&backend=wasm`);
      await makeByHand(page);
      for (const nfe of BUDGETS) made.push(await make(page, model, nfe));
      await page.close();
    }
    return { version: await browser.version(), made };
  } finally {
    await browser.close();
  }
}

const nullIfEqual = (db: number): number | null => (db === Infinity ? null : db);

function compare(firefox: Made, chromium: Made) {
  const differences = firefox.pixels.map((value, index) => Math.abs(value - (chromium.pixels[index] ?? 255)));
  return {
    model: firefox.model,
    nfe: firefox.nfe,
    threads: { firefox: firefox.threads, chromium: chromium.threads },
    totalMs: { firefox: Math.round(firefox.totalMs), chromium: Math.round(chromium.totalMs) },
    /** Null: equal to the last bit. */
    latentDb: nullIfEqual(latentPsnrDb(Float32Array.from(chromium.latents), Float32Array.from(firefox.latents))),
    equalPixelBytes: differences.filter((difference) => difference === 0).length / differences.length,
    maxPixelDifference: differences.reduce((most, difference) => Math.max(most, difference), 0),
  };
}

const firefoxPath = findFirefox();
await withServer(async (address) => {
  const chromium = await runIn('chrome', chromiumPath(), address);
  const firefox = await runIn('firefox', firefoxPath, address);
  const pictures = firefox.made.map((made, index) => {
    const other = chromium.made[index];
    if (other === undefined) throw new Error('Chromium made fewer pictures.');
    return compare(made, other);
  });
  keepResult('firefox-wasm', {
    experiment: 'firefox-wasm',
    ...measuredOn(),
    browsers: { firefox: firefox.version, chromium: chromium.version },
    prompt: PROMPT,
    seed: 7,
    pictures,
  });
  const different = pictures.filter(({ latentDb, maxPixelDifference }) => (latentDb !== null && !(latentDb >= MIN_LATENT_DB)) || maxPixelDifference > MAX_PIXEL_DIFFERENCE);
  if (different.length > 0) throw new Error(`${different.length} pictures differ between Firefox and Chromium.`);
});
