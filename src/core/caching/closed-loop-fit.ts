/**
 * The closed-loop fit: all pairs go through the cached sampler in lockstep, and at each skipped step up to three
 * scalars are chosen so that the next latents meet the teacher's. Linear in the outputs, so each fit is one small
 * solve. Nearest to it in print: L2P-Cache (arXiv 2604.26365), fitted on the teacher's own states.
 */
import type { ResidualModel, StepContext } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { FittedBasis, StepCoefficients } from '../policy.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { eulerStep, wantedVelocity } from './euler-step.ts';
import { fitWeights } from './fit-weights.ts';
import type { History } from './memory.ts';
import { prepend } from './memory.ts';
import type { FittedOutput } from './payload-fitted.ts';
import { FITTED_MEMORY, formOutput, outputsOf } from './payload-fitted.ts';
import type { PrefixStates } from './prefix-states.ts';
import { createPrefixStates } from './prefix-states.ts';
import type { TeacherRun } from './teacher-run.ts';

export interface FitPair {
  readonly model: ResidualModel<Float32Array>;
  /** Of the same model, noise and sigmas. */
  readonly teacher: Pick<TeacherRun, 'latents'>;
}

export interface FitSettings {
  readonly bases: readonly FittedBasis[];
  /** Pull towards plain reuse, in units of the outputs' mean square. */
  readonly ridge: number;
  /** Beyond these, states of shared beginnings are forgotten; each holds the latents of all pairs. */
  readonly keptStates: number;
}

export const FIT_SETTINGS: FitSettings = { bases: ['heads', 'velocities', 'heads-and-velocity'], ridge: 1e-4, keptStates: 96 };

/** Mean squared distances of the next latents to the teacher's, at one skipped step. */
export interface StepFit {
  readonly coefficients: StepCoefficients;
  readonly calibrationError: number;
  readonly validationError: number;
  /** On the validation pairs, had this step reused plainly. */
  readonly reuseError: number;
}

export interface MaskFit {
  /** One for each skipped step, in order. */
  readonly steps: readonly StepFit[];
  /** Final latents, of the calibration pairs and of the validation pairs, in their order. */
  readonly calibrationLatents: readonly Float32Array[];
  readonly validationLatents: readonly Float32Array[];
}

interface PairState {
  readonly latents: Float32Array;
  readonly history: History<Float32Array>;
}

interface FitState {
  readonly pairs: readonly PairState[];
  readonly steps: readonly StepFit[];
}

/** One pair's at a skipped step. */
type Outputs = ReadonlyMap<FittedOutput, Float32Array>;

type Choice = Pick<StepCoefficients, 'basis' | 'weights'>;

const PLAIN_REUSE: Choice = { basis: 'heads', weights: [1] };

export interface ClosedLoopFit {
  /** @param computedSteps a mask. Masks that share their beginning share its fits. */
  fit(computedSteps: readonly number[]): Promise<MaskFit>;
}

/**
 * @param calibration the pairs whose errors are minimised; at least one.
 * @param validation other pairs, by which each step's basis is chosen; where there are none, calibration decides.
 */
