/** Every mask of a space, for spaces small enough to look at whole. */
import type { Mask, MaskSpace } from './mask.ts';
import { checkMaskSpace } from './mask.ts';

/** How many masks the space has: the binomial of (stepCount − prefix, nfe − prefix). */
export function countMasks(space: MaskSpace): number {
  checkMaskSpace(space);
  const free = space.nfe - space.prefix;
  let count = 1;
  for (let chosen = 1; chosen <= free; chosen++) {
    count = (count * (space.stepCount - space.prefix - free + chosen)) / chosen;
  }
  return count;
}

/** All masks in lexicographic order of their computed steps. */
export function* enumerateMasks(space: MaskSpace): Generator<Mask> {
  checkMaskSpace(space);
  const { stepCount, nfe, prefix } = space;
  const mask = Array.from({ length: nfe }, (_, place) => place);
  for (;;) {
    yield [...mask];
    // The last place that can still rise; it rises by one and all after it follow closely.
    let place = nfe - 1;
    while (place >= prefix && mask[place] === stepCount - nfe + place) place -= 1;
    if (place < prefix) return;
    const risen = (mask[place] ?? 0) + 1;
    for (let next = place; next < nfe; next++) mask[next] = risen + next - place;
  }
}
