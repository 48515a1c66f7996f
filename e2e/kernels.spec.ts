/** The weighted-sum kernel against the CPU path, on everything that any payload asks of it in whole runs. */
import { createCachedDenoiser } from '../src/core/caching/cached-denoiser.ts';
import { createClosedLoopFit, FIT_SETTINGS } from '../src/core/caching/closed-loop-fit.ts';
import { fitMultistep } from '../src/core/caching/multistep-fit.ts';
import { recordTeacher } from '../src/core/caching/teacher-run.ts';
import type { CachePolicy, FittedBasis } from '../src/core/policy.ts';
import { torchRandn } from '../src/core/rng/torch-randn.ts';
import { cpuTensorOps } from '../src/core/sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../src/core/sampling/euler.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { createLooseToyModel } from '../src/core/test-support/loose-model.ts';
import type { TensorOps } from '../src/core/tensor-ops.ts';
import type { Sum } from './fixtures/gpu-sums.ts';
import { openGpuPage, sumsOnGpu, wrongPlacesOfLongSum } from './fixtures/gpu-sums.ts';
import { expect, test } from './fixtures/test.ts';

/** More than one workgroup, and no multiple of one. */
const LENGTH = 200;
const sigmas = fluxSigmas(12, 64);
const computedSteps = [0, 1, 4, 8];
const base = { stepCount: 12, sigmas, computedSteps };
/** Three products and two sums, each rounded once or, fused, not at all. */
const ROUNDINGS = 4 * 2 ** -24;

interface CheckedSum extends Sum {
  readonly result: readonly number[];
}

async function policies(): Promise<CachePolicy[]> {
  const model = createLooseToyModel();
  const pairOf = async (seed: number, levels: readonly number[]) => ({ model, teacher: await recordTeacher(model, torchRandn(seed, LENGTH), levels) });
  const pairs = await Promise.all([1, 2, 3].map((seed) => pairOf(seed, sigmas)));
  const bases: FittedBasis[] = ['heads', 'velocities', 'heads-and-velocity'];
  const fitted = bases.map(async (basis): Promise<CachePolicy> => {
    const { steps } = await createClosedLoopFit(pairs, [], sigmas, { ...FIT_SETTINGS, bases: [basis] }).fit(computedSteps);
    return { ...base, payload: 'fitted', coefficients: steps.map(({ coefficients }) => coefficients) };
  });
  const levels = fluxSigmas(5, 64);
  const { coefficients } = await fitMultistep(pairs, [], levels);
  const fixed = (['reuse', 'taylor', 'damped-taylor', 'two-anchor', 'mean-velocity'] as const).map((payload): CachePolicy => ({ ...base, payload }));
  return [...fixed, ...(await Promise.all(fitted)), { stepCount: 5, sigmas: levels, computedSteps: [0, 1, 2, 3, 4], payload: 'multistep', coefficients }];
}

/** Every sum of a whole run, with what the CPU path made of it. */
async function sumsOf(policy: CachePolicy): Promise<CheckedSum[]> {
  const sums: CheckedSum[] = [];
  const ops: TensorOps<Float32Array> = {
    ...cpuTensorOps,
    weightedSum(weights, terms) {
      const result = cpuTensorOps.weightedSum(weights, terms);
      sums.push({ weights: [...weights], terms: terms.map((term) => [...term]), result: [...result] });
      return result;
    },
  };
  await sampleEuler(createCachedDenoiser(createLooseToyModel(), policy, ops).denoise, torchRandn(9, LENGTH), policy.sigmas, ops);
  return sums;
}

test('the kernel adds what every payload asks for as the CPU path does, to float rounding', async ({ page }) => {
  await openGpuPage(page);
  for (const policy of await policies()) {
    const name = `${policy.payload} ${policy.coefficients?.at(-1)?.basis ?? ''}`;
    const sums = await sumsOf(policy);
    const onGpu = await sumsOnGpu(page, sums);
    expect(onGpu, name).toHaveLength(sums.length);
    for (const [index, { weights, terms, result }] of sums.entries()) {
      const found = onGpu[index] ?? [];
      expect(found, name).toHaveLength(LENGTH);
      const excess = result.map((value, place) => {
        const size = terms.reduce((sum, term, t) => sum + Math.abs((weights[t] ?? Number.NaN) * (term[place] ?? Number.NaN)), 0);
        return Math.abs(value - (found[place] ?? Number.NaN)) - ROUNDINGS * size;
      });
      expect(Math.max(...excess), `${name}, sum ${index}`).toBeLessThanOrEqual(0);
    }
    // The fitted payloads are what the third buffer is for.
    const mostTerms = Math.max(...sums.map(({ terms }) => terms.length));
    if (policy.coefficients?.some(({ weights }) => weights.length === 3) === true) expect(mostTerms, name).toBe(3);
  }
});

test('fitted coefficients of three buffers are among them', async () => {
  const basesOfThree = (await policies()).flatMap(({ payload, coefficients }) =>
    coefficients?.some(({ weights }) => weights.length === 3) === true ? [`${payload} ${coefficients.at(-1)?.basis}`] : [],
  );
  expect(basesOfThree).toEqual(expect.arrayContaining(['fitted velocities', 'multistep velocities']));
});

test('the kernel reaches every place of a tensor longer than all its workgroups', async ({ page }) => {
  await openGpuPage(page);
  expect(await wrongPlacesOfLongSum(page, 65_535 * 64 + 77)).toBe(0);
});

test('terms that are not there are not read: zero times infinity is no zero', async ({ page }) => {
  await openGpuPage(page);
  const [one, two] = await sumsOnGpu(page, [
    { weights: [1], terms: [[Infinity, 1]] },
    { weights: [1, 2], terms: [[Infinity, 1], [1, 2]] },
  ]);
  expect([one, two]).toEqual([[Infinity, 1], [Infinity, 5]]);
});
