import { describe, expect, test } from 'vitest';
import { FULL_RUN } from './budget-stops.ts';
import { doneCount, gridOf, withCell, withRestCancelled } from './grid-state.ts';
import { describeJob, jobOf, predictedJobsMs, stepsOfJob } from './queue-state.ts';
import { describeSeeds, seedsFrom } from './seeds.ts';
import type { FinishedRun, Recipe } from './state.ts';

const recipe: Recipe = { modelId: 'tiny', prompt: 'a red cube', negativePrompt: '', seed: 7, guidanceScale: 4, stepCount: 28, choice: FULL_RUN };

describe('seeds', () => {
  test('follow each other and begin again after the largest', () => {
    expect(seedsFrom(7, 3)).toEqual([7, 8, 9]);
    expect(seedsFrom(2 ** 32 - 2, 4)).toEqual([2 ** 32 - 2, 2 ** 32 - 1, 0, 1]);
    expect([describeSeeds([7]), describeSeeds([7, 8, 9])]).toEqual(['seed 7', 'seeds 7 to 9']);
  });
});

describe('a job', () => {
  const job = jobOf('job-1', recipe, 3);

  test('is one run for each seed', () => {
    expect(job.recipes.map(({ seed }) => seed)).toEqual([7, 8, 9]);
    expect(job.recipes.every(({ prompt }) => prompt === recipe.prompt)).toBe(true);
    expect(stepsOfJob(job)).toBe(84);
    expect(jobOf('job-2', recipe, 1).recipes).toEqual([recipe]);
  });

  test('is described by prompt, seeds and cost', () => {
    expect(describeJob(job)).toBe('“a red cube”, seeds 7 to 9, full run of 28 steps');
    const long = describeJob(jobOf('job', { ...recipe, prompt: 'word '.repeat(40).trim() }, 1));
    expect(long).toMatch(/^“word .*…”, seed 7, /);
    expect(long.length).toBeLessThan(110);
  });

  test('takes as long as its runs', () => {
    const costs = { fullMs: 100, cachedMs: 10, textMs: 50, vaeMs: 150 };
    expect(predictedJobsMs([job, jobOf('job-2', recipe, 1)], costs)).toBe(4 * 3000);
    expect(predictedJobsMs([job], null)).toBeNull();
  });
});

describe('a grid', () => {
  const grid = gridOf(jobOf('job-1', recipe, 3));
  const run = { recipe } as FinishedRun;

  test('is there for several seeds only', () => {
    expect(gridOf(jobOf('job-1', recipe, 1))).toBeNull();
    expect(grid?.cells.map(({ seed, status }) => [seed, status])).toEqual([[7, 'waiting'], [8, 'waiting'], [9, 'waiting']]);
  });

  test('keeps what is done when the rest is cancelled', () => {
    if (grid === null) throw new Error('no grid');
    const half = withCell(withCell(grid, 0, { status: 'done', run }), 1, { status: 'failed' });
    expect(doneCount(half)).toBe(1);
    expect(withRestCancelled(half).cells.map(({ status }) => status)).toEqual(['done', 'failed', 'cancelled']);
    expect(grid.cells[0]?.status).toBe('waiting');
  });
});
