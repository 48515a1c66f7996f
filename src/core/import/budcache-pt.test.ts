import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { policyProblems } from '../caching/policy-checks.ts';
import type { PolicyFile } from '../policy.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { importBudcachePt } from './budcache-pt.ts';
import type { ImportTarget } from './portable-policy.ts';
import type { Checked } from './refusal.ts';

/** As in fixtures/make_fixtures.py. */
const COMPUTED = [0, 1, 3, 5, 8, 11, 14, 18, 22, 26];
const WAN_COMPUTED = [0, 1, 2, 4, 7, 9];

const sigmasFor = (stepCount: number): number[] => fluxSigmas(stepCount, 64);
const flux: ImportTarget = { architecture: 'flux', stepCount: 28, sigmasFor };
const wan: ImportTarget = { ...flux, architecture: 'wan' };

async function imported(name: string, target = flux, as = name): Promise<Checked<PolicyFile>> {
  return importBudcachePt(await readFile(new URL(`fixtures/${name}`, import.meta.url)), as, target);
}

async function policyIn(name: string, target = flux, as = name): Promise<PolicyFile> {
  const outcome = await imported(name, target, as);
  if (!outcome.ok) throw new Error(outcome.error.message);
  expect(policyProblems(outcome.value)).toEqual([]);
  return outcome.value;
}

describe('official files', () => {
  it('stage 1 for FLUX: cached steps, the step count from the name, the model’s noise levels', async () => {
    const policy = await policyIn('flux_28nfe10_h3f9a2c.pt', { ...flux, stepCount: 8 });
    expect(policy).toMatchObject({
      format: 'budcache-policy/1',
      name: 'flux_28nfe10_h3f9a2c',
      model: { kind: 'portable', architecture: 'flux' },
      stepCount: 28,
      computedSteps: COMPUTED,
      sigmas: sigmasFor(28),
      payload: 'reuse',
      evidence: null,
    });
    expect(policy.provenance).toContain('0.00731');
    expect(policy.provenance).toContain('Not verified');
  });

  it('stage 1 under another name: the model’s step count, said so', async () => {
    const policy = await policyIn('flux_28nfe10_h3f9a2c.pt', flux, 'mine.pt');
    expect(policy.computedSteps).toEqual(COMPUTED);
    expect(policy.provenance).toContain('assumed');
    const misnamed = await policyIn('flux_28nfe10_h3f9a2c.pt', flux, 'flux_50nfe13_x.pt');
    expect(misnamed.stepCount).toBe(28);
  });

  it('stage 1 where the model takes fewer steps than the file names', async () => {
    const outcome = await imported('flux_28nfe10_h3f9a2c.pt', { ...flux, stepCount: 20 }, 'mine.pt');
    expect(outcome).toMatchObject({ error: { code: 'policy-invalid', message: 'Step 20 is outside the 20 steps from 0 to 19.' } });
  });

  it('stage 2 for FLUX: learned noise levels to the last bit of float32', async () => {
    const { sigmas, computedSteps } = await policyIn('official-stage2-flux.pt', { ...flux, stepCount: 8 });
    expect(computedSteps).toEqual(COMPUTED);
    expect(sigmas).toHaveLength(29);
    expect(sigmas).toEqual(sigmas.map(Math.fround));
    const half = Math.fround(3.16 * 0.5) / (1 + 2.16 * 0.5);
    expect(Math.abs((sigmas[14] ?? 0) - half)).toBeLessThan(1e-6);
  });

  it('both stages for Wan, whose trained last value is 0 up to rounding', async () => {
    const first = await policyIn('official-stage1-wan.pt', wan);
    const second = await policyIn('official-stage2-wan.pt', wan);
    expect([first.stepCount, first.computedSteps]).toEqual([12, WAN_COMPUTED]);
    expect([second.stepCount, second.computedSteps]).toEqual([12, WAN_COMPUTED]);
    expect(first.sigmas).toEqual(sigmasFor(12));
    expect(second.sigmas.at(-1)).toBe(0);
    expect(second.sigmas[6]).toBeCloseTo(5 / 6, 6);
  });

  it.each(['official-stage1-wan.pt', 'official-stage2-wan.pt'])('%s is refused on a FLUX model', async (name) => {
    expect(await imported(name)).toMatchObject({ ok: false, error: { code: 'policy-mismatch' } });
  });

  it('names the architecture of a file name', async () => {
    expect(await imported('flux_28nfe10_h3f9a2c.pt', wan)).toMatchObject({ error: { code: 'policy-mismatch' } });
    expect(await imported('list-cached.pt', flux, 'Z-Image_50nfe10_h1.pt')).toMatchObject({ error: { code: 'policy-mismatch' } });
  });
});

describe('files saved by hand', () => {
  it.each(['list-cached.pt', 'list-computed.pt', 'mask-bool.pt', 'mask-cached-bool.pt', 'dict-float64-sigmas.pt', 'protocol-4.pt'])(
    '%s holds the same ten steps of 28',
    async (name) => {
      expect(await policyIn(name)).toMatchObject({ stepCount: 28, computedSteps: COMPUTED });
    },
  );

  it('reads float64, strided float16 and bfloat16 noise levels', async () => {
    const double = await policyIn('dict-float64-sigmas.pt');
    expect(double.sigmas[14]).toBeCloseTo(2 / 3, 6);
    const half = await policyIn('dict-half-strided.pt');
    expect(half.computedSteps).toEqual(WAN_COMPUTED);
    half.sigmas.forEach((sigma, index) => expect(Math.abs(sigma - (1 - index / 12))).toBeLessThan(5e-4));
    expect(await policyIn('dict-bfloat16.pt')).toMatchObject({ sigmas: [1, 0.75, 0.5, 0.25, 0], computedSteps: [0, 2] });
  });

  it('passes over fields that are no part of a schedule', async () => {
    expect(await policyIn('dict-with-state.pt')).toMatchObject({ stepCount: 4, computedSteps: [0, 2] });
  });
});

describe('refused files', () => {
  it.each([
    ['refused-code.pt', 'pickle-unsupported', 'posix.system'],
    ['refused-legacy.pt', 'zip-unsupported', 'before version 1.6'],
    ['official-search-history.pt', 'layout-unknown', 'neither'],
    ['make_fixtures.py', 'zip-invalid', 'not a zip file'],
  ])('%s: %s', async (name, code, words) => {
    expect(await imported(name)).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(words) as string } });
  });
});
