import { describe, expect, it } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import type { ComparedRun } from '../storage/compared-runs-store.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import { placeOnAxis, policyPoints, runPoints } from './curve-points.ts';

const BINDING = 'ab'.repeat(32);
const MODEL = { binding: BINDING, defaults: { stepCount: 28 } };
const costs = { fullMs: 100, cachedMs: 2, textMs: 5, vaeMs: 50 };

function stored(nfe: number, change: Partial<PolicyFile> = {}, source: StoredPolicy['source'] = 'shipped', psnrDb: number | null = 30 + nfe): StoredPolicy {
  const computedSteps = Array.from({ length: nfe }, (_, step) => step);
  const evidence = { objective: 'x', objectiveValue: 1, latentPsnrDb: psnrDb, calibrationPairs: 1, validationPairs: 4, search: '', seed: 1, evaluations: 1, seconds: 1 };
  const model = { kind: 'bound', id: 'tiny', binding: BINDING } as const;
  const sigmas = Array.from({ length: 29 }, (_, step) => 1 - step / 28);
  const file: PolicyFile = { format: 'budcache-policy/1', name: `NFE ${nfe}`, model, stepCount: 28, sigmas, computedSteps, payload: 'reuse', evidence, provenance: '', ...change };
  return { id: `${source}/${nfe}`, source, file };
}

const run = (nfe: number, change: Partial<ComparedRun> = {}): ComparedRun => ({
  binding: BINDING,
  stepCount: 28,
  nfe,
  policyName: 'x',
  policyId: `shipped/${nfe}`,
  prompt: 'a cube',
  seed: nfe,
  guidanceScale: 4,
  latentPsnrDb: 33,
  totalMs: 900,
  createdMs: 1,
  ...change,
});

describe('points of the curve', () => {
  it('are the policies measured on this model, by NFE, with the seconds foretold', () => {
    const points = policyPoints([stored(10), stored(6), stored(8, {}, 'own')], MODEL, 28, costs);
    expect(points.map(({ kind, nfe, psnrDb, ms }) => [kind, nfe, psnrDb, ms])).toEqual([
      ['shipped', 6, 36, 5 + 600 + 44 + 50],
      ['own', 8, 38, 5 + 800 + 40 + 50],
      ['shipped', 10, 40, 5 + 1000 + 36 + 50],
    ]);
  });

  it('leave out what was measured on another model, at other steps, or never', () => {
    const library = [
      stored(6, {}, 'shipped', null),
      stored(7, { evidence: null }),
      stored(8, { stepCount: 20 }),
      stored(9, { model: { kind: 'bound', id: 'tiny', binding: 'cd'.repeat(32) } }),
      stored(10, { model: { kind: 'portable', architecture: 'flux' } }),
    ];
    expect(policyPoints(library, MODEL, 28, costs)).toEqual([]);
  });

  it('hold multistep policies beside the run that they replace, and say so', () => {
    const library = [stored(8), stored(8, { payload: 'multistep', stepCount: 8, sigmas: Array.from({ length: 9 }, (_, step) => 1 - step / 8) }, 'own')];
    expect(policyPoints(library, MODEL, 28, costs).map(({ nfe, isMultistep, ms }) => [nfe, isMultistep, ms])).toEqual([
      [8, false, 5 + 800 + 40 + 50],
      [8, true, 5 + 800 + 50],
    ]);
    expect(policyPoints(library, MODEL, 8, costs)).toEqual([]);
  });

  it('are the person’s own comparisons, latest first, choosable while their policy is stored', () => {
    const runs = [run(6), run(8), run(9, { binding: 'x' }), run(9, { stepCount: 20 })];
    const points = runPoints(runs, BINDING, 28, [stored(6)]);
    expect(points.map(({ nfe, policyId, ms }) => [nfe, policyId, ms])).toEqual([
      [8, null, 900],
      [6, 'shipped/6', 900],
    ]);
  });

  it('have no place in seconds until this machine is measured', () => {
    const [point] = policyPoints([stored(6)], MODEL, 28, null);
    if (point === undefined) throw new Error('There is no point.');
    expect([placeOnAxis(point, 'nfe'), placeOnAxis(point, 'seconds'), placeOnAxis({ ...point, ms: 1500 }, 'seconds')]).toEqual([6, null, 1.5]);
  });
});
