/** The command line of `npm run search`. */
import { parseArgs } from 'node:util';

export interface SearchOptions {
  /** A folder of public/models. */
  readonly model: string;
  /** Null: the model's default. */
  readonly stepCount: number | null;
  readonly budgets: readonly number[];
  /** The first seed; `seedCount` seeds follow each other from it. */
  readonly seed: number;
  readonly seedCount: number;
  /** Calibration pairs in the objective, the first ones of the list; the paper has 1. */
  readonly pairs: number;
  /** Threads of onnxruntime. */
  readonly threads: number;
}

export const USAGE = `npm run search -- [--model scenes] [--steps 28] [--nfe 6,8,10,14] [--seed 1] [--seeds 1] [--pairs 1] [--threads 1]
Searches cache policies by the paper's recipe and writes public/policies/<model>/nfe-XX.json and index.json.
  --seeds n   searches with n seeds from --seed on and keeps the one of median objective`;

/** @throws Error with the reason when an option is wrong. */
export function parseOptions(args: readonly string[]): SearchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', default: 'scenes' },
      steps: { type: 'string' },
      nfe: { type: 'string', default: '6,8,10,14' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      pairs: { type: 'string', default: '1' },
      threads: { type: 'string', default: '1' },
    },
  });
  return {
    model: modelFolder(values.model),
    stepCount: values.steps === undefined ? null : whole('steps', values.steps, 1),
    budgets: values.nfe.split(',').map((text) => whole('nfe', text, 1)),
    seed: whole('seed', values.seed, 0),
    seedCount: whole('seeds', values.seeds, 1),
    pairs: whole('pairs', values.pairs, 1),
    threads: whole('threads', values.threads, 1),
  };
}

/** @throws Error unless it names a folder. */
export function modelFolder(name: string): string {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`--model: “${name}” is no folder name.`);
  return name;
}

/** @throws Error unless the option's text is such a number. */
export function whole(option: string, text: string, smallest: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < smallest) {
    throw new Error(`--${option}: “${text}” is no whole number from ${smallest} on.`);
  }
  return value;
}
