/** The contract between the page and the engine worker. Cloneable data and comlink-proxied callbacks only. */
import type { PolicyFile } from '../core/policy.ts';
import type { FitRequest, Fitting, RescoreRequest, Rescoring, TeachRequest, Teaching } from './calibration.ts';
import type { Failure, Outcome } from './errors.ts';
import type { Manifest } from './manifest.ts';

export type BackendKind = 'webgpu' | 'wasm';
/** `auto`: WebGPU on a real adapter, else WASM. */
export type BackendPreference = BackendKind | 'auto';

export interface BackendReport {
  readonly kind: BackendKind;
  /** e.g. `nvidia ampere`, or null on WASM. */
  readonly adapter: string | null;
  readonly softwareAdapter: boolean;
  readonly threads: number;
  readonly crossOriginIsolated: boolean;
  readonly computeDtype: 'float32';
  /** Why this backend and no other, one sentence. */
  readonly reason: string;
}

/** Begins the made-up addresses of models whose files the person chose on this machine. */
export const LOCAL_SCHEME = 'local:';

/** A file of this machine, by its path below the folder that was chosen. */
export interface ChosenFile {
  readonly path: string;
  /** A `Blob`, as far as this room knows one. */
  readonly content: { readonly size: number; slice(startByte?: number): unknown };
  /** ms since 1970. */
  readonly lastModified: number;
}

export interface OpenRequest {
  readonly manifestUrl: string;
  /** For a repository that wants one; sent to the manifest's own origin alone and kept nowhere. */
  readonly token?: string;
  /** Of a `local:` model, where they are not stored yet. */
  readonly files?: readonly ChosenFile[];
  /** `width×height` as storage's `sizeName` writes it; left out, the bundle's own. */
  readonly size?: string;
  readonly backend: BackendPreference;
  /** What `cancel` takes to stop it; bytes that have arrived are kept. */
  readonly runId?: string;
}

export interface DownloadProgress {
  /** Verified or arriving, those kept from before included. */
  readonly receivedBytes: number;
  /** Of those, on this machine from an earlier visit or attempt. */
  readonly keptBytes: number;
  readonly totalBytes: number;
  /** The file now arriving; empty before the first. */
  readonly file: string;
  /** `retrying`: the connection broke. `waiting-for-tab`: another tab is downloading. */
  readonly activity: 'receiving' | 'retrying' | 'waiting-for-tab';
}

/** Where the open model's files are. */
export interface ModelStorage {
  readonly place: 'opfs' | 'cache' | 'memory';
  readonly bytes: number;
  /** Why they are in memory only, gone with the page; null when they are stored. */
  readonly problem: Failure | null;
}

export interface OpenedModel {
  readonly manifest: Manifest;
  readonly backend: BackendReport;
  readonly storage: ModelStorage;
}

/** A model whose files, or some of them, are on this machine. */
export interface StoredModel {
  readonly manifestUrl: string;
  readonly name: string;
  readonly storedBytes: number;
  readonly totalBytes: number;
}

export interface GenerateRequest {
  readonly runId: string;
  readonly prompt: string;
  /** What classifier-free guidance leads away from; refused where the model's guidance is embedded. */
  readonly negativePrompt?: string;
  /** Unsigned 32-bit. */
  readonly seed: number;
  readonly guidanceScale: number;
  readonly stepCount: number;
  /** Null computes every step. */
  readonly policy: PolicyFile | null;
  /** Initial noise, as the sampler has it, in place of the seed's own; for parity tests. */
  readonly noise?: Float32Array;
  /** Also return the final latents (one readback after the loop). */
  readonly keepLatents?: boolean;
  /** Also report a small picture after each step; nothing comes where the manifest has no `preview`. Never changes the result. */
  readonly preview?: boolean;
}

export type StepDecision = 'compute' | 'reuse';

export interface StepTrace {
  readonly stepIndex: number;
  readonly decision: StepDecision;
  /** From the end of the step before to the end of this one's work on the device. */
  readonly ms: number;
  /** Bytes mapped for reading during this step, counted at GPUBuffer.mapAsync. */
  readonly readbackBytes: number;
}

export interface RunTrace {
  readonly backend: BackendKind;
  readonly steps: readonly StepTrace[];
  readonly textMs: number;
  readonly loopMs: number;
  readonly vaeMs: number;
  readonly totalMs: number;
  /** Bytes read back inside the loop, previews apart. */
  readonly loopReadbackBytes: number;
  readonly previewReadbackBytes: number;
  /** Spent on previews; no part of any step's ms nor of loopMs, but of totalMs. */
  readonly previewMs: number;
  readonly nfe: number;
  /** Transformer forwards: NFE times branches. */
  readonly forwards: number;
  readonly cachedCalls: number;
}

export interface RgbaPicture {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface RunResult {
  readonly picture: RgbaPicture;
  readonly trace: RunTrace;
  readonly latents: Float32Array | null;
  /** Words of the prompt that the model never saw in training. */
  readonly unknownWords: readonly string[];
}

export type RunEvent =
  /** First of all: after a lost device or a dead worker the model may be open on another backend than before. */
  | { readonly kind: 'backend'; readonly backend: BackendReport }
  /** `other-tab`: one in another tab has to end first. */
  | { readonly kind: 'stage'; readonly stage: 'other-tab' | 'text' | 'denoise' | 'decode' }
  /** Steps that the device has finished: each computed one at once, quick reused ones a few at a time. */
  | { readonly kind: 'steps'; readonly steps: readonly StepTrace[]; readonly stepCount: number }
  /** Where the run seems to be heading after that step: the clean latents it now foretells, one pixel each. */
  | { readonly kind: 'preview'; readonly stepIndex: number; readonly picture: RgbaPicture };

/** This machine's times for this model and backend, medians of warm calls. */
export interface CostModel {
  readonly fullMs: number;
  readonly cachedMs: number;
  readonly textMs: number;
  readonly vaeMs: number;
}

export interface EngineApi {
  open(request: OpenRequest, onProgress: (progress: DownloadProgress) => void): Promise<Outcome<OpenedModel>>;
  generate(request: GenerateRequest, onEvent: (event: RunEvent) => void): Promise<Outcome<RunResult>>;
  /** Ends that run or measurement, waiting or running, within one step; it then fails with `cancelled`. */
  cancel(runId: string): Promise<void>;
  /** Times each graph after one discarded warm-up. */
  measureCosts(runId: string): Promise<Outcome<CostModel>>;
  /** A full run to learn from. Waits behind every `generate` and stands aside for them between calls; opening a model ends it. */
  teach(request: TeachRequest): Promise<Outcome<Teaching>>;
  /** A run under a policy, for its latents alone; in the same place as `teach`. */
  rescore(request: RescoreRequest): Promise<Outcome<Rescoring>>;
  /** Fits payloads, in the same place as `teach`; makes the pairs' full runs again where they are no longer remembered. */
  fit(request: FitRequest): Promise<Outcome<Fitting>>;
  /** What the store holds, models that are not whole too. */
  storedModels(): Promise<Outcome<readonly StoredModel[]>>;
  /** Removes a model's files; what other models share with it stays. An open one goes on from memory. */
  forgetModel(manifestUrl: string): Promise<Outcome<null>>;
  close(): Promise<void>;
}
