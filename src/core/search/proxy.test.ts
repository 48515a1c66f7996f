/** The proxy against its definition, computed with whole vectors. */
import { describe, expect, it } from 'vitest';
import { recordTeacher } from '../caching/teacher-run.ts';
import { seededRandom } from '../rng/seeded-random.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import { enumerateMasks } from './exhaustive.ts';
import { gramOf } from './gram.ts';
import type { Mask } from './mask.ts';
import { movableSteps, reusedSteps, withMove } from './mask.ts';
import { createProxy } from './proxy.ts';
import { fittedProxyScore } from './proxy-fitted.ts';
import { searchByProxy } from './proxy-search.ts';
import { moveProxyWalk, startProxyWalk } from './proxy-walk.ts';
import { sigmaWeights } from './proxy-weights.ts';
import { errorIndex, measureReuseErrors } from './reuse-errors.ts';

const STEP_COUNT = 9;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const space = { stepCount: STEP_COUNT, nfe: 4, prefix: 1 };
const weights = sigmaWeights(sigmas, 1);

async function pairOf(seed: number) {
  const model = createLooseToyModel();
  const teacher = await recordTeacher(model, torchRandn(seed, 12), sigmas);
  const errors = await measureReuseErrors(model, teacher);
  return { model, teacher, errors, gram: gramOf(errors) };
}

const pairs = await Promise.all([1, 2, 3].map(pairOf));
const grams = pairs.map(({ gram }) => gram);
const oneGram = pairs[0]?.gram ?? new Float64Array(0);
const proxy = createProxy({ stepCount: STEP_COUNT, grams }, weights);

/** Σ w[k]·E[k,a(k)] with the reuse run anew for each step: no index, no matrix. */
async function errorSum(mask: Mask, { model, teacher }: (typeof pairs)[number]): Promise<number[]> {
  const sum = Array.from({ length: 12 }, () => 0);
  for (let step = 0; step < STEP_COUNT; step++) {
    if (mask.includes(step)) continue;
    const anchor = Math.max(...mask.filter((computed) => computed < step));
    const [sigma, sigmaNext] = [sigmas[step] ?? 0, sigmas[step + 1] ?? 0];
    const reused = await model.cached(teacher.latents[step] ?? new Float32Array(0), { stepIndex: step, sigma, sigmaNext }, teacher.residuals[anchor] ?? new Float32Array(0));
    reused.forEach((value, index) => {
      const error = (sigmaNext - sigma) * (value - (teacher.velocities[step]?.[index] ?? 0));
      sum[index] = (sum[index] ?? 0) + sigma * error;
    });
  }
  return sum;
}

const squareOfVector = (vector: readonly number[]): number => vector.reduce((sum, value) => sum + value * value, 0);
const masks = [...enumerateMasks(space)];

describe('the proxy', () => {
  it('equals the definition for every mask', async () => {
    for (const mask of masks) {
      let expected = 0;
      for (const pair of pairs) expected += Math.log(squareOfVector(await errorSum(mask, pair))) / pairs.length;
      expect(proxy.score(mask)).toBeCloseTo(expected, 4);
    }
  });

  it('is very small where nothing is skipped', () => {
    expect(proxy.score([0, 1, 2, 3, 4, 5, 6, 7, 8])).toBeLessThan(-40);
  });

  it('refuses matrices of other steps and too few weights', () => {
    expect(() => createProxy({ stepCount: 8, grams: [oneGram] })).toThrow(RangeError);
    expect(() => createProxy({ stepCount: STEP_COUNT, grams: [] })).toThrow(RangeError);
    expect(() => createProxy({ stepCount: STEP_COUNT, grams: [oneGram] }, [1])).toThrow(RangeError);
  });
});

