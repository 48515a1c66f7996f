/** A uniformly random mask of a space: the prefix and random others. */
import type { Random } from '../rng/seeded-random.ts';
import type { Mask, MaskSpace } from './mask.ts';
import { checkMaskSpace } from './mask.ts';

export function randomMask(space: MaskSpace, random: Random): Mask {
  checkMaskSpace(space);
  const { stepCount, nfe, prefix } = space;
  const steps = Array.from({ length: stepCount }, (_, step) => step);
  // Fisher-Yates over the steps after the prefix, as far as they are needed.
  for (let place = prefix; place < nfe; place++) {
    const other = place + random.integer(stepCount - place);
    const [here, there] = [steps[place] ?? 0, steps[other] ?? 0];
    steps[place] = there;
    steps[other] = here;
  }
  return steps.slice(0, nfe).toSorted((a, b) => a - b);
}
