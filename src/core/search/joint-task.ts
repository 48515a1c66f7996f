/** What the searches for mask, payload and noise levels together share. The payload is fitted inside, in closed form. */
import type { TeacherRun } from '../caching/teacher-run.ts';
import { teacherAt } from '../caching/multistep-fit.ts';
import type { Cancel, ResidualModel } from '../denoiser.ts';
import { meanSquaredError } from '../metrics/mse.ts';
import type { CachePolicy } from '../policy.ts';
import { meanLogLoss } from './staged-objective.ts';

/** One pair of prompt and noise with its full run. */
export interface JointPair {
  readonly teacher: TeacherRun;
  /** The model under noise levels that differ from the full run's. */
  readonly modelAt: (sigmas: readonly number[]) => ResidualModel<Float32Array>;
}

/** Remembers what was paid for: plain data by a key that says all it depends on, besides model and pairs. */
export interface JointBook {
  recall(key: string, make: () => Promise<readonly number[]>): Promise<readonly number[]>;
}

export interface JointEvent {
  readonly stage: 'mask' | 'levels';
  /** Of runs of one pair, full runs counted. */
  readonly evaluations: number;
  /** Mean log loss of the best candidate on the judging pairs. */
  readonly bestValue: number;
}

export interface JointTask {
  /** On these the payload is fitted. */
  readonly calibration: readonly JointPair[];
  /** By these the fit's bases and the candidates are chosen. */
  readonly judges: readonly JointPair[];
  /** The full run's. */
  readonly sigmas: readonly number[];
  readonly nfe: number;
  /** Unsigned 32-bit; one seed gives one result. */
  readonly seed: number;
  /** Of noise levels tried, first by μ, then by gaps. */
  readonly maxMuEvaluations: number;
  readonly maxGapEvaluations: number;
  /** From before, to go on; an empty one where left out. */
  readonly book?: JointBook;
  readonly cancel?: Cancel;
  readonly onProgress?: (event: JointEvent) => Promise<void> | void;
}

/** Mean log losses on the judging pairs, after each stage of the search. */
export interface JointStages {
  readonly start: number;
  readonly afterMask: number;
  readonly afterMu: number;
  readonly afterGaps: number;
}

export interface JointOutcome {
  readonly policy: CachePolicy;
  /** Mean log loss on the judging pairs. */
  readonly value: number;
  readonly stages: JointStages;
  /** Runs of one pair, full runs counted. */
  readonly evaluations: number;
}

export function createJointBook(known: Iterable<readonly [string, readonly number[]]> = []): JointBook {
  const losses = new Map(known);
  return {
    async recall(key, make) {
      const found = losses.get(key) ?? (await make());
      losses.set(key, found);
      return found;
    },
  };
}

/** A task's counting: candidates are told apart by their key, each paid for once. */
export function openJointDesk(task: JointTask) {
  const { calibration, judges, book = createJointBook(), cancel, onProgress } = task;
  if (calibration.length === 0 || judges.length === 0) throw new RangeError('A joint search needs pairs to fit on and other pairs to judge by.');
  const asked = new Set<string>();
  let bestValue = Infinity;
  const evaluations = (): number => (asked.size + 1) * (calibration.length + judges.length);
  return {
    evaluations,
    /** Losses on the judging pairs, by the final latents that `run` gives for them. */
    async losses(stage: JointEvent['stage'], key: string, run: () => Promise<readonly Float32Array[]>): Promise<readonly number[]> {
      cancel?.throwIfAborted();
      const found = await book.recall(key, async () => {
        const latents = await run();
        return judges.map(({ teacher }, pair) => meanSquaredError(teacher.latents.at(-1) ?? [], latents[pair] ?? []));
      });
      asked.add(key);
      bestValue = Math.min(bestValue, meanLogLoss(found));
      await onProgress?.({ stage, evaluations: evaluations(), bestValue });
      return found;
    },
  };
}

/** The full run as it would have passed other noise levels. */
export const teacherOn = ({ teacher }: JointPair, sigmas: readonly number[]): Pick<TeacherRun, 'latents'> => ({
  latents: sigmas.map((sigma) => teacherAt(teacher, sigma)),
});
