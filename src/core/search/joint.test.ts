/** Both kinds of joint search, on a model whose trajectory is known and on one that is not so simple. */
import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../caching/cached-denoiser.ts';
import { createClosedLoopFit, FIT_SETTINGS } from '../caching/closed-loop-fit.ts';
import { fitMultistep } from '../caching/multistep-fit.ts';
import { policyProblems } from '../caching/policy-checks.ts';
import { recordTeacher } from '../caching/teacher-run.ts';
import type { ResidualModel } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createAnalyticModel } from '../test-support/analytic-model.ts';
import { createLedger } from '../test-support/ledger-ops.ts';
import { createLooseToyModel, withoutBooks } from '../test-support/loose-model.ts';
import { enumerateMasks } from './exhaustive.ts';
import { JOINT_CACHED_SETTINGS, searchCachedJointly } from './joint-cached.ts';
import { levelsOfMask, searchMultistepJointly } from './joint-multistep.ts';
import { createJointBook } from './joint-task.ts';
import type { JointBook, JointEvent, JointOutcome, JointPair, JointTask } from './joint-task.ts';
import { meanLogLoss } from './staged-objective.ts';

const STEP_COUNT = 10;
const sigmas = fluxSigmas(STEP_COUNT, 64);

async function pairOf(model: ResidualModel<Float32Array>, seed: number): Promise<JointPair> {
  return { teacher: await recordTeacher(model, torchRandn(seed, 16), sigmas), modelAt: () => model };
}
const toyPairs = (seeds: readonly number[]): Promise<JointPair[]> => Promise.all(seeds.map((seed) => pairOf(createLooseToyModel(), seed)));

/** Every pair with a field of its own, bent enough that two velocities do not tell all. */
function analyticPair(seed: number): Promise<JointPair> {
  const ledger = createLedger();
  const [offset, slope, bend] = [1, 2, 3].map((part) => [...torchRandn(10 * seed + part, 16)]);
  return pairOf(withoutBooks(createAnalyticModel({ offset: offset ?? [], slope: slope ?? [], bend: bend ?? [] }, ledger), ledger), seed);
}

async function taskOf(change: Partial<JointTask> = {}): Promise<JointTask> {
  const [calibration, judges] = [await toyPairs([1, 2]), await toyPairs([3, 4])];
  return { calibration, judges, sigmas, nfe: 4, seed: 3, maxMuEvaluations: 8, maxGapEvaluations: 20, ...change };
}

const cachedSearch = (task: JointTask): Promise<JointOutcome> => searchCachedJointly(task, { ...JOINT_CACHED_SETTINGS, maxMasks: 30 });
const multistepSearch = (task: JointTask): Promise<JointOutcome> =>
  searchMultistepJointly(task, { starts: [fluxSigmas(task.nfe, 64), levelsOfMask(sigmas, [0, 1, 4, 7].slice(0, task.nfe))], ridge: 1e-4 });

