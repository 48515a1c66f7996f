/** A residual model whose trajectory is known in closed form: v(σ) = offset + slope·σ + bend·σ², whatever the latents. For tests. */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { Ledger } from './ledger-ops.ts';

export interface AnalyticField {
  readonly offset: readonly number[];
  readonly slope: readonly number[];
  readonly bend: readonly number[];
}

export const fieldAt = ({ offset, slope, bend }: AnalyticField, sigma: number): number[] =>
  offset.map((value, index) => value + (slope[index] ?? 0) * sigma + (bend[index] ?? 0) * sigma * sigma);

/** The head hands the residual on: the cached graph's velocity is the residual that it is given. */
export function createAnalyticModel(field: AnalyticField, ledger: Ledger): ResidualModel<Float32Array> {
  return {
    full: (latents: Float32Array, { sigma }: StepContext) => {
      const values = fieldAt(field, sigma);
      const own = (): Float32Array => ledger.own(Float32Array.from(values));
      ledger.use(latents);
      return Promise.resolve({ velocity: own(), residual: own() });
    },
    cached: (latents: Float32Array, _: StepContext, residual: Float32Array) => {
      ledger.use(latents);
      return Promise.resolve(ledger.own(Float32Array.from(ledger.use(residual))));
    },
  };
}
