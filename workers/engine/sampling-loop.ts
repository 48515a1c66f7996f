/** The denoising loop with its trace: core's sampler and cache over whichever backend is in use. */
import type { ProbeModel, SignalOps } from '../../src/core/baselines/method.ts';
import { thresholdRule } from '../../src/core/baselines/method.ts';
import { createMethodDenoiser } from '../../src/core/baselines/method-denoiser.ts';
import { methodOf, probeOf } from '../../src/core/baselines/runtime-policy.ts';
import { createCachedDenoiser } from '../../src/core/caching/cached-denoiser.ts';
import { createUncachedDenoiser } from '../../src/core/caching/uncached-denoiser.ts';
import type { Denoiser } from '../../src/core/denoiser.ts';
import { sampleEuler } from '../../src/core/sampling/euler.ts';
import type { StepDecision, StepTrace } from '../../src/protocol/engine.ts';
import { CodedError } from '../../src/protocol/errors.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { denoiserInputs } from '../pipelines/denoiser-inputs.ts';
import type { BranchFeeds } from '../pipelines/denoiser-inputs.ts';
import type { RunPlan } from '../pipelines/plan.ts';
import type { LoopBackend, PreparedModel } from './loop-backend.ts';
import { createPreviewer } from './preview.ts';
import type { OnPreview } from './preview.ts';

export interface LoopRequest {
  readonly plan: RunPlan;
  /** One entry a branch. */
  readonly text: readonly BranchFeeds[];
  readonly guidanceScale: number;
  /** As the sampler has them. */
  readonly noise: Float32Array;
  readonly signal: AbortSignal;
  /** Told of steps that the device has finished, in their order. */
  readonly onSteps: (steps: readonly StepTrace[]) => void;
  /** Asks for previews, after each step but the last. */
  readonly onPreview?: OnPreview;
}

export interface LoopResult {
  /** As the sampler has them, read back after the loop. */
  readonly latents: Float32Array;
  readonly steps: readonly StepTrace[];
  /** From the first step's start to the last one's end on the device, previews apart. */
  readonly loopMs: number;
  readonly loopReadbackBytes: number;
  readonly previewMs: number;
  readonly previewReadbackBytes: number;
}

/** @throws CodedError `cancelled` within one step of the signal, `internal` when the latents are not finite. */
export async function runLoop<T>(backend: LoopBackend<T>, manifest: Manifest, request: LoopRequest): Promise<LoopResult> {
  const { plan, text, guidanceScale, noise, signal } = request;
  await openProbe(backend, plan, signal);
  const liveBefore = backend.liveTensors();
  const prepared = backend.prepare(denoiserInputs(manifest, text, guidanceScale, plan.sigmas));
  let start: T | null = null;
  let result: LoopResult;
  try {
    start = backend.fromHost(noise);
    await backend.finished();
    const trace = new LoopTrace(backend, request.onSteps);
    const denoiser = createDenoiser(prepared, plan, backend, trace);
    const previewer = createPreviewer(backend, manifest, request.onPreview);
    try {
      const latents = await sampleEuler(previewer.watch(denoiser.denoise), start, plan.sigmas, backend.ops, {
        cancel: signal,
        afterStep: async (stepIndex) => {
          await trace.endStep(stepIndex);
          if (stepIndex < plan.stepCount - 1 && (await previewer.show(stepIndex))) trace.resume();
        },
      });
      const { steps, loopMs, loopReadbackBytes } = trace.end();
      try {
        result = { latents: await backend.toHost(latents), steps, loopMs, loopReadbackBytes, ...previewer.spent() };
      } finally {
        backend.ops.release(latents);
      }
    } finally {
      previewer.dispose();
      denoiser.dispose();
    }
  } finally {
    if (start !== null) backend.ops.release(start);
    prepared.release();
  }
  const leaked = backend.liveTensors() - liveBefore;
  if (leaked !== 0) throw new CodedError('internal', `The loop left ${leaked} tensors on the device`);
  if (!result.latents.every(Number.isFinite)) throw new CodedError('internal', 'The latents hold values that are no numbers');
  return result;
}