describe.each([
  ['the cached kind', cachedSearch, 'fitted'],
  ['the multistep kind', multistepSearch, 'multistep'],
] as const)('%s', (_, search, payload) => {
  it('is a policy of the exact budget whose own runs are worth what the search says', async () => {
    const task = await taskOf();
    const { policy, value, stages } = await search(task);
    expect(policyProblems(policy)).toEqual([]);
    expect(policy.payload).toBe(payload);
    expect(policy.computedSteps).toHaveLength(4);
    expect(policy.computedSteps[0]).toBe(0);
    const losses: number[] = [];
    for (const { teacher, modelAt } of task.judges) {
      const { denoise } = createCachedDenoiser(modelAt(policy.sigmas), policy, cpuTensorOps);
      const latents = await sampleEuler(denoise, teacher.latents[0] ?? new Float32Array(0), policy.sigmas, cpuTensorOps);
      losses.push(meanSquaredError(teacher.latents.at(-1) ?? [], latents));
    }
    expect(meanLogLoss(losses)).toBeCloseTo(value, 5);
    expect(value).toBe(stages.afterGaps);
  });

  it('only gets better from stage to stage, and the noise levels are worth something', async () => {
    const { stages } = await search(await taskOf({ maxGapEvaluations: 60 }));
    const { start, afterMask, afterMu, afterGaps } = stages;
    expect([start, afterMask, afterMu, afterGaps]).toEqual([start, afterMask, afterMu, afterGaps].toSorted((a, b) => b - a));
    expect(afterGaps).toBeLessThan(afterMask - 0.05);
  });

  it('repeats itself for one seed, with a best that only falls', async () => {
    const trail = async (): Promise<{ events: JointEvent[]; outcome: JointOutcome }> => {
      const events: JointEvent[] = [];
      const outcome = await search(await taskOf({ onProgress: (event) => void events.push(event) }));
      return { events, outcome };
    };
    const { events, outcome } = await trail();
    expect(await trail()).toEqual({ events, outcome });
    const bests = events.map(({ bestValue }) => bestValue);
    expect(bests).toEqual(bests.toSorted((a, b) => b - a));
    expect(bests.at(-1)).toBe(outcome.value);
  });

  it('stopped and gone on with from plain data, ends as if never stopped, and pays for nothing twice', async () => {
    const uninterrupted = await search(await taskOf());
    const paid: [string, readonly number[]][] = [];
    const paying = (known: readonly (readonly [string, readonly number[]])[], allowed: number): JointBook => {
      const book = createJointBook(known);
      let left = allowed;
      return {
        recall: (key, make) =>
          book.recall(key, async () => {
            if (left-- <= 0) throw new Error('stopped');
            const losses = await make();
            paid.push([key, losses]);
            return losses;
          }),
      };
    };
    await expect(search(await taskOf({ book: paying([], 12) }))).rejects.toThrow('stopped');
    expect(paid).toHaveLength(12);
    const saved = JSON.parse(JSON.stringify(paid)) as typeof paid;
    expect(await search(await taskOf({ book: paying(saved, Infinity) }))).toEqual(uninterrupted);
    expect(new Set(paid.map(([key]) => key)).size).toBe(paid.length);
  });

  it('can be cancelled', async () => {
    const cancel = { throwIfAborted: (): never => { throw new Error('cancelled'); } };
    await expect(search(await taskOf({ cancel }))).rejects.toThrow('cancelled');
  });

  it('needs pairs to judge by', async () => {
    await expect(search(await taskOf({ judges: [] }))).rejects.toThrow(RangeError);
  });
});

describe('on a trajectory that is known', () => {
  it('the cached kind finds the mask that looking at all of them finds, before the levels move', async () => {
    const task = await taskOf({ calibration: await Promise.all([1, 2].map(analyticPair)), judges: await Promise.all([3, 4].map(analyticPair)), nfe: 2 });
    const { stages, policy } = await searchCachedJointly(task, { ...JOINT_CACHED_SETTINGS, maxMasks: 40 });
    const on = (pairs: readonly JointPair[]) => pairs.map(({ modelAt, teacher }) => ({ model: modelAt(sigmas), teacher }));
    const fit = createClosedLoopFit(on(task.calibration), on(task.judges), sigmas, FIT_SETTINGS);
    const values: { mask: readonly number[]; value: number }[] = [];
    for (const mask of enumerateMasks({ stepCount: STEP_COUNT, nfe: 2, prefix: 1 })) {
      const { validationLatents } = await fit.fit(mask);
      values.push({ mask, value: meanLogLoss(task.judges.map(({ teacher }, pair) => meanSquaredError(teacher.latents.at(-1) ?? [], validationLatents[pair] ?? []))) });
    }
    const best = values.toSorted((a, b) => a.value - b.value)[0];
    expect(policy.computedSteps).toEqual(best?.mask);
    expect(stages.afterMask).toBeCloseTo(best?.value ?? Number.NaN, 8);
  });

  it('the multistep kind finds the one free noise level that a scan finds', async () => {
    const task = await taskOf({
      calibration: await Promise.all([1, 2].map(analyticPair)),
      judges: await Promise.all([3, 4].map(analyticPair)),
      nfe: 2,
      maxMuEvaluations: 30,
      maxGapEvaluations: 60,
    });
    const { value, policy } = await searchMultistepJointly(task, { starts: [fluxSigmas(2, 64)], ridge: 1e-4 });
    const on = (pairs: readonly JointPair[]) => pairs.map(({ modelAt, teacher }) => ({ model: modelAt(sigmas), teacher }));
    const scan: { level: number; value: number }[] = [];
    for (let level = 0.02; level < 1; level += 0.02) {
      const { validationLatents } = await fitMultistep(on(task.calibration), on(task.judges), [1, level, 0]);
      scan.push({ level, value: meanLogLoss(task.judges.map(({ teacher }, pair) => meanSquaredError(teacher.latents.at(-1) ?? [], validationLatents[pair] ?? []))) });
    }
    const best = scan.toSorted((a, b) => a.value - b.value)[0];
    expect(value).toBeLessThanOrEqual((best?.value ?? Number.NaN) + 0.02);
    expect(policy.sigmas[1]).toBeCloseTo(best?.level ?? Number.NaN, 1);
  });
});