describe('a walk', () => {
  it('scores every move as the whole mask, also after moves', () => {
    let walk = startProxyWalk(proxy, [0, 3, 4, 7]);
    const random = seededRandom(1);
    for (let turn = 0; turn < 8; turn++) {
      const moves = movableSteps(walk.mask, space).flatMap((from) => reusedSteps(walk.mask, space).map((to) => ({ from, to })));
      for (const { from, to } of moves) expect(walk.scoreOfMove(from, to)).toBeCloseTo(proxy.score(withMove(walk.mask, from, to)), 8);
      const { from, to } = moves[random.integer(moves.length)] ?? { from: 0, to: 0 };
      walk = moveProxyWalk(proxy, walk, from, to);
      expect(walk.score).toBeCloseTo(proxy.score(walk.mask), 8);
    }
  });
});

describe('the search by proxy', () => {
  it('finds the best masks of all, in order', async () => {
    const byScore = masks.map((mask) => ({ mask, value: proxy.score(mask) })).toSorted((a, b) => a.value - b.value);
    const { masks: found, masksScored } = await searchByProxy({ proxy, space, seed: 1, randomStarts: 20, keep: 5 });
    expect(found.map(({ mask }) => mask)).toEqual(byScore.slice(0, 5).map(({ mask }) => mask));
    expect(masksScored).toBeGreaterThan(20);
  });

  it('repeats itself, keeps budget and prefix, and stops when cancelled', async () => {
    const tight = { ...space, prefix: 2 };
    const request = { proxy, space: tight, seed: 4, randomStarts: 3, keep: 30 };
    const first = await searchByProxy(request);
    expect(await searchByProxy(request)).toEqual(first);
    for (const { mask } of first.masks) {
      expect(mask.slice(0, 2)).toEqual([0, 1]);
      expect(new Set(mask).size).toBe(4);
    }
    const cancel = {
      throwIfAborted: (): void => {
        throw new Error('cancelled');
      },
    };
    await expect(searchByProxy({ ...request, cancel })).rejects.toThrow('cancelled');
  });
});

describe('the fitted proxy', () => {
  it('scores a mask by the best shares of two anchors: no other shares do better, and the sum is as stated', () => {
    const mask = [0, 2, 5];
    const steps = [3, 4, 6, 7, 8];
    const { score, shares } = fittedProxyScore(proxy, mask, 1e-9);
    expect(shares).toHaveLength(steps.length);
    const turned = (given: readonly number[]): number[] =>
      pairs.map(({ errors }) => {
        const sum = Array.from({ length: 12 }, () => 0);
        for (let step = 1; step < STEP_COUNT; step++) {
          if (mask.includes(step)) continue;
          const before = mask.filter((computed) => computed < step);
          const share = given[steps.indexOf(step)] ?? 0;
          const [newest, older] = [before.at(-1) ?? 0, before.at(-2) ?? 0];
          sum.forEach((value, place) => {
            const [fresh, stale] = [errors[errorIndex(step, newest)]?.[place] ?? 0, errors[errorIndex(step, older)]?.[place] ?? 0];
            sum[place] = value + (weights[step] ?? 0) * ((1 - share) * fresh + share * stale);
          });
        }
        return squareOfVector(sum);
      });
    const [base, best] = [turned([]), turned(shares)];
    expect(score).toBeCloseTo(best.reduce((sum, square) => sum + Math.log(square), 0) / pairs.length, 6);
    const relative = (squares: readonly number[]): number => squares.reduce((sum, square, index) => sum + square / (base[index] ?? 1), 0);
    for (const [place] of steps.entries()) {
      for (const change of [-0.01, 0.01]) {
        expect(relative(best)).toBeLessThan(relative(turned(shares.map((share, index) => (index === place ? share + change : share)))));
      }
    }
    expect(score).toBeLessThan(proxy.score(mask));
  });

  it('is the plain proxy with a single anchor', () => {
    expect(fittedProxyScore(proxy, [0]).score).toBeCloseTo(proxy.score([0]), 10);
  });
});
