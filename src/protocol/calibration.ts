/** Runs that measure instead of drawing: they wait behind a person's own, and stand aside for them between steps. */
import type { PolicyFile } from '../core/policy.ts';
import type { Mask } from '../core/search/mask.ts';
import type { MaskPayload } from '../core/search/page-search-types.ts';
import type { BackendKind } from './engine.ts';

/** What a calibration run starts from. */
export interface CalibrationPair {
  readonly prompt: string;
  /** Unsigned 32-bit. */
  readonly seed: number;
  readonly guidanceScale: number;
}

interface CalibrationJob {
  /** For `cancel`. */
  readonly runId: string;
  /** The manifest's, of the model that is meant; any other open model refuses. */
  readonly binding: string;
  readonly stepCount: number;
}

interface CalibrationRequest extends CalibrationJob {
  readonly pair: CalibrationPair;
}

/** The full run with the scheduler's own noise levels. */
export interface TeachRequest extends CalibrationRequest {
  /** Also the error of every single reuse: stepCount·(stepCount − 1)/2 calls of the cached graph. */
  readonly withErrors: boolean;
}

/** A run under a policy. */
export interface RescoreRequest extends CalibrationRequest {
  readonly policy: PolicyFile;
}

/** Payloads of masks, fitted in closed loop with all pairs in lockstep. */
export interface FitRequest extends CalibrationJob {
  readonly masks: readonly Mask[];
  /** Their errors are minimised. */
  readonly calibration: readonly CalibrationPair[];
  /** By these each step's basis is chosen. */
  readonly judges: readonly CalibrationPair[];
}

export type AnyCalibration = TeachRequest | RescoreRequest | FitRequest;

/** What a calibration run cost; no part of any picture's trace. */
export interface CalibrationCost {
  readonly backend: BackendKind;
  /** Of its own work: pauses for a person's runs are left out. */
  readonly ms: number;
  readonly fullCalls: number;
  readonly cachedCalls: number;
  /** Bytes mapped for reading, counted at GPUBuffer.mapAsync. */
  readonly readbackBytes: number;
}

export interface Teaching {
  /** The final latents, packed. */
  readonly reference: Float32Array;
  /** The reuse errors one after another, by core's `errorIndex`, each as long as `reference`; null where not asked for. */
  readonly errors: Float32Array | null;
  readonly cost: CalibrationCost;
}

export interface Rescoring {
  /** The final latents, packed. */
  readonly latents: Float32Array;
  readonly cost: CalibrationCost;
}

export interface Fitting {
  /** One for each mask. */
  readonly payloads: readonly MaskPayload[];
  readonly cost: CalibrationCost;
}