export function createClosedLoopFit(
  calibration: readonly FitPair[],
  validation: readonly FitPair[],
  sigmas: readonly number[],
  settings: FitSettings = FIT_SETTINGS,
): ClosedLoopFit {
  if (calibration.length === 0) throw new RangeError('A fit needs at least one calibration pair.');
  const pairs = [...calibration, ...validation];
  /** Where the pairs begin that judge. */
  const judges = validation.length === 0 ? 0 : calibration.length;

  const compute = async ({ pairs: before, steps }: FitState, step: StepContext): Promise<FitState> => {
    const after: PairState[] = [];
    for (const [index, pair] of pairs.entries()) {
      const { latents, history } = stateOf(before, index);
      const { velocity, residual } = await pair.model.full(latents, step);
      after.push({
        latents: eulerStep(latents, velocity, step),
        history: {
          residuals: prepend({ step, tensor: residual }, history.residuals, FITTED_MEMORY.residuals),
          velocities: prepend({ step, tensor: velocity }, history.velocities, FITTED_MEMORY.velocities),
          passed: [],
        },
      });
    }
    return { pairs: after, steps };
  };

  const skip = async ({ pairs: before, steps }: FitState, step: StepContext): Promise<FitState> => {
    const formed: Outputs[] = [];
    for (const [index, pair] of pairs.entries()) formed.push(await formOutputs(pair, stateOf(before, index), step, settings.bases));
    const computedCount = stateOf(before, 0).history.velocities.length;
    const tensorsOf = (index: number, basis: FittedBasis): Float32Array[] =>
      outputsOf(basis, computedCount).flatMap((output) => formed[index]?.get(output) ?? []);
    const nextOf = (index: number, { basis, weights }: Choice): Float32Array => {
      const velocity = cpuTensorOps.weightedSum(weights, tensorsOf(index, basis).slice(0, weights.length));
      return eulerStep(stateOf(before, index).latents, velocity, step);
    };
    const meanError = (from: number, to: number, choice: Choice): number => {
      let sum = 0;
      for (let index = from; index < to; index++) sum += meanSquaredError(teacherAfter(pairs, index, step), nextOf(index, choice));
      return sum / (to - from);
    };
    const candidates = settings.bases.map((basis): Choice => {
      const targets = calibration.map((_, index) => ({
        outputs: tensorsOf(index, basis),
        target: wantedVelocity(stateOf(before, index).latents, teacherAfter(pairs, index, step), step),
      }));
      return { basis, weights: fitWeights(targets, settings.ridge) };
    });
    const reuseError = meanError(judges, pairs.length, PLAIN_REUSE);
    let [choice, validationError] = [PLAIN_REUSE, reuseError];
    for (const candidate of candidates) {
      const error = meanError(judges, pairs.length, candidate);
      if (error < validationError) [choice, validationError] = [candidate, error];
    }
    const calibrationError = meanError(0, calibration.length, choice);
    const after = pairs.map((_, index) => ({ latents: nextOf(index, choice), history: stateOf(before, index).history }));
    const coefficients = { stepIndex: step.stepIndex, ...choice };
    return { pairs: after, steps: [...steps, { coefficients, calibrationError, validationError, reuseError }] };
  };

  const noHistory: History<Float32Array> = { residuals: [], velocities: [], passed: [] };
  const start: FitState = {
    pairs: pairs.map(({ teacher }) => ({ latents: latentsAt(teacher, 0), history: noHistory })),
    steps: [],
  };
  const states: PrefixStates<FitState> = createPrefixStates(
    start,
    sigmas,
    (before, step, computed) => (computed ? compute(before, step) : skip(before, step)),
    settings.keptStates,
  );
  const fit = async (computedSteps: readonly number[]): Promise<MaskFit> => {
    const { pairs: ended, steps } = await states.finalState(computedSteps);
    const latents = ended.map((state) => state.latents);
    return {
      steps,
      calibrationLatents: latents.slice(0, calibration.length),
      validationLatents: latents.slice(calibration.length),
    };
  };
  return { fit };
}

/** Every output of the bases that exists yet; the plain head always, for it is the way back. */
async function formOutputs(
  { model }: FitPair,
  { latents, history }: PairState,
  step: StepContext,
  bases: readonly FittedBasis[],
): Promise<Outputs> {
  const work = { step, history, cached: (residual: Float32Array) => model.cached(latents, step, residual), ops: cpuTensorOps };
  const wanted = new Set<FittedOutput>(['head', ...bases.flatMap((basis) => outputsOf(basis, history.velocities.length))]);
  const formed = new Map<FittedOutput, Float32Array>();
  for (const output of wanted) formed.set(output, (await formOutput(output, work)).tensor);
  return formed;
}

function stateOf(states: readonly PairState[], index: number): PairState {
  const state = states[index];
  if (state === undefined) throw new RangeError(`There is no pair ${index}.`);
  return state;
}

function latentsAt({ latents }: Pick<TeacherRun, 'latents'>, stepIndex: number): Float32Array {
  const found = latents[stepIndex];
  if (found === undefined) throw new RangeError(`The teacher’s run has no latents at step ${stepIndex}.`);
  return found;
}

const teacherAfter = (pairs: readonly FitPair[], index: number, { stepIndex }: StepContext): Float32Array => {
  const pair = pairs[index];
  if (pair === undefined) throw new RangeError(`There is no pair ${index}.`);
  return latentsAt(pair.teacher, stepIndex + 1);
};
