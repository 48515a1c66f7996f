import { describe, expect, it } from 'vitest';
import { createClosedLoopFit } from '../caching/closed-loop-fit.ts';
import { createPrefixRuns } from '../caching/prefix-runs.ts';
import { recordTeacher } from '../caching/teacher-run.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { improvedSearch } from './improved-search.ts';
import { fitObjective, halvingStages, lossOfRuns, runObjective } from './run-objectives.ts';

const sigmas = fluxSigmas(10, 64);
const MASK = [0, 2, 4, 7];

async function pairOf(seed: number) {
  const model = createLooseToyModel();
  const noise = torchRandn(seed, 32);
  const teacher = await recordTeacher(model, noise, sigmas);
  const reference = teacher.latents.at(-1) ?? noise;
  return { model, teacher, reference, ...createPrefixRuns(model, noise, sigmas) };
}
const pairs = await Promise.all([1, 2, 3, 4, 5].map(pairOf));
const lossOf = async (pair: (typeof pairs)[number]): Promise<number> => meanSquaredError(pair.reference, await pair.finalLatents(MASK));
const lossesOf = pairs.map(lossOfRuns);

describe('runObjective', () => {
  const objective = runObjective(lossesOf.slice(0, 3), lossesOf.slice(3), [1, 2]);

  it('tells each stage’s own pairs, and the validation pairs', async () => {
    const losses = await Promise.all(pairs.map(lossOf));
    expect(await objective.losses(MASK, 0)).toEqual(losses.slice(0, 1));
    expect(await objective.losses(MASK, 1)).toEqual(losses.slice(1, 3));
    expect(await objective.losses(MASK, 'validation')).toEqual(losses.slice(3));
    expect(objective.stages.map(({ cost }) => cost)).toEqual([1, 2]);
  });

  it('refuses stages that do not take up the pairs', () => {
    expect(() => runObjective(lossesOf, [], [2, 2])).toThrow(RangeError);
  });
});

describe('halvingStages', () => {
  it.each([
    [8, [2, 2, 4]],
    [4, [2, 2]],
    [2, [2]],
    [1, [1]],
    [11, [2, 2, 4, 3]],
  ])('of %i pairs', (pairCount, sizes) => {
    expect(halvingStages(pairCount)).toEqual(sizes);
  });
});

describe('fitObjective', () => {
  const fit = createClosedLoopFit(pairs.slice(0, 2), pairs.slice(2), sigmas);
  const references = { calibration: pairs.slice(0, 2), validation: pairs.slice(2) };
  const latentsOf = (group: typeof pairs) => group.map(({ reference }) => reference);
  const objective = fitObjective(fit, { calibration: latentsOf(references.calibration), validation: latentsOf(references.validation) });

  it('tells the fitted mask’s losses on the pairs that the fit was not made on', async () => {
    const { validationLatents } = await fit.fit(MASK);
    expect(await objective.losses(MASK, 0)).toEqual(latentsOf(references.validation).map((reference, index) => meanSquaredError(reference, validationLatents[index] ?? [])));
    expect(objective.stages).toEqual([{ pairs: 3, cost: 5 }]);
  });

  it('lets a search find mask and payload together: better than the payload fitted to the mask of plain reuse', async () => {
    const task = { stepCount: 10, nfe: 4, seed: 1, teacherRuns: 5 };
    const reuse = await improvedSearch()({ ...task, objective: runObjective(lossesOf.slice(2), [], [1, 2]) });
    const joint = await improvedSearch()({ ...task, objective });
    const losses = await objective.losses(reuse.mask, 0);
    expect(joint.value).toBeLessThanOrEqual(losses.reduce((sum, loss) => sum + Math.log(loss), 0) / losses.length);
    expect(joint.value).toBeLessThan(reuse.value);
  });

  it('needs pairs to judge by', () => {
    expect(() => fitObjective(fit, { calibration: [], validation: [] })).toThrow(RangeError);
  });
});
