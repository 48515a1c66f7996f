import { describe, expect, it } from 'vitest';
import { decisionLetters, decisionsOf } from './decisions.ts';

const letters = (stepCount: number, computedSteps: readonly number[]): string =>
  decisionLetters(decisionsOf({ stepCount, sigmas: [], computedSteps, payload: 'reuse' }));

describe('decisionsOf', () => {
  it.each([
    [6, [0, 3, 5], 'CRRCRC'],
    [4, [0], 'CRRR'],
    [3, [0, 1, 2], 'CCC'],
  ])('of %s steps with %j', (stepCount, computedSteps, expected) => {
    expect(letters(stepCount, computedSteps)).toBe(expected);
  });
});
