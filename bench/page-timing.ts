/**
 * The built page's own times, in a real browser: `npm run build && npm run bench:page -- --model scenes`.
 *
 * Budgeted against full runs as ratios of one run on one machine, the price of a cached step, and how far the
 * seconds told beforehand were off. Writes bench/results/page-timing-<model>-<backend>.json. Leave the machine alone
 * meanwhile.
 */
import { parseArgs } from 'node:util';
import { predictedRunMs } from '../src/core/caching/cost.ts';
import type { CostModel, RunTrace } from '../src/protocol/engine.ts';
import type { ConsoleApi } from '../src/app/console-api.ts';
import { keepResult, measuredOn, WEBGPU_FLAGS, withBuiltPage } from './built-page.ts';
import { medianOf } from './statistics.ts';

declare const budcache: ConsoleApi;

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'scenes' },
    backend: { type: 'string', default: 'wasm' },
    rounds: { type: 'string', default: '5' },
    'predicted-runs': { type: 'string', default: '10' },
  },
});

const prompts = [
  'a large shiny red ball on a wooden floor under a blue sky',
  'a small metal cyan torus on a checkered floor at sunset',
  'a shiny purple cube to the left of a metal orange sphere on a tiled floor',
];

await withBuiltPage({ flags: WEBGPU_FLAGS }, async (browser, address) => {
  const page = await browser.newPage();
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

  keepResult(`page-timing-${options.model}-${opened.backend.kind}`, {
    experiment: 'page-timing',
    model: options.model,
    backend: opened.backend,
    ...measuredOn(),
    browser: browser.version(),
    budget,
    stepCount: opened.stepCount,
    loopRatio: { median: medianOf(ratios), all: ratios },
    stepMs: { compute: medianOf(steps.compute), reuse: medianOf(steps.reuse) },
    reuseShareOfCompute: medianOf(steps.reuse) / medianOf(steps.compute),
    fullRun: { totalMs: medianOf(fullRuns.map((t) => t.totalMs)), loopMs: medianOf(fullRuns.map((t) => t.loopMs)), vaeMs: medianOf(fullRuns.map((t) => t.vaeMs)), textMs: medianOf(fullRuns.map((t) => t.textMs)) },
    costs,
    predictionError: { median: medianOf(errors), max: Math.max(...errors), runs: errors.length },
  });
});
