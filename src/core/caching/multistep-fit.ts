/**
 * The multistep kind of policy: only computed steps, on noise levels of its own, each velocity replaced by a fitted
 * sum of it and up to two older ones (bespoke non-stationary solvers, arXiv 2403.01329, fitted in closed loop instead
 * of by gradients). The teacher's run is a polyline in σ, so its states between steps are known exactly.
 */
import type { ResidualModel } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { StepCoefficients } from '../policy.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { eulerStep, wantedVelocity } from './euler-step.ts';
import { fitWeights } from './fit-weights.ts';
import { prepend } from './memory.ts';
import type { TeacherRun } from './teacher-run.ts';

export interface MultistepPair {
  /** Made for the new noise levels. */
  readonly model: Pick<ResidualModel<Float32Array>, 'full'>;
  readonly teacher: Pick<TeacherRun, 'sigmas' | 'latents'>;
}

export interface MultistepFit {
  /** One for each step, in order. */
  readonly coefficients: readonly StepCoefficients[];
  readonly calibrationLatents: readonly Float32Array[];
  readonly validationLatents: readonly Float32Array[];
}

const OLDER_VELOCITIES = 2;
const DEFAULT_RIDGE = 1e-4;

/** Fits on the calibration pairs; a step keeps its plain velocity where the fit does not help the validation pairs. */
export async function fitMultistep(
  calibration: readonly MultistepPair[],
  validation: readonly MultistepPair[],
  sigmas: readonly number[],
  ridge = DEFAULT_RIDGE,
): Promise<MultistepFit> {
  if (calibration.length === 0) throw new RangeError('A fit needs at least one calibration pair.');
  const judges = validation.length === 0 ? 0 : calibration.length;
  let runs = [...calibration, ...validation].map(({ model, teacher }) => ({
    model,
    teacher,
    latents: teacherAt(teacher, sigmas[0] ?? Number.NaN),
    velocities: [] as readonly Float32Array[],
  }));
  const coefficients: StepCoefficients[] = [];
  for (const [stepIndex, sigma] of sigmas.slice(0, -1).entries()) {
    const step = { stepIndex, sigma, sigmaNext: sigmas[stepIndex + 1] ?? Number.NaN };
    const moved: typeof runs = [];
    for (const run of runs) {
      const { velocity } = await run.model.full(run.latents, step);
      moved.push({ ...run, velocities: prepend(velocity, run.velocities, OLDER_VELOCITIES + 1) });
    }
    const next = ({ latents, velocities }: (typeof runs)[number], weights: readonly number[]): Float32Array =>
      eulerStep(latents, cpuTensorOps.weightedSum(weights, velocities.slice(0, weights.length)), step);
    const errorOf = (weights: readonly number[]): number =>
      moved.slice(judges).reduce((sum, run) => sum + meanSquaredError(teacherAt(run.teacher, step.sigmaNext), next(run, weights)), 0);
    const targets = moved.slice(0, calibration.length).map((run) => ({
      outputs: run.velocities,
      target: wantedVelocity(run.latents, teacherAt(run.teacher, step.sigmaNext), step),
    }));
    const fitted = fitWeights(targets, ridge);
    const weights = errorOf(fitted) < errorOf([1]) ? fitted : [1];
    coefficients.push({ stepIndex, basis: 'velocities', weights });
    runs = moved.map((run) => ({ ...run, latents: next(run, weights) }));
  }
  const latents = runs.map((run) => run.latents);
  return { coefficients, calibrationLatents: latents.slice(0, calibration.length), validationLatents: latents.slice(calibration.length) };
}

/** The teacher's latents at a noise level, on the straight line between its steps. */
export function teacherAt({ sigmas, latents }: Pick<TeacherRun, 'sigmas' | 'latents'>, sigma: number): Float32Array {
  const after = sigmas.findIndex((level) => level <= sigma);
  const [upper, lower] = [latents[after - 1], latents[after]];
  if (lower === undefined) throw new RangeError(`The teacher’s run does not reach the noise level ${sigma}.`);
  if (upper === undefined || sigmas[after] === sigma) return lower;
  const share = ((sigmas[after - 1] ?? Number.NaN) - sigma) / ((sigmas[after - 1] ?? Number.NaN) - (sigmas[after] ?? Number.NaN));
  return cpuTensorOps.weightedSum([1 - share, share], [upper, lower]);
}
