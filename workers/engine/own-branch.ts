/** What threshold methods look at: under guidance the prompt's own branch, as their papers do. */
import type { Difference, ProbeModel } from '../../src/core/baselines/method.ts';
import type { Branched } from '../../src/core/caching/branched-model.ts';
import { onlyBranch } from '../../src/core/caching/branched-model.ts';

export const onlyBranches = <T>(differences: readonly Difference<Branched<T>>[]): Difference<T>[] =>
  differences.map(([left, right]) => [onlyBranch(left), right === null ? null : onlyBranch(right)]);

export const probeOwnBranch =
  <T>([own]: readonly Pick<ProbeModel<T>, 'probe'>[]): ProbeModel<Branched<T>>['probe'] =>
  async (name, latents, step) => {
    if (own === undefined) throw new RangeError('A model has at least one branch.');
    return (await own.probe(name, onlyBranch(latents), step)).map((tensor) => [tensor]);
  };
