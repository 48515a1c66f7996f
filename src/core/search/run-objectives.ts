/** Objectives that run the model: masks under plain reuse pair by pair, or with the payload fitted inside. */
import type { ClosedLoopFit } from '../caching/closed-loop-fit.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { Mask } from './mask.ts';
import type { StagedObjective } from './staged-objective.ts';

/** One pair of prompt and noise, ready to be run under any mask. */
export interface MaskRuns {
  readonly finalLatents: (mask: Mask) => Promise<Float32Array>;
  /** The full run's final latents. */
  readonly reference: Float32Array;
}

/** What a mask costs one pair. */
export type MaskLoss = (mask: Mask) => Promise<number>;

/** The mean squared error of the final latents. */
export const lossOfRuns =
  ({ finalLatents, reference }: MaskRuns): MaskLoss =>
  async (mask) =>
    meanSquaredError(reference, await finalLatents(mask));

/** The improved search's way through the pairs: 2, then 4, then 8 and so on; of 8 pairs the stages add 2, 2 and 4. */
export function halvingStages(pairCount: number): number[] {
  const sizes: number[] = [];
  for (let seen = 0; seen < pairCount; ) {
    const size = Math.min(pairCount - seen, Math.max(2, seen));
    sizes.push(size);
    seen += size;
  }
  return sizes;
}

/** @param stageSizes how many further pairs each stage looks at; they are taken in order and must all be there. */
export function runObjective(pairs: readonly MaskLoss[], validation: readonly MaskLoss[], stageSizes: readonly number[]): StagedObjective {
  const total = stageSizes.reduce((sum, size) => sum + size, 0);
  if (total !== pairs.length || stageSizes.some((size) => size < 1)) throw new RangeError(`Stages of ${stageSizes.join(', ')} pairs do not take up ${pairs.length}.`);
  const starts = stageSizes.map((_, stage) => stageSizes.slice(0, stage).reduce((sum, size) => sum + size, 0));
  const losses: StagedObjective['losses'] = async (mask, stage) => {
    const start = stage === 'validation' ? 0 : (starts[stage] ?? 0);
    const looked = stage === 'validation' ? validation : pairs.slice(start, start + (stageSizes[stage] ?? 0));
    const found: number[] = [];
    for (const lossOf of looked) found.push(await lossOf(mask));
    return found;
  };
  return {
    stages: stageSizes.map((size) => ({ pairs: size, cost: size })),
    validation: validation.length === 0 ? null : { pairs: validation.length, cost: validation.length },
    losses,
  };
}

/**
 * Mask and payload together: each mask's payload is fitted anew on the fit's calibration pairs, and what counts is
 * how near the fit's validation pairs come to the full run. One stage, since a fit takes all pairs at once.
 * @param references the full runs' final latents: of the calibration pairs, and of the validation pairs.
 */
export function fitObjective(fit: ClosedLoopFit, references: { readonly calibration: readonly Float32Array[]; readonly validation: readonly Float32Array[] }): StagedObjective {
  const { calibration, validation } = references;
  if (validation.length === 0) throw new RangeError('A fit is judged on pairs that it was not made on; there are none.');
  const losses: StagedObjective['losses'] = async (mask) => {
    const { validationLatents } = await fit.fit(mask);
    return validation.map((reference, pair) => meanSquaredError(reference, validationLatents[pair] ?? []));
  };
  return { stages: [{ pairs: validation.length, cost: calibration.length + validation.length }], validation: null, losses };
}
