/** Masks: which steps are computed. A mask is its computed steps in rising order; step 0 is always one of them. */
import type { Random } from '../rng/seeded-random.ts';

export type Mask = readonly number[];

/** The masks a search may visit: exactly `nfe` of `stepCount` steps, the first `prefix` of them always computed. */
export interface MaskSpace {
  readonly stepCount: number;
  readonly nfe: number;
  /** At least 1. */
  readonly prefix: number;
}

/** Throws a RangeError unless 1 ≤ prefix ≤ nfe ≤ stepCount, all whole. */
export function checkMaskSpace({ stepCount, nfe, prefix }: MaskSpace): void {
  const whole = [stepCount, nfe, prefix].every(Number.isInteger);
  if (!whole || prefix < 1 || nfe < prefix || stepCount < nfe) {
    throw new RangeError(`There is no mask of ${nfe} in ${stepCount} steps with the first ${prefix} computed.`);
  }
}

export const maskKey = (mask: Mask): string => mask.join(',');

/** The computed steps that may be moved. */
export const movableSteps = (mask: Mask, space: MaskSpace): number[] => mask.filter((step) => step >= space.prefix);

/** The steps that are reused. */
export function reusedSteps(mask: Mask, space: MaskSpace): number[] {
  const computed = new Set(mask);
  return Array.from({ length: space.stepCount }, (_, step) => step).filter((step) => !computed.has(step));
}

/** The mask with one computed step put elsewhere. */
export const withMove = (mask: Mask, from: number, to: number): Mask =>
  [...mask.filter((step) => step !== from), to].toSorted((a, b) => a - b);

/** One of several, all alike. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new RangeError('There is nothing to choose from.');
  return item;
}
