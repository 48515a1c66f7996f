import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../caching/cached-denoiser.ts';
import { recordTeacher } from '../caching/teacher-run.ts';
import type { StepContext } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createAnalyticModel, fieldAt } from '../test-support/analytic-model.ts';
import type { Ledger } from '../test-support/ledger-ops.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { createToyModel } from '../test-support/toy-model.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { cpuSignalOps, meanAbsolute, relativeChange } from './cpu-signal-ops.ts';
import { dicache, dicacheForced, dicacheStatic } from './dicache.ts';
import { easycache, easycacheForced } from './easycache.ts';
import { ertacache, ertacacheMask, fitErtacache, rectify } from './ertacache.ts';
import type { CacheMethod, ProbeModel, SignalOps } from './method.ts';
import { maskRule, thresholdRule } from './method.ts';
import { createMethodDenoiser } from './method-denoiser.ts';
import { taylorseer, taylorseerMask, taylorWeights } from './taylorseer.ts';
import { teacache } from './teacache.ts';

const STEPS = 12;
const sigmas = fluxSigmas(STEPS, 64);
const noise = Float32Array.of(0.4, -1.1, 0.9, 0.2);

/** The toy model, its probes made from the latents and σ. */
function probed(ledger: Ledger): ProbeModel<Float32Array> & { readonly calls: string[] } {
  const toy = createToyModel(ledger);
  return {
    ...toy,
    probe: async (name, latents: Float32Array, { sigma }: StepContext) => {
      toy.calls.push(name === 'modulated' ? 'm' : 'f');
      const modulated = ledger.use(latents).map((value) => (1 + sigma) * value);
      if (name === 'modulated') return [ledger.own(modulated)];
      return [ledger.own(modulated.map((value) => value + Math.sin(value))), ledger.own(modulated.map((value) => Math.sin(value)))];
    },
  };
}

const signalOps = (ledger: Ledger): SignalOps<Float32Array> => ({
  ...ledger.ops,
  means: (differences) =>
    cpuSignalOps.means(differences.map(([left, right]) => [ledger.use(left), right === null ? null : ledger.use(right)] as const)),
});

const METHODS: readonly (readonly [string, CacheMethod<Float32Array>, string])[] = [
  ['TeaCache', teacache([0, 1]), 'm'],
  ['EasyCache', easycache(), ''],
  ['DiCache', dicache(), 'f'],
  ['TaylorSeer', taylorseer(2), ''],
];

describe.each(METHODS)('%s while sampling', (_, method, probe) => {
  it('keeps every tensor alive while it is used, and releases all of them', async () => {
    const ledger = createLedger();
    const model = probed(ledger);
    const rule = thresholdRule({ threshold: method.signal === null ? -1 : 0.4, forcedFirst: 2, forceLast: true });
    const denoiser = createMethodDenoiser(model, method, method.signal === null ? maskRule([0, 1, 2, 6]) : rule, STEPS, signalOps(ledger));
    for (let run = 0; run < 2; run++) {
      const final = await sampleEuler(denoiser.denoise, ledger.own(noise.slice()), sigmas, ledger.ops);
      expect(final.every(Number.isFinite)).toBe(true);
      const letters = denoiser.decisions().map((decision) => (decision === 'compute' ? 'F' : 'C'));
      expect(letters).toContain('C');
      expect(letters.filter((letter) => letter === 'F').length).toBeGreaterThan(2);
    }
    // Of each run the noise and the final latents.
    expect(ledger.alive()).toBe(4);
    expect(model.calls.join('').startsWith(`${probe}F${probe}F`)).toBe(true);
  });

  it('releases what it holds when a run ends early', async () => {
    const ledger = createLedger();
    const denoiser = createMethodDenoiser(probed(ledger), method, maskRule([0, 1, 4]), STEPS, signalOps(ledger));
    const latents = ledger.own(noise.slice());
    for (const stepIndex of [0, 1, 2, 3]) {
      ledger.ops.release(await denoiser.denoise(latents, { stepIndex, sigma: sigmas[stepIndex] ?? 0, sigmaNext: sigmas[stepIndex + 1] ?? 0 }));
    }
    denoiser.dispose();
    expect(ledger.alive()).toBe(1);
    await expect(denoiser.denoise(latents, { stepIndex: 7, sigma: 0.5, sigmaNext: 0.4 })).rejects.toThrow('Step 4 is expected');
  });
});

