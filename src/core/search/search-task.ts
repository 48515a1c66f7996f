/** The one shape of all searches for masks: objective in, mask and evidence out. */
import type { Cancel } from '../denoiser.ts';
import type { Mask } from './mask.ts';
import type { ScoredMask } from './objective.ts';
import type { BookEntry, EvaluationBook, StagedObjective } from './staged-objective.ts';
import { createBook, meanLogLoss } from './staged-objective.ts';

/** Plain data that JSON keeps: given to the same search with the same task, it goes on where this was left. */
export interface SearchState {
  readonly entries: readonly BookEntry[];
}

export type SearchPhase = 'proxy' | 'start' | 'surrogate' | 'probe' | 'anneal' | 'climb' | 'arbitrate';

export interface SearchEvent {
  readonly phase: SearchPhase;
  /** Within the phase, counted from 1. */
  readonly round: number;
  /** Real runs of one pair so far, teacher runs counted. */
  readonly evaluations: number;
  readonly masksTried: number;
  /** Scored without running the model. */
  readonly proxyMasks: number;
  /** Values are mean log losses; null before the first mask is evaluated on all pairs. */
  readonly current: ScoredMask | null;
  readonly best: ScoredMask | null;
  /** In units of the mean log loss; null outside annealing. */
  readonly temperature: number | null;
  /** Grows on; copy it to keep it. */
  readonly state: SearchState;
}

export interface SearchTask {
  readonly stepCount: number;
  readonly nfe: number;
  readonly objective: StagedObjective;
  /** Unsigned 32-bit; one seed gives one result. */
  readonly seed: number;
  /** Full runs already spent to make the objective and the proxy. */
  readonly teacherRuns: number;
  /** Nothing new is begun beyond these; no bound where left out. */
  readonly maxEvaluations?: number;
  /** From an event of the same task, to go on from there. */
  readonly resume?: SearchState;
  readonly cancel?: Cancel;
  /** Awaited, so that a worker may look at its messages. */
  readonly onProgress?: (event: SearchEvent) => Promise<void> | void;
}

export interface Finalist extends ScoredMask {
  /** Mean log loss on the validation pairs; null where it was not asked. */
  readonly validationValue: number | null;
}

export interface SearchOutcome extends Finalist {
  readonly evaluations: number;
  readonly masksTried: number;
  readonly proxyMasks: number;
  /** The masks that validation chose between, best first by it. */
  readonly finalists: readonly Finalist[];
  readonly state: SearchState;
}

/** Rejects with what `cancel` or the objective throws; the last event's state then serves to go on. */
export type MaskSearch = (task: SearchTask) => Promise<SearchOutcome>;

/** What the searches share: the book, the best mask on all pairs, events. */
export interface SearchDesk {
  readonly book: EvaluationBook;
  readonly lastStage: number;
  /** The mask on all pairs of the search. */
  evaluate(mask: Mask): Promise<ScoredMask>;
  evaluations(): number;
  /** Whether `cost` more evaluations are within bounds. */
  affords(cost: number): boolean;
  /** All masks evaluated on all pairs, best first. */
  ranked(): readonly ScoredMask[];
  report(phase: SearchPhase, round: number, current: ScoredMask | null, temperature?: number | null): Promise<void>;
  addProxyMasks(count: number): void;
  /** Lets validation choose, where there is a choice and the objective has validation pairs; else the first stands. */
  finish(candidates: readonly ScoredMask[]): Promise<SearchOutcome>;
}

export function openDesk(task: SearchTask): SearchDesk {
  const { objective, cancel, onProgress, teacherRuns } = task;
  const losses: StagedObjective['losses'] = (mask, stage) => {
    cancel?.throwIfAborted();
    return objective.losses(mask, stage);
  };
  const book = createBook({ ...objective, losses }, task.resume?.entries);
  const lastStage = objective.stages.length - 1;
  const scored = new Map<string, ScoredMask>();
  let ranking: readonly ScoredMask[] = [];
  let proxyMasks = 0;

  const evaluations = (): number => teacherRuns + book.evaluations();
  const affords = (cost: number): boolean => evaluations() + cost <= (task.maxEvaluations ?? Infinity);
  const state = (): SearchState => ({ entries: book.entries() });
  const evaluate = async (mask: Mask): Promise<ScoredMask> => {
    const known = scored.get(mask.join());
    if (known !== undefined) return known;
    const found = { mask, value: meanLogLoss(await book.lossesUpTo(mask, lastStage)) };
    scored.set(mask.join(), found);
    ranking = [...ranking, found].toSorted((a, b) => a.value - b.value);
    return found;
  };
  const report: SearchDesk['report'] = async (phase, round, current, temperature = null) => {
    cancel?.throwIfAborted();
    const counts = { evaluations: evaluations(), masksTried: book.masks(), proxyMasks };
    await onProgress?.({ phase, round, ...counts, current, best: ranking[0] ?? null, temperature, state: state() });
  };
  const finish = async (candidates: readonly ScoredMask[]): Promise<SearchOutcome> => {
    const { validation } = objective;
    const finalists: Finalist[] = [];
    for (const [place, finalist] of candidates.entries()) {
      const validated = validation !== null && candidates.length > 1 && (place === 0 || affords(validation.cost));
      const validationValue = validated ? meanLogLoss(await book.lossesUpTo(finalist.mask, 'validation')) : null;
      finalists.push({ ...finalist, validationValue });
      await report('arbitrate', place + 1, finalist);
    }
    // Sorting keeps the order of equals, so without validation the search's own order stands.
    const chosen = finalists.toSorted((a, b) => (a.validationValue ?? Number.MAX_VALUE) - (b.validationValue ?? Number.MAX_VALUE));
    const winner = chosen[0];
    if (winner === undefined) throw new Error('The search evaluated no mask on all pairs.');
    return { ...winner, evaluations: evaluations(), masksTried: book.masks(), proxyMasks, finalists: chosen, state: state() };
  };
  return {
    book,
    lastStage,
    evaluate,
    evaluations,
    affords,
    ranked: () => ranking,
    report,
    addProxyMasks: (masks) => {
      proxyMasks += masks;
    },
    finish,
  };
}

/** What all stages cost together. */
export const fullCost = ({ stages }: StagedObjective): number => stages.reduce((sum, stage) => sum + stage.cost, 0);
