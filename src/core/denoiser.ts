/** The two graphs of a model as functions, and the one signature that samplers call. See docs/glossary.md. */

/** Where in the trajectory a call stands. `sigma` is the noise level of the latents handed in. */
export interface StepContext {
  /** 0-based. */
  readonly stepIndex: number;
  readonly sigma: number;
  readonly sigmaNext: number;
}

/** latents, step → velocity (a new tensor owned by the caller). */
export type Denoiser<T> = (latents: T, step: StepContext) => Promise<T>;

/** A transformer exported as `full` and `cached` (method: residual = hidden states after minus before the blocks). */
export interface ResidualModel<T> {
  /** Runs every block. Both tensors are new and owned by the caller. */
  full(latents: T, step: StepContext): Promise<{ velocity: T; residual: T }>;
  /** Runs no block: embeds the latents, adds the residual, runs the head. */
  cached(latents: T, step: StepContext, residual: T): Promise<T>;
}

/** Anything with AbortSignal's check; core knows no DOM. */
export interface Cancel {
  throwIfAborted(): void;
}
