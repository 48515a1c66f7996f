/**
 * BudCache's second stage (arXiv 2606.13496) without derivatives: the mask stays, the noise levels change. First the
 * one number μ, then the gaps between computed steps. The paper trains all gaps by gradients through the whole run.
 */
import type { Cancel } from '../denoiser.ts';
import { patternSearch } from './pattern-search.ts';
import { gapGroups, scaleGaps, shiftSigmas } from './sigma-changes.ts';

export interface AlignmentRequest {
  readonly sigmas: readonly number[];
  readonly computedSteps: readonly number[];
  /** The smaller the better, e.g. mean log loss of runs with these noise levels against the full run with the old ones. */
  readonly objective: (sigmas: readonly number[]) => Promise<number>;
  readonly maxMuEvaluations: number;
  readonly maxGapEvaluations: number;
  readonly cancel?: Cancel;
}

export interface AlignmentStage {
  readonly value: number;
  readonly evaluations: number;
}

export interface AlignmentResult {
  readonly sigmas: readonly number[];
  /** What μ was changed by. */
  readonly muChange: number;
  readonly startValue: number;
  readonly afterMu: AlignmentStage;
  readonly afterGaps: AlignmentStage;
}

/** Of natural logarithms: a tenth is a small change of μ and of a gap, a hundredth one that no longer matters. */
const MU_STEPS = { step: 0.2, smallestStep: 0.0125 };
const GAP_STEPS = { step: 0.2, smallestStep: 0.025 };

export async function alignSchedule(request: AlignmentRequest): Promise<AlignmentResult> {
  const { sigmas, computedSteps, objective, cancel } = request;
  const startValue = await objective(sigmas);
  const ofMu = ([change = 0]: readonly number[]): Promise<number> => (change === 0 ? Promise.resolve(startValue) : objective(shiftSigmas(sigmas, change)));
  const mu = await patternSearch(ofMu, [0], { ...MU_STEPS, maxEvaluations: request.maxMuEvaluations }, cancel);
  const muChange = mu.point[0] ?? 0;
  const shifted = muChange === 0 ? [...sigmas] : shiftSigmas(sigmas, muChange);

  const groups = gapGroups(sigmas.length - 1, computedSteps);
  const start = computedSteps.map(() => 0);
  const isStart = (changes: readonly number[]): boolean => changes.every((change) => change === 0);
  const scaled = (changes: readonly number[]): number[] => (isStart(changes) ? shifted : scaleGaps(shifted, groups, changes));
  const ofGaps = (changes: readonly number[]): Promise<number> => (isStart(changes) ? Promise.resolve(mu.value) : objective(scaled(changes)));
  const gaps = await patternSearch(ofGaps, start, { ...GAP_STEPS, maxEvaluations: request.maxGapEvaluations }, cancel);
  return {
    sigmas: scaled(gaps.point),
    muChange,
    startValue,
    afterMu: { value: mu.value, evaluations: mu.evaluations },
    afterGaps: { value: gaps.value, evaluations: gaps.evaluations },
  };
}
