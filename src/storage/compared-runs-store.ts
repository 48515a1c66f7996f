/** A person's own comparisons with the full run, as points of the curve: the latest few hundred. */
import * as v from 'valibot';
import type { KeyValueStore } from './key-value.ts';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const shortText = v.pipe(v.string(), v.maxLength(2000));

const comparedRun = v.object({
  /** The manifest's: a run of another version of the model is no point of this curve. */
  binding: shortText,
  stepCount: count,
  nfe: count,
  /** Of the policy, as it was called; its id where it is stored. */
  policyName: shortText,
  policyId: v.nullable(shortText),
  prompt: shortText,
  seed: count,
  guidanceScale: finite,
  /** Against the full run of the same noise. */
  latentPsnrDb: finite,
  /** From prompt to picture, measured. */
  totalMs: v.pipe(finite, v.minValue(0)),
  createdMs: finite,
});

export type ComparedRun = Readonly<v.InferOutput<typeof comparedRun>>;

const MOST_RUNS = 300;
const KEY = 'compared-runs';

export interface ComparedRunsStore {
  /** The latest last; damaged ones are left out. */
  list(): Promise<readonly ComparedRun[]>;
  /** In place of an earlier comparison of the same recipe. Returns the list after it. */
  add(run: ComparedRun): Promise<readonly ComparedRun[]>;
}

export function createComparedRunsStore(store: KeyValueStore): ComparedRunsStore {
  const list = async (): Promise<readonly ComparedRun[]> => {
    const stored = await store.get(KEY);
    return Array.isArray(stored) ? stored.flatMap((value) => parsed(value)) : [];
  };
  return {
    list,
    async add(run) {
      const others = (await list()).filter((other) => recipeOf(other) !== recipeOf(run));
      const runs = [...others, run].slice(-MOST_RUNS);
      await store.set(KEY, runs);
      return runs;
    },
  };
}

function parsed(value: unknown): ComparedRun[] {
  const result = v.safeParse(comparedRun, value);
  return result.success ? [result.output] : [];
}

const recipeOf = ({ binding, stepCount, policyName, policyId, prompt, seed, guidanceScale }: ComparedRun): string =>
  JSON.stringify([binding, stepCount, policyName, policyId, prompt, seed, guidanceScale]);
