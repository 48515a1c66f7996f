/**
 * The built page's own times, in a real browser: `npm run build && npm run bench:page -- --model scenes`.
 *
 * Budgeted against full runs as ratios of one run on one machine, the price of a cached step, and how far the
 * seconds told beforehand were off. Writes bench/results/page-timing-<model>-<backend>.json. Leave the machine alone
 * meanwhile.
 */
import { execSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { preview } from 'vite';
import { predictedRunMs } from '../src/core/caching/cost.ts';
import type { CostModel, RunTrace } from '../src/protocol/engine.ts';
import type { ConsoleApi } from '../src/app/console-api.ts';
import { findBrowser } from '../scripts/find-browser.mjs';

declare const budcache: ConsoleApi;

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'scenes' },
    backend: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '5' },
    'predicted-runs': { type: 'string', default: '10' },
  },
});

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

const prompts = [
  'a large shiny red ball on a wooden floor under a blue sky',
  'a small metal cyan torus on a checkered floor at sunset',
  'a shiny purple cube to the left of a metal orange sphere on a tiled floor',
];

const executablePath = findBrowser();
if (executablePath === null) throw new Error('No Chromium. Run: node scripts/ensure-setup.mjs browser');
const server = await preview({ preview: { port: 0 }, logLevel: 'silent' });
const browser = await chromium.launch({ executablePath, args: ['--disable-quic', '--no-first-run', '--enable-unsafe-webgpu'] });
try {
  const page = await browser.newPage();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('The preview server has no address.');
  await page.goto(`${address}?model=${options.model}&backend=${options.backend}`);
  const opened = await page.evaluate(async () => {
    const outcome = await budcache.ready;
    if (!outcome.ok) throw new Error(outcome.error.message);
    const policies = await budcache.policies();
    return { backend: outcome.value.backend, stepCount: outcome.value.manifest.defaults.stepCount, budgets: policies.map(({ file }) => file.computedSteps.length) };
  });

  const run = (nfe: number | null, prompt: string, seed: number): Promise<RunTrace> =>
    page.evaluate(
      async ({ nfe: wanted, prompt: text, seed: start }) => {
        const stored = await budcache.policies();
        const policy = wanted === null ? null : (stored.find(({ file }) => file.computedSteps.length === wanted)?.file ?? null);
        if (wanted !== null && policy === null) throw new Error(`No policy of ${wanted} steps`);
        const outcome = await budcache.generate({ prompt: text, seed: start, policy });
        if (!outcome.ok) throw new Error(outcome.error.message);
        return outcome.value.trace;
      },
      { nfe, prompt, seed },
    );
  const say = (text: string): void => console.log(text);
  const promptAt = (index: number): string => prompts[index % prompts.length] ?? '';

  // Warm-up, then pairs side by side, so that drift of the machine falls on both.
  const budget = opened.budgets.includes(10) ? 10 : Math.min(...opened.budgets);
  await run(null, promptAt(0), 0);
  await run(budget, promptAt(0), 0);
  const ratios: number[] = [];
  const steps: Record<'compute' | 'reuse', number[]> = { compute: [], reuse: [] };
  const fullRuns: RunTrace[] = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const full = await run(null, promptAt(round), round);
    const budgeted = await run(budget, promptAt(round), round);
    ratios.push(budgeted.loopMs / full.loopMs);
    fullRuns.push(full);
    for (const { decision, ms } of [...full.steps, ...budgeted.steps]) steps[decision].push(ms);
    say(`round ${round + 1}: ${budget} of ${opened.stepCount} took ${ratios.at(-1)?.toFixed(4)} of the full loop`);
  }

  const costs: CostModel = await page.evaluate(async () => {
    const outcome = await budcache.measureCosts();
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value;
  });
  const stops = [...opened.budgets.filter((nfe) => [6, 8, 10, 14].includes(nfe)).slice(0, 3), null];
  const errors: number[] = [];
  for (let index = 0; index < Number(options['predicted-runs']); index += 1) {
    const stop = stops[index % stops.length] ?? null;
    const predictedMs = predictedRunMs(costs, stop ?? opened.stepCount, opened.stepCount);
    const { totalMs } = await run(stop, promptAt(index), 100 + index);
    errors.push(Math.abs(predictedMs - totalMs) / totalMs);
    say(`${stop ?? opened.stepCount} steps: predicted ${Math.round(predictedMs)} ms, took ${Math.round(totalMs)} ms`);
  }

  const result = {
    experiment: 'page-timing',
    model: options.model,
    backend: opened.backend,
    machine: { cores: os.cpus().length, cpu: os.cpus()[0]?.model ?? 'unknown', memoryGiB: Math.round(os.totalmem() / 2 ** 30) },
    browser: browser.version(),
    commit: execSync('git rev-parse --short HEAD').toString().trim(),
    budget,
    stepCount: opened.stepCount,
    loopRatio: { median: median(ratios), all: ratios },
    stepMs: { compute: median(steps.compute), reuse: median(steps.reuse) },
    reuseShareOfCompute: median(steps.reuse) / median(steps.compute),
    fullRun: { totalMs: median(fullRuns.map((t) => t.totalMs)), loopMs: median(fullRuns.map((t) => t.loopMs)), vaeMs: median(fullRuns.map((t) => t.vaeMs)), textMs: median(fullRuns.map((t) => t.textMs)) },
    costs,
    predictionError: { median: median(errors), max: Math.max(...errors), runs: errors.length },
  };
  mkdirSync('bench/results', { recursive: true });
  const file = `bench/results/page-timing-${options.model}-${opened.backend.kind}.json`;
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  say(JSON.stringify(result, null, 2));
} finally {
  await browser.close();
  await server.close();
}