describe('signals', () => {
  const step = { stepIndex: 3, sigma: 0.5, sigmaNext: 0.4 };
  const read = async (method: CacheMethod<Float32Array>, seen: Parameters<NonNullable<typeof method.signal>['differences']>[0]) =>
    method.signal?.read(await cpuSignalOps.means(method.signal.differences(seen)));
  const of = (...values: number[]): Float32Array => Float32Array.from(values);
  const anchor = (latents: Float32Array, velocity: Float32Array, ...probe: Float32Array[]) => ({ step, latents, velocity, residual: of(0, 0), probe });

  it('TeaCache: the polynomial of the modulated input’s relative change', async () => {
    const seen = { step, latents: of(0, 0), probe: [of(1, 5)], previous: { latents: of(0, 0), probe: [of(2, 2)] }, computed: [] };
    // Mean |(−1, 3)| / mean |(2, 2)| = 1; 0.5 + 2·1 + 1².
    expect((await read(teacache([0.5, 2, 1]), seen))?.change).toBeCloseTo(3.5, 6);
  });

  it('EasyCache: the rate of output to latents between computed steps, times what the latents moved, over the output’s size', async () => {
    const computed = [anchor(of(4, 0), of(2, -2)), anchor(of(0, 0), of(0, 2))];
    const seen = { step, latents: of(5, 1), probe: [], previous: { latents: of(5, 0), probe: [] }, computed };
    // k = mean |(2, −4)| / mean |(4, 0)| = 1.5; moved .5; size 2.
    expect((await read(easycache(), seen))?.change).toBeCloseTo((1.5 * 0.5) / 2, 6);
    expect(easycache<Float32Array>().signal?.differences({ ...seen, computed: computed.slice(1) })).toEqual([]);
  });

  it('EasyCache: moves the output with the latents', async () => {
    const computed = [anchor(of(4, 0), of(2, -2)), anchor(of(0, 0), of(0, 2))];
    const work = { step, latents: of(5, 1), probe: [], previous: { latents: of(5, 0), probe: [] }, computed, gamma: undefined, cached: () => Promise.reject(new Error('no')), ops: cpuTensorOps };
    expect(await easycache<Float32Array>().velocityOf(work)).toEqual(of(3, -1));
  });

  it('DiCache: γ is how far the probe has gone, within 1 to 1.5', async () => {
    const gammaAt = async (now: number): Promise<number | undefined> => {
      const computed = [anchor(of(0), of(0), of(9), of(2)), anchor(of(0), of(0), of(9), of(1))];
      const seen = { step, latents: of(0), probe: [of(3), of(now)], previous: { latents: of(0), probe: [of(2), of(0)] }, computed };
      const reading = await read(dicache(), seen);
      expect(reading?.change).toBeCloseTo(0.5, 6);
      return reading?.gamma;
    };
    expect(await gammaAt(2.25)).toBeCloseTo(1.25, 6);
    expect(await gammaAt(1.1)).toBe(1);
    expect(await gammaAt(7)).toBe(1.5);
  });

  it('DiCache: goes on along the way from the older residual to the newer', async () => {
    const computed = [{ ...anchor(of(0), of(0)), residual: of(3) }, { ...anchor(of(0), of(0)), residual: of(1) }];
    const cached = async (residual: Float32Array): Promise<Float32Array> => residual.map((value) => 10 * value);
    const work = { step, latents: of(0), probe: [], previous: { latents: of(0), probe: [] }, computed, gamma: undefined, cached, ops: cpuTensorOps };
    expect(await dicacheStatic<Float32Array>(1.5).velocityOf(work)).toEqual(of(40));
    expect(await dicacheStatic<Float32Array>(1.5).velocityOf({ ...work, computed: computed.slice(0, 1) })).toEqual(of(30));
  });

  it('means are of absolute differences', () => {
    expect(meanAbsolute([of(1, -3), null])).toBe(2);
    expect(relativeChange(of(1, 2), of(2, 2))).toBe(0.25);
    expect(() => meanAbsolute([of(1), of(1, 2)])).toThrow('Cannot compare');
  });
});

describe('forced steps', () => {
  it('are the papers’ share of the run, scaled to small budgets', () => {
    expect(easycacheForced(50, 30).forcedFirst).toBe(10);
    expect(easycacheForced(28, 6).forcedFirst).toBe(2);
    expect(dicacheForced(28, 14).forcedFirst).toBe(5);
    expect(dicacheForced(28, 6).forcedFirst).toBe(3);
    expect(taylorseerMask({ stepCount: 28, nfe: 8, prefix: 1 }).slice(0, 4)).toEqual([0, 1, 2, 6]);
  });
});

