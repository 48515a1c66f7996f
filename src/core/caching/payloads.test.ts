/** Each payload against trajectories known in closed form. */
import { describe, expect, it } from 'vitest';
import type { CachePolicy } from '../policy.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import type { AnalyticField } from '../test-support/analytic-model.ts';
import { createAnalyticModel, fieldAt } from '../test-support/analytic-model.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createToyModel } from '../test-support/toy-model.ts';
import { createCachedDenoiser } from './cached-denoiser.ts';

const STEP_COUNT = 8;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const at = (step: number): number => sigmas[step] ?? Number.NaN;
const constant: AnalyticField = { offset: [1, -2], slope: [0, 0], bend: [0, 0] };
const line: AnalyticField = { offset: [1, -2], slope: [3, 0.5], bend: [0, 0] };
const parabola: AnalyticField = { offset: [1, -2], slope: [3, 0.5], bend: [-2, 4] };
const computedSteps = [0, 2, 5];
const NOISE = [0.5, -0.25];

/** The velocity used at each step, read off the latents, and what is left of the memory. */
async function velocitiesOf(field: AnalyticField, change: Omit<Partial<CachePolicy>, 'sigmas'>) {
  const ledger = createLedger();
  const policy: CachePolicy = { stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse', ...change };
  const { denoise } = createCachedDenoiser(createAnalyticModel(field, ledger), policy, ledger.ops);
  const velocities: number[][] = [];
  const watched: typeof denoise = async (latents, step) => {
    const velocity = await denoise(latents, step);
    velocities.push([...ledger.use(velocity)]);
    return velocity;
  };
  await sampleEuler(watched, ledger.own(Float32Array.from(NOISE)), sigmas, ledger.ops);
  // Noise and final latents.
  expect(ledger.alive()).toBe(2);
  return velocities;
}

/** NaN when the lengths differ. */
const farthest = (velocity: readonly number[] | undefined, expected: readonly number[]): number =>
  velocity?.length === expected.length ? Math.max(...expected.map((value, index) => Math.abs(value - (velocity[index] ?? Number.NaN)))) : Number.NaN;

const everyStep = [0, 1, 2, 3, 4, 5, 6, 7];

describe('on a straight line in σ', () => {
  it('Taylor is exact once two steps are computed', async () => {
    const velocities = await velocitiesOf(line, { payload: 'taylor' });
    for (const step of everyStep.filter((index) => index !== 1)) expect(farthest(velocities[step], fieldAt(line, at(step)))).toBeLessThan(1e-5);
    // With one anchor it reuses.
    expect(farthest(velocities[1], fieldAt(line, at(0)))).toBeLessThan(1e-5);
  });

  it('damped Taylor goes half the way', async () => {
    const velocities = await velocitiesOf(line, { payload: 'damped-taylor' });
    expect(farthest(velocities[4], fieldAt(line, (at(2) + at(4)) / 2))).toBeLessThan(1e-5);
    expect(farthest(velocities[7], fieldAt(line, (at(5) + at(7)) / 2))).toBeLessThan(1e-5);
  });

  it.each([undefined, 1, 1.5])('two anchors go γ = %s of the way from the older to the newer', async (parameter) => {
    const velocities = await velocitiesOf(line, { payload: 'two-anchor', ...(parameter === undefined ? {} : { parameter }) });
    const gamma = parameter ?? 1.25;
    expect(farthest(velocities[6], fieldAt(line, at(2) + gamma * (at(5) - at(2))))).toBeLessThan(1e-5);
    expect(farthest(velocities[1], fieldAt(line, at(0)))).toBeLessThan(1e-5);
  });

  it('mean velocity with span 1 repeats the last velocity', async () => {
    const velocities = await velocitiesOf(line, { payload: 'mean-velocity', parameter: 1 });
    for (const [step, from] of [[1, 0], [3, 2], [4, 2], [7, 5]] as const) expect(farthest(velocities[step], fieldAt(line, at(from)))).toBeLessThan(1e-5);
  });

  it('mean velocity with span 2 adds the slope between mean and start, by its formula', async () => {
    const velocities = await velocitiesOf(line, { payload: 'mean-velocity', parameter: 2 });
    // At step 3: the last two steps are 1 and 2; both velocities are known.
    const [first, last] = [velocities[1] ?? [], velocities[2] ?? []];
    const [widthFirst, widthLast] = [at(2) - at(1), at(3) - at(2)];
    const width = widthFirst + widthLast;
    const expected = last.map((value, index) => {
      const start = first[index] ?? Number.NaN;
      const mean = (widthFirst * start + widthLast * value) / width;
      return value + ((at(4) - at(3)) * (mean - start)) / width;
    });
    expect(farthest(velocities[3], expected)).toBeLessThan(1e-5);
  });
});

describe('on a constant field', () => {
  it.each(['reuse', 'taylor', 'damped-taylor', 'two-anchor', 'mean-velocity'] as const)('%s is exact', async (payload) => {
    for (const velocity of await velocitiesOf(constant, { payload })) expect(farthest(velocity, fieldAt(constant, 0))).toBeLessThan(1e-5);
  });
});

describe('fitted', () => {
  it('combines older velocities: Lagrange’s weights meet a parabola exactly', async () => {
    const lagrange = (step: number): number[] =>
      [5, 2, 0].map((node) => [5, 2, 0].reduce((product, other) => (other === node ? product : (product * (at(step) - at(other))) / (at(node) - at(other))), 1));
    const weightsOf = (step: number): number[] => (step < 5 ? [1] : lagrange(step));
    const coefficients = [1, 3, 4, 6, 7].map((stepIndex) => ({ stepIndex, basis: 'velocities' as const, weights: weightsOf(stepIndex) }));
    const velocities = await velocitiesOf(parabola, { payload: 'fitted', coefficients });
    expect(farthest(velocities[6], fieldAt(parabola, at(6)))).toBeLessThan(1e-5);
    expect(farthest(velocities[7], fieldAt(parabola, at(7)))).toBeLessThan(1e-5);
    expect(farthest(velocities[4], fieldAt(parabola, at(2)))).toBeLessThan(1e-5);
  });

  it('combines two head outputs: weight 1 of the extrapolated one is Taylor', async () => {
    const coefficients = [1, 3, 4, 6, 7].map((stepIndex) => ({ stepIndex, basis: 'heads' as const, weights: stepIndex === 1 ? [1] : [0, 1] }));
    expect(await velocitiesOf(parabola, { payload: 'fitted', coefficients })).toEqual(await velocitiesOf(parabola, { payload: 'taylor' }));
  });

  it('combines heads and the newest velocity', async () => {
    const basis = 'heads-and-velocity' as const;
    const coefficients = [1, 3, 4, 6, 7].map((stepIndex) => ({ stepIndex, basis, weights: stepIndex === 1 ? [0.5, 0.25] : [0.5, 0.25, 2] }));
    const velocities = await velocitiesOf(line, { payload: 'fitted', coefficients });
    const [older, exact] = [fieldAt(line, at(2)), fieldAt(line, at(4))];
    expect(farthest(velocities[4], older.map((value, index) => 0.75 * value + 2 * (exact[index] ?? Number.NaN)))).toBeLessThan(1e-5);
  });

  it('with weight 1 of one head is plain reuse bit for bit, also on a model whose head sees the step', async () => {
    const run = async (change: Partial<CachePolicy>): Promise<Float32Array> => {
      const ledger = createLedger();
      const policy: CachePolicy = { stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse', ...change };
      const { denoise } = createCachedDenoiser(createToyModel(ledger), policy, ledger.ops);
      return sampleEuler(denoise, ledger.own(Float32Array.of(0.3, -1, 2)), sigmas, ledger.ops);
    };
    const coefficients = [1, 3, 4, 6, 7].map((stepIndex) => ({ stepIndex, basis: 'heads' as const, weights: [1] }));
    expect(await run({ payload: 'fitted', coefficients })).toEqual(await run({}));
  });
});

describe('multistep', () => {
  it('replaces each velocity by the weighted sum with older ones: Adams and Bashforth’s second order', async () => {
    const ratio = (step: number): number => (at(step + 1) - at(step)) / (at(step) - at(step - 1)) / 2;
    const coefficients = everyStep.map((stepIndex) => {
      const weights = stepIndex === 0 ? [1] : [1 + ratio(stepIndex), -ratio(stepIndex)];
      return { stepIndex, basis: 'velocities' as const, weights };
    });
    const velocities = await velocitiesOf(line, { payload: 'multistep', computedSteps: everyStep, coefficients });
    // Of a line, the exact mean over the step.
    for (const step of everyStep.slice(1)) expect(farthest(velocities[step], fieldAt(line, (at(step) + at(step + 1)) / 2))).toBeLessThan(1e-5);
  });
});
