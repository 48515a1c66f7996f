/** Several-pair objectives without a model. For tests of searches. */
import { seededRandom } from '../rng/seeded-random.ts';
import type { Mask } from '../search/mask.ts';
import type { StagedObjective } from '../search/staged-objective.ts';
import { randomPrices } from './synthetic-objectives.ts';

/** Rugged and pair by pair a little different: 2, 2 and 4 pairs, and 4 to validate. `looks` holds every call. */
export function stagedPrices(stepCount: number, seed: number, spread = 0.1) {
  const price = randomPrices(stepCount, seed);
  const looks: { readonly mask: Mask; readonly stage: number | 'validation' }[] = [];
  const objective: StagedObjective = {
    stages: [2, 2, 4].map((pairs) => ({ pairs, cost: pairs })),
    validation: { pairs: 4, cost: 4 },
    async losses(mask, stage) {
      looks.push({ mask, stage });
      const base = await price(mask);
      const pairs = Array.from({ length: stage === 'validation' || stage === 2 ? 4 : 2 }, () => base);
      if (spread === 0) return pairs;
      const noise = seededRandom(mask.reduce((sum, step) => (sum * 31 + step) % 2 ** 31, stage === 'validation' ? 99 : stage));
      return pairs.map((value) => value * (1 + spread * noise.uniform()));
    },
  };
  return { objective, looks };
}
