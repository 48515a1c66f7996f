/**
 * One search in the built page, as a person starts it: `npm run build && npm run bench:search`. How long it takes, how
 * many masks a second its worker scores, what it found. Writes bench/results/page-search-<model>-<backend>.json. Leave
 * the machine alone meanwhile.
 */
import { parseArgs } from 'node:util';
import type { ConsoleApi } from '../src/app/console-api.ts';
import { keepResult, measuredOn, WEBGPU_FLAGS, withBuiltPage } from './built-page.ts';

declare const budcache: ConsoleApi;

/** What the page showed at a time. */
interface Sight {
  readonly ms: number;
  readonly phase: string;
  readonly masksTried: number;
  readonly ended: boolean;
}

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'scenes' },
    backend: { type: 'string', default: 'wasm' },
    nfe: { type: 'string', default: '8' },
  },
});

await withBuiltPage({ flags: WEBGPU_FLAGS }, async (browser, address) => {
  const page = await browser.newPage();
  await page.goto(`${address}?model=${options.model}&backend=${options.backend}`);
  const backend = await page.evaluate(async () => {
    const outcome = await budcache.ready;
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value.backend;
  });
  await page.getByRole('button', { name: 'Search policies' }).click();
  await page.getByRole('spinbutton', { name: 'Search budget' }).fill(options.nfe);
  await page.getByRole('combobox', { name: 'Calibrate on' }).selectOption({ index: 1 });
  const start = page.getByRole('button', { name: 'Start search' });
  // Waits for the machine to be measured.
  await start.click({ timeout: 120_000 });
  const sights: Sight[] = [];
  do {
    await page.waitForTimeout(50);
    sights.push(
      await page.evaluate(() => ({
        ms: performance.now(),
        phase: document.getElementById('search-phase')?.textContent ?? '',
        masksTried: Number(document.getElementById('search-tried')?.textContent?.replaceAll(',', '')),
        ended: document.getElementById('search-outcome')?.hidden === false,
      })),
    );
  } while (sights.at(-1)?.ended !== true);
  const annealing = sights.filter(({ phase, masksTried }) => phase.startsWith('Annealing without') && masksTried > 0);
  const [first, last] = [annealing[0], annealing.at(-1)];
  const perSecond = first === undefined || last === undefined ? null : Math.round((1000 * (last.masksTried - first.masksTried)) / (last.ms - first.ms));
  keepResult(`page-search-${options.model}-${backend.kind}`, {
    experiment: 'page-search',
    model: options.model,
    backend,
    ...measuredOn(),
    browser: browser.version(),
    nfe: Number(options.nfe),
    effortSeconds: Number(await page.getByRole('spinbutton', { name: 'Effort, seconds' }).inputValue()),
    plan: await page.locator('#search-plan').textContent(),
    seconds: ((sights.at(-1)?.ms ?? Number.NaN) - (sights[0]?.ms ?? Number.NaN)) / 1000,
    masksTried: sights.at(-1)?.masksTried,
    proxyMasksPerSecond: perSecond,
    outcome: await page.getByRole('group', { name: 'Search result' }).innerText(),
  });
});
