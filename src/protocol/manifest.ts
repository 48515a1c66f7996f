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
  /** As stored. `float16` blobs hold only halves of float32 tensors: widen all, offsets double. `uint8`: packed values. */
  readonly storedDtype: 'float16' | 'float32' | 'uint8';
}

export interface GraphPort {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'int64';
  /** Static. */
  readonly shape: readonly number[];
}

export interface GraphLink {
  readonly graph: BundleFile;
  /** Keys of `weights`. */
  readonly weights: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
}

/**
 * Where a graph's weights are more than a browser holds in one session, it is cut: `chain` has the pieces in the order
 * they run, each taking inputs of the whole and, by name, outputs of earlier ones. `graph` and `weights` then are the
 * first's, `inputs` and `outputs` the whole's.
 */
export interface GraphComponent extends GraphLink {
  readonly chain?: readonly GraphLink[];
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

/** σ' = e^μ / (e^μ + 1/σ − 1), μ linear in image tokens. */
export interface ShiftByTokens {
  readonly rule: 'exponential-by-tokens';
  readonly baseTokens: number;
  readonly baseMu: number;
  readonly maxTokens: number;
  readonly maxMu: number;
}

/** σ' = shift·σ / (1 + (shift − 1)·σ). */
export interface StaticShift {
  readonly rule: 'static';
  readonly shift: number;
}

/** Latents to colour without the decoder, for previews: colour = matrix · latents + bias, on [0, 1]. */
export interface PreviewFields {
  /** Rows red, green and blue; one weight a channel, for latents as the sampler has them. */
  readonly matrix: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** Channels, height and width of the latents, and what the denoiser makes of them. */
export interface LatentFields {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Side of the square of latents that becomes one token. */
  readonly patch: number;
  readonly tokens: number;
  /** Channels of the sinusoidal projections the host computes. */
  readonly projectionChannels: number;
}

/** FLUX's sampler works on tokens that the host packs; Z-Image's graphs cut their patches themselves. */
export interface PackedLatentFields extends LatentFields {
  readonly tokenChannels: number;
}

/** Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

interface SizedGraphs {
  /** latents, timestep_projection, what the pipeline's text gives → velocity, residual. */
  readonly full: GraphComponent;
  /** latents, timestep_projection, residual → velocity. */
  readonly cached: GraphComponent;
  /** latents (spatial, unscaled by the host) → image in [-1, 1]. */
  readonly vaeDecoder: GraphComponent;
}

/** What depends on the picture's size: graphs of its own over the same weights. */
export interface SizeFields<Latent extends LatentFields = LatentFields> {
  readonly image: ImageSize;
  readonly latent: Latent;
  /** sha256 over the denoiser graphs, their weights and the scheduler fields; bound policies name it. */
  readonly binding: string;
  readonly components: SizedGraphs;
}

interface CommonFields {
  readonly formatVersion: 1;
  readonly id: string;
  readonly name: string;
  readonly weights: Readonly<Record<string, WeightsFile>>;
  readonly vae: { readonly scalingFactor: number; readonly shiftFactor: number; readonly downsampling: number };
  /** Absent in bundles made before there were previews. */
  readonly preview?: PreviewFields;
  readonly defaults: { readonly stepCount: number };
  /** Words the model was trained on, by group, and prompts to try. */
  readonly vocabulary: { readonly groups: Readonly<Record<string, readonly string[]>>; readonly examples: readonly string[] };
  readonly licence: string;
  readonly provenance: string;
}

interface GuidanceRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** The transformer is told the scale: one branch. */
export interface EmbeddedGuidance extends GuidanceRange {
  readonly kind: 'embedded';
}

/** velocity = pos + g·(pos − neg); at g = 0 the negative branch is not run. Takes a negative prompt. */
export interface ClassifierFreeGuidance extends GuidanceRange {
  readonly kind: 'classifier-free';
}

/** What threshold methods look through; absent in bundles made without them. */
export interface ProbeGraphs {
  /** latents, timestep_projection, guidance_projection, pooled → modulated: the first block's input as it sees it. */
  readonly modulated?: GraphComponent;
  /** As `full`, the first block alone → hidden, added, text: states after it, and what it added to the image's. */
  readonly firstBlock?: GraphComponent;
  /** latents, timestep_projection, guidance_projection, pooled, hidden, text → velocity, residual: the rest of `full`. */
  readonly remainingBlocks?: GraphComponent;
}

export interface FluxManifest extends CommonFields, SizeFields<PackedLatentFields> {
  readonly pipeline: 'flux';
  /** The denoiser graphs also take guidance_projection and pooled, `full` prompt_embeds too. */
  readonly components: SizedGraphs & {
    /** input_ids, end_of_text (one-hot float32) → pooled. */
    readonly clip: GraphComponent;
    /** input_ids → prompt_embeds. */
    readonly t5: GraphComponent;
  } & ProbeGraphs;
  readonly tokenizers: { readonly clip: TokenizerComponent; readonly t5: TokenizerComponent };
  readonly scheduler: {
    readonly type: 'flow-match-euler';
    readonly shift: ShiftByTokens;
    /** The transformer's timestep is sigma times this. */
    readonly timestepScale: number;
  };
  readonly guidance: EmbeddedGuidance;
}

/** What the template puts around a prompt ahead of tokenizing; cutting a long prompt cuts the suffix too. */
export interface ChatTokenizerComponent extends TokenizerComponent {
  readonly prefix: string;
  readonly suffix: string;
}

/** Image tokens' residual around the main layers, from after the noise refiner or from the patch embedding on. */
export interface ResidualFields {
  readonly start: 'refiner' | 'embedder';
  readonly tokens: number;
  readonly channels: number;
}

export interface ZImageSize extends SizeFields {
  readonly residual: ResidualFields;
}

export interface ZImageManifest extends CommonFields, ZImageSize {
  readonly pipeline: 'z-image';
  /** `full` also takes prompt_embeds, caption_fill and caption_absent. */
  readonly components: SizedGraphs & {
    /** input_ids → prompt_embeds. */
    readonly textEncoder: GraphComponent;
  };
  readonly tokenizers: { readonly text: ChatTokenizerComponent };
  /** Slots of the graphs, the caption at their end, its length filled up to a multiple of `multiple`. */
  readonly caption: { readonly slots: number; readonly multiple: number; readonly channels: number };
  readonly scheduler: {
    readonly type: 'flow-match-euler';
    readonly shift: StaticShift;
    /** The transformer's time is (1 − sigma) times `timestepScale`. */
    readonly timestep: 'one-minus-sigma';
    readonly timestepScale: number;
  };
  readonly guidance: ClassifierFreeGuidance;
  readonly otherSizes?: readonly ZImageSize[];
}

/** Each pipeline is one more member, known by `pipeline`. */
export type Manifest = FluxManifest | ZImageManifest;

export type ComponentName = keyof FluxManifest['components'] | keyof ZImageManifest['components'];
