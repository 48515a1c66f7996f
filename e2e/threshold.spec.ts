import type { PolicyFile, RuntimeRule } from '../src/core/policy.ts';
import { openManifest, run } from './fixtures/engine.ts';
import { watchMemory } from './fixtures/memory-watch.ts';
import { policyFor } from './fixtures/policies.ts';
import { SHORT_RUN, SHORT_SIGMAS } from './fixtures/requests.ts';
import { expect, test } from './fixtures/test.ts';

/** Thresholds under which the micro model computes some steps and skips others. */
const RULES: readonly (RuntimeRule & { readonly bytes: readonly number[] })[] = [
  { method: 'teacache', threshold: 0.3, forcedFirst: 1, forceLast: true, coefficients: [0, 1], bytes: [0, 8, 8, 8, 8, 8, 8, 8] },
  { method: 'easycache', threshold: 0.3, forcedFirst: 2, forceLast: true, coefficients: [], bytes: [0, 0, 16, 16, 16, 16, 16, 16] },
  { method: 'dicache', threshold: 0.3, forcedFirst: 2, forceLast: true, coefficients: [], bytes: [0, 8, 16, 16, 16, 16, 16, 16] },
];

const withRule = (policy: PolicyFile, { method, threshold, forcedFirst, forceLast, coefficients }: RuntimeRule): PolicyFile => ({
  ...policy,
  rule: { method, threshold, forcedFirst, forceLast, coefficients },
});

for (const rule of RULES) {
  test(`${rule.method} decides alike on both backends, and on WebGPU reads back a few bytes a step`, async ({ enginePage }) => {
    const decisions: string[][] = [];
    for (const backend of ['wasm', 'webgpu'] as const) {
      const page = await enginePage(backend);
      const policy = withRule(policyFor(await openManifest(page), SHORT_SIGMAS, [0, 3, 7]), rule);
      const { trace } = await run(page, { ...SHORT_RUN, policy });
      decisions.push(trace.steps.map((step) => step.decision));
      expect(trace.steps.map((step) => step.readbackBytes)).toEqual(backend === 'wasm' ? rule.bytes.map(() => 0) : rule.bytes);
      expect(trace.nfe).toBe(trace.steps.filter((step) => step.decision === 'compute').length);
    }
    expect(decisions[1]).toEqual(decisions[0]);
    expect(decisions[0]).toContain('reuse');
    expect(decisions[0]?.filter((decision) => decision === 'compute').length).toBeGreaterThan(rule.forcedFirst + 1);
  });
}

test('the graph that a rule looks through is opened by the first run that needs it, from what is stored', async ({ studio, page }) => {
  const watch = await watchMemory(page);
  await studio.open({ backend: 'wasm' });
  const policy = policyFor(await openManifest(page), SHORT_SIGMAS, [0, 3, 7]);
  await page.context().setOffline(true);
  const sessionsAfter = async (rule: RuntimeRule): Promise<number> => {
    await run(page, { ...SHORT_RUN, policy: withRule(policy, rule) });
    return (await watch.take()).sessions;
  };
  const [teacache, easycache, dicache] = RULES;
  if (teacache === undefined || easycache === undefined || dicache === undefined) throw new Error('A rule is missing.');
  expect(await sessionsAfter(easycache)).toBe(5);
  expect(await sessionsAfter(teacache)).toBe(6);
  expect(await sessionsAfter(teacache)).toBe(6);
  expect(await sessionsAfter(dicache)).toBe(7);
});

test('a threshold that nothing stays under computes every step, bit for bit the full run', async ({ enginePage }) => {
  const page = await enginePage('wasm');
  const policy = policyFor(await openManifest(page), SHORT_SIGMAS, [0, 3, 7]);
  const full = await run(page, { ...SHORT_RUN, policy: { ...policy, computedSteps: SHORT_SIGMAS.slice(1).map((_, step) => step) } });
  for (const rule of RULES) {
    const { latents, trace } = await run(page, { ...SHORT_RUN, policy: withRule(policy, { ...rule, threshold: 1e-9 }) });
    expect(trace.nfe).toBe(SHORT_SIGMAS.length - 1);
    expect(latents).toEqual(full.latents);
  }
});
