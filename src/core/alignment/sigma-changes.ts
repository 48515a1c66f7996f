/** Changes of noise levels that keep them falling from the same first to the same last one; float32 as the scheduler's. */

/** FLUX's warp on top of what is there: μ grows by `change`. */
export function shiftSigmas(sigmas: readonly number[], change: number): number[] {
  const factor = Math.exp(change);
  return sigmas.map((sigma, index) => (index === 0 || index === sigmas.length - 1 ? sigma : Math.fround((factor * sigma) / (1 + (factor - 1) * sigma))));
}

/**
 * LD3's parametrisation (arXiv 2405.15506) by groups: the gaps of a group are scaled by e^change, then all gaps so
 * that they fill the range again; monotone whatever the changes.
 * @param groupOf the group of each gap, by its step.
 */
export function scaleGaps(sigmas: readonly number[], groupOf: readonly number[], changes: readonly number[]): number[] {
  const [first, last] = [sigmas[0] ?? Number.NaN, sigmas.at(-1) ?? Number.NaN];
  const gaps = groupOf.map((group, step) => ((sigmas[step] ?? Number.NaN) - (sigmas[step + 1] ?? Number.NaN)) * Math.exp(changes[group] ?? Number.NaN));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  let passed = 0;
  const inner = gaps.slice(0, -1).map((gap) => {
    passed += gap;
    return Math.fround(first - ((first - last) * passed) / total);
  });
  return [first, ...inner, last];
}

/** For each step the number of the computed step at or before it: the gaps between two computed steps are one group. */
export function gapGroups(stepCount: number, computedSteps: readonly number[]): number[] {
  const computed = new Set(computedSteps);
  let group = -1;
  return Array.from({ length: stepCount }, (_, step) => (computed.has(step) ? ++group : group));
}
