/** One picture: text, noise, loop, decoder, and the trace of it all. */
import { unknownWords } from '../../src/core/vocabulary.ts';
import type { BackendKind, GenerateRequest, RunEvent, RunResult, RunTrace } from '../../src/protocol/engine.ts';
import { decodeLatents } from '../pipelines/decode.ts';
import { branchCount } from '../pipelines/denoiser-inputs.ts';
import { encodeBranches } from '../pipelines/encode-text.ts';
import { noiseOf } from '../pipelines/noise.ts';
import { planRun } from '../pipelines/plan.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { LoopResult } from './sampling-loop.ts';

/** @throws CodedError `request-invalid`, `policy-invalid`, `policy-mismatch`, `cancelled` or `internal`. */
export async function generatePicture(
  model: LoadedModel,
  request: GenerateRequest,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal,
): Promise<RunResult> {
  const { manifest, backend } = model.opened;
  const { prompt, guidanceScale } = request;
  const plan = planRun(manifest, request);
  const startMs = performance.now();

  onEvent({ kind: 'backend', backend });
  onEvent({ kind: 'stage', stage: 'text' });
  const text = await encodeBranches(model.encodeText, manifest, request);
  signal.throwIfAborted();
  const textEndMs = performance.now();

  onEvent({ kind: 'stage', stage: 'denoise' });
  const looped = await model.loop({
    plan,
    text,
    guidanceScale,
    noise: request.noise ?? noiseOf(request.seed, manifest),
    signal,
    onSteps: (steps) => onEvent({ kind: 'steps', steps, stepCount: plan.stepCount }),
    ...(request.preview === true && { onPreview: (stepIndex, picture) => onEvent({ kind: 'preview', stepIndex, picture }) }),
  });
  signal.throwIfAborted();
  const loopEndMs = performance.now();

  onEvent({ kind: 'stage', stage: 'decode' });
  const picture = await decodeLatents(model.runner, manifest, looped.latents);
  const endMs = performance.now();

  return {
    picture,
    trace: traceOf(backend.kind, branchCount(manifest, guidanceScale), looped, {
      textMs: textEndMs - startMs,
      vaeMs: endMs - loopEndMs,
      totalMs: endMs - startMs,
    }),
    latents: request.keepLatents === true ? looped.latents : null,
    unknownWords: unknownWords(prompt, manifest.vocabulary),
  };
}

function traceOf(
  backend: BackendKind,
  branches: number,
  { steps, loopMs, loopReadbackBytes, previewMs, previewReadbackBytes }: LoopResult,
  times: Pick<RunTrace, 'textMs' | 'vaeMs' | 'totalMs'>,
): RunTrace {
  const nfe = steps.filter(({ decision }) => decision === 'compute').length;
  return {
    backend,
    steps,
    ...times,
    loopMs,
    loopReadbackBytes,
    previewReadbackBytes,
    previewMs,
    nfe,
    forwards: nfe * branches,
    cachedCalls: (steps.length - nfe) * branches,
  };
}
