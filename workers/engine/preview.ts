/**
 * Previews of a run under way: after each step the clean latents that the step's velocity points to,
 * x0 = x − sigma·v, as one coloured pixel each. They only look: the sampler's tensors are never written to.
 * On WebGPU each costs one readback of the latents, counted apart.
 */
import type { Denoiser } from '../../src/core/denoiser.ts';
import { latentsToRgba } from '../../src/core/preview/latent-rgb.ts';
import type { TensorOps } from '../../src/core/tensor-ops.ts';
import type { RgbaPicture } from '../../src/protocol/engine.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { toSpatial } from '../pipelines/latent-layout.ts';
import type { ReadbackCounter } from './readback.ts';

export type OnPreview = (stepIndex: number, picture: RgbaPicture) => void;

export interface Previewer<T> {
  /** The same denoiser, its velocities noted. */
  watch(denoise: Denoiser<T>): Denoiser<T>;
  /** Shows the step just done, if there is anything to show; time and readback are booked here, not on any step. */
  show(stepIndex: number): Promise<boolean>;
  /** Releases what is still held; to be called however the run ends. */
  dispose(): void;
  spent(): { readonly previewMs: number; readonly previewReadbackBytes: number };
}

interface PreviewBackend<T> {
  readonly ops: TensorOps<T>;
  readonly readbacks: ReadbackCounter;
  toHost(latents: T): Promise<Float32Array>;
}

/** Does nothing where nobody listens or the manifest has no preview map. */
export function createPreviewer<T>(
  backend: PreviewBackend<T>,
  { preview: map, latent, pipeline }: Pick<Manifest, 'preview' | 'latent' | 'pipeline'>,
  onPreview: OnPreview | undefined,
): Previewer<T> {
  if (map === undefined || onPreview === undefined) return noPreviews();
  const { ops, readbacks } = backend;
  let clean: T | null = null;
  let previewMs = 0;
  let previewReadbackBytes = 0;
  const dispose = (): void => {
    if (clean !== null) ops.release(clean);
    clean = null;
  };
  return {
    watch: (denoise) => async (latents, step) => {
      const velocity = await denoise(latents, step);
      dispose();
      clean = ops.weightedSum([1, -step.sigma], [latents, velocity]);
      return velocity;
    },
    async show(stepIndex) {
      if (clean === null) return false;
      const startMs = performance.now();
      const startBytes = readbacks.totalBytes();
      const picture = latentsToRgba(map, toSpatial(await backend.toHost(clean), { pipeline, latent }), latent);
      dispose();
      previewReadbackBytes += readbacks.totalBytes() - startBytes;
      previewMs += performance.now() - startMs;
      onPreview(stepIndex, picture);
      return true;
    },
    dispose,
    spent: () => ({ previewMs, previewReadbackBytes }),
  };
}

const noPreviews = <T>(): Previewer<T> => ({
  watch: (denoise) => denoise,
  show: () => Promise.resolve(false),
  dispose: () => undefined,
  spent: () => ({ previewMs: 0, previewReadbackBytes: 0 }),
});
