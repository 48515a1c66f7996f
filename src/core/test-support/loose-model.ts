/** Test models on plain tensors whose life nobody watches. */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import type { ToyModel } from './toy-model.ts';
import { createToyModel } from './toy-model.ts';
import type { Ledger } from './ledger-ops.ts';
import { createLedger } from './ledger-ops.ts';

/** A model that keeps books, without them. */
export function withoutBooks(model: ResidualModel<Float32Array>, ledger: Ledger): ResidualModel<Float32Array> {
  return {
    full: (latents: Float32Array, step: StepContext) => model.full(ledger.own(latents), step),
    cached: (latents: Float32Array, step: StepContext, residual: Float32Array) => model.cached(ledger.own(latents), step, ledger.own(residual)),
  };
}

/** The toy model on such tensors. */
export function createLooseToyModel(): ToyModel {
  const ledger = createLedger();
  const toy = createToyModel(ledger);
  return { calls: toy.calls, ...withoutBooks(toy, ledger) };
}
