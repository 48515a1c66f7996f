/** FLUX's noise levels, as diffusers' FluxPipeline and FlowMatchEulerDiscreteScheduler compute them in float32. */

/** μ is linear in the number of image tokens through (baseTokens, baseMu) and (maxTokens, maxMu), also outside them. */
export interface TokenShift {
  readonly baseTokens: number;
  readonly baseMu: number;
  readonly maxTokens: number;
  readonly maxMu: number;
}

export const FLUX_SHIFT: TokenShift = { baseTokens: 256, baseMu: 0.5, maxTokens: 4096, maxMu: 1.15 };

/** The shift's exponent μ for a picture of `imageTokens` tokens. */
export function fluxMu(imageTokens: number, shift: TokenShift = FLUX_SHIFT): number {
  const slope = (shift.maxMu - shift.baseMu) / (shift.maxTokens - shift.baseTokens);
  return imageTokens * slope + (shift.baseMu - slope * shift.baseTokens);
}

/**
 * stepCount + 1 noise levels from 1 to 0, each exactly a float32:
 * a grid from 1 to 1/stepCount, warped by σ' = e^μ / (e^μ + 1/σ − 1), then 0.
 */
export function fluxSigmas(stepCount: number, imageTokens: number, shift: TokenShift = FLUX_SHIFT): number[] {
  if (!Number.isInteger(stepCount) || stepCount < 1) throw new RangeError(`Cannot take ${stepCount} steps.`);
  const factor = Math.fround(Math.exp(fluxMu(imageTokens, shift)));
  const sigmas = uniformGrid(stepCount).map((sigma) => {
    const odds = Math.fround(Math.fround(1 / Math.fround(sigma)) - 1);
    return Math.fround(factor / Math.fround(factor + odds));
  });
  return [...sigmas, 0];
}

/** numpy's linspace(1, 1/count, count). */
function uniformGrid(count: number): number[] {
  if (count === 1) return [1];
  const spacing = (1 / count - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? 1 / count : index * spacing + 1));
}
