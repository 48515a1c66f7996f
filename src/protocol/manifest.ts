/** `manifest.json` of a model bundle, format 1. Written by `python -m training.export`, validated in storage/manifest-schema.ts. */

export interface BundleFile {
  /** Relative to the manifest. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A blob of initializers that one or several graphs refer to by `location` as ONNX external data. */
export interface WeightsFile extends BundleFile {
  /** The name inside the graphs' external data entries. */
  readonly location: string;
  /** As stored. `float16` blobs hold only halves of float32 tensors: widen all, offsets double. */
  readonly storedDtype: 'float16' | 'float32';
}

export interface GraphPort {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'int64';
  /** Static. */
  readonly shape: readonly number[];
}

export interface GraphComponent {
  readonly graph: BundleFile;
  /** Keys of `weights`. */
  readonly weights: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

export interface TokenizerComponent {
  /** A Hugging Face `tokenizer.json` and its `tokenizer_config.json`. */
  readonly tokenizer: BundleFile;
  readonly config: BundleFile;
  /** Padded and truncated to this many tokens. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  /** The last token, kept when a long prompt is cut. */
  readonly endTokenId: number;
}

export interface SchedulerFields {
  readonly type: 'flow-match-euler';
  /** FLUX: sigma' = e^mu / (e^mu + 1/sigma - 1), mu linear in image tokens. */
  readonly shift: {
    readonly rule: 'exponential-by-tokens';
    readonly baseTokens: number;
    readonly baseMu: number;
    readonly maxTokens: number;
    readonly maxMu: number;
  };
  /** The transformer's timestep is sigma times this. */
  readonly timestepScale: number;
}

/** Latents to colour without the decoder, for previews: colour = matrix · latents + bias, on [0, 1]. */
export interface PreviewFields {
  /** Rows red, green and blue; one weight a channel, for latents as the sampler has them. */
  readonly matrix: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

export interface Manifest {
  readonly formatVersion: 1;
  readonly id: string;
  readonly name: string;
  readonly pipeline: 'flux';
  /** sha256 over the denoiser graphs, their weights and the scheduler fields; bound policies name it. */
  readonly binding: string;
  readonly weights: Readonly<Record<string, WeightsFile>>;
  readonly components: {
    /** input_ids, end_of_text (one-hot float32) → pooled. */
    readonly clip: GraphComponent;
    /** input_ids → prompt_embeds. */
    readonly t5: GraphComponent;
    /** latents, timestep_projection, guidance_projection, pooled, prompt_embeds → velocity, residual. */
    readonly full: GraphComponent;
    /** latents, timestep_projection, guidance_projection, pooled, residual → velocity. */
    readonly cached: GraphComponent;
    /** latents (spatial, unpacked and unscaled by the host) → image in [-1, 1]. */
    readonly vaeDecoder: GraphComponent;
  };
  readonly tokenizers: { readonly clip: TokenizerComponent; readonly t5: TokenizerComponent };
  readonly latent: {
    /** Channels, height and width before packing. */
    readonly channels: number;
    readonly height: number;
    readonly width: number;
    /** Side of the square of latents packed into one token. */
    readonly patch: number;
    readonly tokens: number;
    readonly tokenChannels: number;
    /** Channels of the sinusoidal projections the host computes. */
    readonly projectionChannels: number;
  };
  readonly image: { readonly width: number; readonly height: number };
  readonly scheduler: SchedulerFields;
  readonly vae: { readonly scalingFactor: number; readonly shiftFactor: number; readonly downsampling: number };
  /** Absent in bundles made before there were previews. */
  readonly preview?: PreviewFields;
  readonly guidance: { readonly kind: 'embedded'; readonly default: number; readonly min: number; readonly max: number };
  readonly defaults: { readonly stepCount: number };
  /** Words the model was trained on, by group, and prompts to try. */
  readonly vocabulary: { readonly groups: Readonly<Record<string, readonly string[]>>; readonly examples: readonly string[] };
  readonly licence: string;
  readonly provenance: string;
}
