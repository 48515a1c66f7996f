/** The noise levels a model's scheduler would take, by the rule its bundle names. */
import type { TokenShift } from './sigmas.ts';
import { fluxSigmas } from './sigmas.ts';

export type ShiftRule = ({ readonly rule: 'exponential-by-tokens' } & TokenShift) | { readonly rule: 'static'; readonly shift: number };

/** stepCount + 1 noise levels from 1 to 0, each exactly a float32. */
export const scheduledSigmas = (stepCount: number, imageTokens: number, shift: ShiftRule): number[] =>
  shift.rule === 'static' ? staticShiftSigmas(stepCount, shift.shift) : fluxSigmas(stepCount, imageTokens, shift);

/** As diffusers' ZImagePipeline and FlowMatchEulerDiscreteScheduler compute them: σ' = shift·σ / (1 + (shift − 1)·σ). */
export function staticShiftSigmas(stepCount: number, shift: number): number[] {
  if (!Number.isInteger(stepCount) || stepCount < 1) throw new RangeError(`Cannot take ${stepCount} steps.`);
  const { fround } = Math;
  const sigmas = float32Grid(stepCount).map((sigma) => fround(fround(shift * sigma) / fround(1 + fround((shift - 1) * sigma))));
  return [...sigmas, 0];
}

/** torch.linspace(1, 1/count, count) in float32: from either end to the middle. */
function float32Grid(count: number): number[] {
  const { fround } = Math;
  const last = fround(1 / count);
  const spacing = count === 1 ? 0 : fround(fround(last - 1) / (count - 1));
  return Array.from({ length: count }, (_, index) =>
    index < Math.floor(count / 2) || count === 1 ? fround(1 + spacing * index) : fround(last - spacing * (count - 1 - index)),
  );
}
