/**
 * What forms the skipped steps of the page's winner: the finalists' payloads are fitted in closed loop
 * (closed-loop-fit.ts), and the validation pairs choose between them and plain reuse.
 */
import { meanSquaredError } from '../metrics/mse.ts';
import type { StepCoefficients } from '../policy.ts';
import type { Mask } from './mask.ts';
import { maskKey } from './mask.ts';
import type { PairCounts } from './page-plan.ts';
import { fitRuns } from './page-plan.ts';
import type { FittedMask, PairTeaching, RealRuns } from './page-search-types.ts';
import type { Finalist } from './search-task.ts';
import type { StagedObjective } from './staged-objective.ts';
import { meanLogLoss } from './staged-objective.ts';

export interface ChosenPayload {
  readonly mask: Mask;
  /** Null is plain reuse. */
  readonly coefficients: readonly StepCoefficients[] | null;
  /** Mean log losses on the calibration and on the validation pairs. */
  readonly value: number;
  readonly validationValue: number;
  /** By how much the payload lowers the best validation value of plain reuse; null without one. */
  readonly gain: number | null;
}

export interface PayloadRequest {
  readonly runs: Pick<RealRuns, 'fit'>;
  /** Under plain reuse. */
  readonly objective: StagedObjective;
  /** The best by plain reuse first. */
  readonly finalists: readonly Finalist[];
  /** Of all pairs whose full runs are made. */
  readonly teachings: readonly (PairTeaching | null)[];
  readonly pairs: PairCounts;
  /** From before; of other finalists, as another version of the search may have had, they are made anew. */
  readonly known: readonly FittedMask[];
  /** Before each piece of work, with the real runs that the one before it took. */
  readonly tell: (furtherRuns: number) => Promise<void> | void;
  readonly keep: (fits: readonly FittedMask[]) => Promise<void> | void;
}

export async function choosePayload(request: PayloadRequest): Promise<ChosenPayload> {
  const { finalists, objective, pairs, tell } = request;
  await tell(0);
  const [first] = finalists;
  if (first === undefined) throw new RangeError('There is no finalist to fit a payload for.');
  // One alone was not validated.
  const plainValue = first.validationValue ?? meanLogLoss(await objective.losses(first.mask, 'validation'));
  await tell(first.validationValue === null ? pairs.validation : 0);
  const ofThese = request.known.map(({ mask }) => maskKey(mask)).join(';') === finalists.map(({ mask }) => maskKey(mask)).join(';');
  const fits = ofThese ? request.known : await fitAll(request);
  await tell(fitRuns(finalists.length, pairs));
  const plain: ChosenPayload = { mask: first.mask, coefficients: null, value: first.value, validationValue: plainValue, gain: null };
  return fits
    .map(({ mask, coefficients, calibrationLosses, validationLosses }): ChosenPayload => {
      const validationValue = meanLogLoss(validationLosses);
      return { mask, coefficients, value: meanLogLoss(calibrationLosses), validationValue, gain: plainValue - validationValue };
    })
    .reduce((best, fitted) => (fitted.validationValue < best.validationValue ? fitted : best), plain);
}

async function fitAll({ runs, finalists, teachings, pairs, keep }: PayloadRequest): Promise<FittedMask[]> {
  const payloads = await runs.fit(finalists.map(({ mask }) => mask), pairs.calibration, pairs.validation);
  const lossesOf = (latents: readonly Float32Array[], firstPair: number): number[] =>
    latents.map((found, place) => meanSquaredError(teachings[firstPair + place]?.reference ?? [], found));
  const fits = finalists.map(({ mask }, place): FittedMask => {
    const payload = payloads[place];
    if (payload === undefined) throw new Error(`Of ${finalists.length} masks only ${payloads.length} were fitted.`);
    const { coefficients, calibrationLatents, judgeLatents } = payload;
    return { mask, coefficients, calibrationLosses: lossesOf(calibrationLatents, 0), validationLosses: lossesOf(judgeLatents, pairs.calibration) };
  });
  await keep(fits);
  return fits;
}