/** Outside the loop, whose steps are timed. */
async function openProbe(backend: LoopBackend<unknown>, { policy }: RunPlan, signal: AbortSignal): Promise<void> {
  const probe = policy?.rule === undefined ? null : probeOf(policy.rule);
  if (probe === null) return;
  await backend.openProbe?.(probe, signal);
  signal.throwIfAborted();
}

function createDenoiser<T>(
  { model, probe }: PreparedModel<T>,
  plan: RunPlan,
  { ops, means }: LoopBackend<T>,
  trace: LoopTrace,
): { readonly denoise: Denoiser<T>; dispose(): void } {
  if (plan.policy === null) return { denoise: createUncachedDenoiser(model, ops), dispose: () => undefined };
  const onDecision = (_: number, decision: StepDecision): void => trace.decide(decision);
  const { rule } = plan.policy;
  if (rule === undefined) return createCachedDenoiser(model, plan.policy, ops, onDecision);
  if (probe === undefined || means === undefined) throw new CodedError('internal', 'This backend measures nothing while sampling');
  const watched: ProbeModel<T> = {
    full: (latents, step) => model.full(latents, step),
    cached: (latents, step, residual) => model.cached(latents, step, residual),
    probe,
  };
  const signalOps: SignalOps<T> = { weightedSum: (weights, terms) => ops.weightedSum(weights, terms), release: (tensor) => ops.release(tensor), means };
  return createMethodDenoiser(watched, methodOf<T>(rule), thresholdRule(rule), plan.stepCount, signalOps, onDecision);
}

/** A message to the page costs a good part of a small model's cached step, and no screen shows more than one a frame. */
const TELL_EVERY_MS = 16;

/** Times and readback of each step, taken when the device has finished it. */
class LoopTrace {
  readonly #backend: Pick<LoopBackend<unknown>, 'finished' | 'readbacks'>;
  readonly #onSteps: (steps: readonly StepTrace[]) => void;
  readonly #steps: StepTrace[] = [];
  #toldSteps = 0;
  #lastToldMs = Number.NEGATIVE_INFINITY;
  #lastMs = performance.now();
  #lastBytes: number;
  #decision: StepDecision = 'compute';

  constructor(backend: Pick<LoopBackend<unknown>, 'finished' | 'readbacks'>, onSteps: (steps: readonly StepTrace[]) => void) {
    this.#backend = backend;
    this.#onSteps = onSteps;
    this.#lastBytes = backend.readbacks.totalBytes();
  }

  decide(decision: StepDecision): void {
    // Nobody should wait a whole computed step for news of the quick ones before it.
    if (decision === 'compute') this.#tell();
    this.#decision = decision;
  }

  async endStep(stepIndex: number): Promise<void> {
    await this.#backend.finished();
    const nowMs = performance.now();
    const nowBytes = this.#backend.readbacks.totalBytes();
    const step: StepTrace = {
      stepIndex,
      decision: this.#decision,
      ms: nowMs - this.#lastMs,
      readbackBytes: nowBytes - this.#lastBytes,
    };
    this.#lastMs = nowMs;
    this.#lastBytes = nowBytes;
    this.#steps.push(step);
    if (step.decision === 'compute' || nowMs - this.#lastToldMs >= TELL_EVERY_MS) this.#tell();
  }

  /** What happened since the last step's end belongs to no step. */
  resume(): void {
    this.#lastMs = performance.now();
    this.#lastBytes = this.#backend.readbacks.totalBytes();
  }

  end(): { steps: readonly StepTrace[]; loopMs: number; loopReadbackBytes: number } {
    this.#tell();
    return {
      steps: this.#steps,
      loopMs: this.#steps.reduce((sum, { ms }) => sum + ms, 0),
      loopReadbackBytes: this.#steps.reduce((sum, { readbackBytes }) => sum + readbackBytes, 0),
    };
  }

  #tell(): void {
    if (this.#toldSteps === this.#steps.length) return;
    this.#onSteps(this.#steps.slice(this.#toldSteps));
    this.#toldSteps = this.#steps.length;
    this.#lastToldMs = performance.now();
  }
}
