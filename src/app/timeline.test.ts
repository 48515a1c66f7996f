import { describe, expect, it } from 'vitest';
import { predictedPolicyMs, predictedRunMs } from '../core/caching/cost.ts';
import type { PolicyFile } from '../core/policy.ts';
import { FULL_RUN } from './budget-stops.ts';
import { arcPath, columnsFor, isInRow, reuseArcs } from './timeline-arcs.ts';
import { describeCell, timelineCells } from './timeline-model.ts';
import { measuredParts, predictedParts, stripGradient, totalMsOf } from './timeline-strip.ts';

const policy: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'Three of six',
  model: { kind: 'bound', id: 'm', binding: '0'.repeat(64) },
  stepCount: 6,
  sigmas: [1, 0.9, 0.7, 0.5, 0.3, 0.1, 0],
  computedSteps: [0, 1, 4],
  payload: 'reuse',
  evidence: null,
  provenance: 'a test',
};
const choice = { policyId: 'p', label: 'p', file: policy, verified: true };
const costs = { fullMs: 100, cachedMs: 4, textMs: 10, vaeMs: 30 };
const step = (stepIndex: number, decision: 'compute' | 'reuse', ms: number) => ({ stepIndex, decision, ms, readbackBytes: 0 });

describe('timelineCells', () => {
  it('names for each reused step the computed one it takes from, and the step under way', () => {
    const cells = timelineCells(policy, 6, [step(0, 'compute', 90), step(1, 'compute', 91)], true);
    expect(cells.map(({ anchorIndex }) => anchorIndex)).toEqual([0, 1, 1, 1, 4, 4]);
    expect(cells.map(({ status }) => status)).toEqual(['done', 'done', 'current', 'planned', 'planned', 'planned']);
    expect(cells.map(describeCell)[2]).toBe('Step 3: reuses step 2, running');
  });
});

describe('reuse arcs', () => {
  const arcs = reuseArcs(timelineCells(policy, 6, [], false));

  it('lead from each computed step to all that reuse it', () => {
    expect(arcs.map(({ from, to }) => [from, to])).toEqual([[1, 2], [1, 3], [4, 5]]);
  });

  it('end over the step they belong to, in whichever row that is', () => {
    const [, long] = arcs;
    if (long === undefined) throw new Error('There is no second arc.');
    expect(arcPath(long, 0, 6, 2)).toMatch(/^M1\.5 36A1 35\.0 0 0 1 3\.5 36V/);
    expect([isInRow(long, 0, 3), isInRow(long, 1, 3)]).toEqual([true, true]);
    // Three columns a row: it leaves the first row at its right and comes into the second from its left.
    expect(arcPath(long, 1, 3, 2)).toMatch(/^M-1\.5 36A1 35\.0 0 0 1 0\.5 36V/);
  });
});

describe('columnsFor', () => {
  it('makes rows as equal as they can be', () => {
    expect([columnsFor(28, 1200, 20), columnsFor(28, 300, 20), columnsFor(28, 200, 20), columnsFor(1, 5, 20)]).toEqual([28, 14, 10, 1]);
  });
});

describe('predictedParts', () => {
  it('add up to what the page predicts, for a policy and for the full run', () => {
    expect(totalMsOf(predictedParts(costs, choice, 6))).toBeCloseTo(predictedPolicyMs(costs, policy), 9);
    expect(totalMsOf(predictedParts(costs, FULL_RUN, 6))).toBeCloseTo(predictedRunMs(costs, 6, 6), 9);
    expect(predictedParts(costs, choice, 6)[3]).toEqual({ kind: 'reuse', ms: 4 });
  });
});

it('measured parts are the trace’s own, in their order', () => {
  const steps = [step(0, 'compute', 95), step(1, 'reuse', 5)];
  const trace = { backend: 'wasm', steps, textMs: 10, loopMs: 100, vaeMs: 20, totalMs: 131, loopReadbackBytes: 0, previewReadbackBytes: 0, previewMs: 0, nfe: 1, forwards: 1, cachedCalls: 1 } as const;
  expect(measuredParts(trace).map(({ ms }) => ms)).toEqual([10, 95, 5, 20]);
});

it('the strip ends where its last part ends', () => {
  expect(stripGradient([{ kind: 'compute', ms: 75 }, { kind: 'reuse', ms: 25 }])).toBe(
    'linear-gradient(to right, var(--compute) 0.000% calc(75.000% - 1px), transparent calc(75.000% - 1px) 75.000%, ' +
      'var(--reuse-line) 75.000% calc(100.000% - 1px), transparent calc(100.000% - 1px) 100.000%)',
  );
});
