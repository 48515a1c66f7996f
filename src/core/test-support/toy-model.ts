/** A residual model of a few numbers with the parts of the real one: embedder, blocks, head that sees σ. For tests. */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { Ledger } from './ledger-ops.ts';

export interface ToyModel extends ResidualModel<Float32Array> {
  /** `F` or `C` for each call, in order. */
  readonly calls: string[];
}

const embed = (latents: Float32Array): Float32Array => latents.map((value, index) => 0.8 * value + 0.1 * index);
const blocks = (hidden: Float32Array, sigma: number): Float32Array =>
  hidden.map((value, index) => value + Math.sin(2 * value + index + 3 * sigma));
const head = (hidden: Float32Array, sigma: number): Float32Array => hidden.map((value) => (1 + 0.5 * sigma) * value);

/** Every tensor it makes is entered in the ledger; every tensor it is given must be alive there. */
export function createToyModel(ledger: Ledger): ToyModel {
  const calls: string[] = [];
  return {
    calls,
    full: (latents: Float32Array, step: StepContext) => {
      calls.push('F');
      const embedded = embed(ledger.use(latents));
      const hidden = blocks(embedded, step.sigma);
      const residual = hidden.map((value, index) => value - (embedded[index] ?? Number.NaN));
      return Promise.resolve({ velocity: ledger.own(head(hidden, step.sigma)), residual: ledger.own(residual) });
    },
    cached: (latents: Float32Array, step: StepContext, residual: Float32Array) => {
      calls.push('C');
      const anchored = ledger.use(residual);
      const hidden = embed(ledger.use(latents)).map((value, index) => value + (anchored[index] ?? Number.NaN));
      return Promise.resolve(ledger.own(head(hidden, step.sigma)));
    },
  };
}