describe('TaylorSeer', () => {
  it('is exact on a residual of its order in the step number', () => {
    const at = (step: number): number => 2 - 3 * step + 0.5 * step * step;
    // Divided by the newest gap alone, the second difference is exact where gaps are equal.
    const anchors = [8, 6, 4];
    const predicted = taylorWeights(anchors, 9, 2).reduce((sum, weight, index) => sum + weight * at(anchors[index] ?? 0), 0);
    const [d1, d2] = [(at(8) - at(6)) / 2, ((at(8) - at(6)) / 2 - (at(6) - at(4)) / 2) / 2];
    expect(predicted).toBeCloseTo(at(8) + d1 + d2 / 2, 10);
    const linear = taylorWeights([8, 3], 10, 1);
    expect((linear[0] ?? 0) * 8 + (linear[1] ?? 0) * 3).toBeCloseTo(10, 10);
    expect(taylorWeights([8], 10, 2)).toEqual([1]);
    expect(taylorWeights([8, 3], 10, 2)).toEqual(linear);
  });

  it('of first order is exact where the velocity is linear in the step number', async () => {
    const even = Array.from({ length: STEPS + 1 }, (_, step) => 1 - step / STEPS);
    const ledger = createLedger();
    const field = { offset: [1, -2], slope: [0.5, 3], bend: [0, 0] };
    const model = { ...createAnalyticModel(field, ledger), probe: () => Promise.resolve([]) };
    const denoiser = createMethodDenoiser(model, taylorseer<Float32Array>(1), maskRule([0, 1, 6]), STEPS, signalOps(ledger));
    const latents = ledger.own(Float32Array.of(0, 0));
    for (const stepIndex of Array.from({ length: STEPS }, (_, step) => step)) {
      const [sigma, sigmaNext] = [even[stepIndex] ?? 0, even[stepIndex + 1] ?? 0];
      const velocity = await denoiser.denoise(latents, { stepIndex, sigma, sigmaNext });
      fieldAt(field, sigma).forEach((value, index) => expect(velocity[index]).toBeCloseTo(value, 5));
    }
  });
});

describe('reuse', () => {
  it('under a mask is the cached sampler’s, bit for bit', async () => {
    const toy = createLooseToyModel();
    const computedSteps = [0, 1, 4, 9];
    const model = { ...toy, probe: () => Promise.resolve([]) };
    const method = createMethodDenoiser<Float32Array>(model, { ...teacache([0, 1]), signal: null }, maskRule(computedSteps), STEPS, cpuSignalOps);
    const cached = createCachedDenoiser(toy, { stepCount: STEPS, sigmas, computedSteps, payload: 'reuse' }, cpuTensorOps);
    expect(await sampleEuler(method.denoise, noise, sigmas, cpuTensorOps)).toEqual(await sampleEuler(cached.denoise, noise, sigmas, cpuTensorOps));
  });
});

describe('ERTACache', () => {
  it('skips while the residual stays near the newest computed one', () => {
    const residuals = [1, 1.1, 1.2, 1.5, 1.6, 2.4].map((value) => Float32Array.of(value));
    const { mask, errors } = ertacacheMask([{ residuals }], 0.2);
    // 1 → 1.2: .1667; 1 → 1.5: .333, computed; 1.5 → 2.4: .375, computed.
    expect(mask).toEqual([0, 3, 5]);
    expect(errors.get(2)).toBeCloseTo(0.2 / 1.2, 5);
  });

  it('finds scale and lines again', () => {
    const reused = Float32Array.of(1, 10, 2, -20, 4, 5);
    const wanted = reused.map((value, index) => (index % 2 === 0 ? 2 * value + 1 : 0.5 * value - 3));
    const { stepScale, slopes, offsets } = rectify([{ wanted, reused }], 2);
    expect(stepScale + (slopes[0] ?? 0)).toBeCloseTo(2, 5);
    expect(stepScale + (slopes[1] ?? 0)).toBeCloseTo(0.5, 5);
    expect(offsets[0]).toBeCloseTo(1, 5);
    expect(offsets[1]).toBeCloseTo(-3, 5);
  });

  it('comes nearer to the full run than plain reuse on the same mask', async () => {
    const toy = createLooseToyModel();
    const model = { ...toy, probe: () => Promise.resolve([]) };
    const starts = [noise, noise.map((value) => value + 0.1), noise.map((value) => value - 0.1)];
    const pairs = await Promise.all(starts.map(async (start) => ({ model: toy, teacher: await recordTeacher(toy, start, sigmas) })));
    const { mask } = ertacacheMask(pairs.map(({ teacher }) => teacher), 0.35);
    expect(mask.length).toBeLessThan(STEPS);
    const rectifications = await fitErtacache(pairs, mask, 4);
    const errorOf = async (method: CacheMethod<Float32Array>): Promise<number> => {
      const denoiser = createMethodDenoiser(model, method, maskRule(mask), STEPS, cpuSignalOps);
      return meanSquaredError(pairs[0]?.teacher.latents.at(-1) ?? [], await sampleEuler(denoiser.denoise, noise, sigmas, cpuTensorOps));
    };
    expect(await errorOf(ertacache(rectifications))).toBeLessThan((await errorOf({ ...teacache<Float32Array>([0, 1]), signal: null })) / 2);
  });
});
