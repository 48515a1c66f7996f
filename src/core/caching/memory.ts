/** What a cached run remembers of the steps behind it, within a payload's limits. */
import type { StepContext } from '../denoiser.ts';
import type { TensorOps } from '../tensor-ops.ts';

export interface Kept<T> {
  readonly step: StepContext;
  readonly tensor: T;
}

export interface PassedStep<T> {
  readonly step: StepContext;
  /** As they were before the step. */
  readonly latents: T;
  /** As the sampler used it. */
  readonly velocity: T;
}

/** Every list newest first. */
export interface History<T> {
  /** Of computed steps. */
  readonly residuals: readonly Kept<T>[];
  /** Of computed steps, as the model gave them. */
  readonly velocities: readonly Kept<T>[];
  /** Of all steps. */
  readonly passed: readonly PassedStep<T>[];
}

/** The most of each that is kept. */
export interface MemoryLimits {
  readonly residuals: number;
  readonly velocities: number;
  readonly passed: number;
}

export interface Memory<T> {
  history(): History<T>;
  /** Releases the residual that the next computed step would push out, before that step makes its own. */
  makeRoom(): void;
  /** Takes the residual over; the velocity stays the caller's. */
  keepComputed(step: StepContext, velocity: T, residual: T): void;
  /** Both tensors stay the caller's. */
  keepPassed(step: StepContext, latents: T, velocity: T): void;
  /** Releases everything. */
  clear(): void;
}

/** The newest first, at most `limit`. */
export const prepend = <K>(newest: K, older: readonly K[], limit: number): K[] => [newest, ...older].slice(0, limit);

export function createMemory<T>(limits: MemoryLimits, ops: TensorOps<T>): Memory<T> {
  let residuals: readonly Kept<T>[] = [];
  let velocities: readonly Kept<T>[] = [];
  let passed: readonly PassedStep<T>[] = [];

  const copyOf = (tensor: T): T => ops.weightedSum([1], [tensor]);
  const shorten = <K extends Kept<T>>(kept: readonly K[], limit: number): readonly K[] => {
    for (const { tensor } of kept.slice(limit)) ops.release(tensor);
    return kept.slice(0, limit);
  };
  const shortenPassed = (limit: number): void => {
    for (const { latents, velocity } of passed.slice(limit)) {
      ops.release(latents);
      ops.release(velocity);
    }
    passed = passed.slice(0, limit);
  };

  return {
    history: () => ({ residuals, velocities, passed }),
    makeRoom: () => {
      residuals = shorten(residuals, Math.max(0, limits.residuals - 1));
    },
    keepComputed: (step, velocity, residual) => {
      residuals = shorten([{ step, tensor: residual }, ...residuals], limits.residuals);
      if (limits.velocities === 0) return;
      velocities = shorten([{ step, tensor: copyOf(velocity) }, ...velocities], limits.velocities);
    },
    keepPassed: (step, latents, velocity) => {
      if (limits.passed === 0) return;
      shortenPassed(limits.passed - 1);
      passed = [{ step, latents: copyOf(latents), velocity: copyOf(velocity) }, ...passed];
    },
    clear: () => {
      residuals = shorten(residuals, 0);
      velocities = shorten(velocities, 0);
      shortenPassed(0);
    },
  };
}
