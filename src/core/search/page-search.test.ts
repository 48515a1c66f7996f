/** The page's whole search on a toy model: what it spends, what it tells, and that stopping it anywhere changes nothing. */
import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../caching/cached-denoiser.ts';
import { createClosedLoopFit } from '../caching/closed-loop-fit.ts';
import { recordTeacher } from '../caching/teacher-run.ts';
import { latentPsnrDb } from '../metrics/psnr.ts';
import type { StepCoefficients } from '../policy.ts';
import { torchRandn } from '../rng/torch-randn.ts';
import { cpuTensorOps } from '../sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../sampling/euler.ts';
import { fluxSigmas } from '../sampling/sigmas.ts';
import { createLooseToyModel } from '../test-support/loose-model.ts';
import type { Mask } from './mask.ts';
import type { PageSearchPlan } from './page-plan.ts';
import { fitRuns, mostRealRuns, PAGE_FINALISTS, planPageSearch } from './page-plan.ts';
import { searchForPage } from './page-search.ts';
import type { MaskPayload, PageSearchChange, PageSearchProgress, PageSearchState, PageSearchTask, PairTeaching, RealRuns } from './page-search-types.ts';
import { NOTHING_KNOWN } from './page-search-types.ts';
import { measureReuseErrors } from './reuse-errors.ts';

const STEP_COUNT = 10;
const sigmas = fluxSigmas(STEP_COUNT, 64);
const RIVAL: Mask = [0, 6, 7, 8];

const planOf = (change: Partial<PageSearchPlan> = {}): PageSearchPlan => {
  const { plan } = planPageSearch({ stepCount: STEP_COUNT, sigmas, nfe: 4, seed: 3, effortMs: 900, calibrationPairs: 3, costs: { fullMs: 1, cachedMs: 0.1 }, knownMasks: [RIVAL] });
  return { ...plan, annealing: { ...plan.annealing, chains: 2, segmentsPerChain: 6, masksPerSegment: 50 }, ...change };
};

/** Every pair a noise of its own. `asked` holds what was run, in order. */
function toyRuns(hasRival = true, levels = sigmas) {
  const asked: string[] = [];
  const model = createLooseToyModel();
  const noiseOf = (pair: number): Float32Array => torchRandn(100 + pair, 16);
  const finalLatents = (pair: number, mask: Mask, coefficients: readonly StepCoefficients[] | null = null): Promise<Float32Array> => {
    const base = { stepCount: levels.length - 1, sigmas: levels, computedSteps: mask };
    const policy = coefficients === null ? ({ ...base, payload: 'reuse' } as const) : ({ ...base, payload: 'fitted', coefficients } as const);
    return sampleEuler(createCachedDenoiser(model, policy, cpuTensorOps).denoise, noiseOf(pair), levels, cpuTensorOps);
  };
  const runs: RealRuns = {
    async teach(pair, withErrors) {
      asked.push(`teach ${pair}`);
      const teacher = await recordTeacher(model, noiseOf(pair), levels);
      return { reference: teacher.latents.at(-1) ?? noiseOf(pair), errors: withErrors ? await measureReuseErrors(model, teacher) : null };
    },
    async finalLatents(pair, mask, coefficients) {
      asked.push(`${pair}: ${mask.join()}`);
      return finalLatents(pair, mask, coefficients);
    },
    async fit(masks, calibration, judges) {
      const pairOf = async (pair: number) => ({ model, teacher: await recordTeacher(model, noiseOf(pair), levels) });
      const pairs = await Promise.all(Array.from({ length: calibration + judges }, (_, pair) => pairOf(pair)));
      const fit = createClosedLoopFit(pairs.slice(0, calibration), pairs.slice(calibration), levels);
      const payloads: MaskPayload[] = [];
      for (const mask of masks) {
        asked.push(...pairs.map((_, pair) => `fit ${pair}: ${mask.join()}`));
        const { steps, calibrationLatents, validationLatents } = await fit.fit(mask);
        payloads.push({ coefficients: steps.map(({ coefficients }) => coefficients), calibrationLatents, judgeLatents: validationLatents });
      }
      return payloads;
    },
    rivalLatents: hasRival
      ? async (pair) => {
          asked.push(`rival ${pair}`);
          return finalLatents(pair, RIVAL);
        }
      : null,
  };
  return { runs, asked, finalLatents };
}

/** As the page keeps it: a copy through a structured clone, change by change. */
function keeper(state: PageSearchState = NOTHING_KNOWN) {
  let kept = state;
  const onChange = (change: PageSearchChange): void => {
    const copy = structuredClone(change);
    if (copy.kind !== 'teaching') {
      kept = { ...kept, [copy.kind]: copy[copy.kind as 'anneal' & 'entries' & 'fits' & 'comparison'] };
      return;
    }
    const teachings: (PairTeaching | null)[] = [...kept.teachings];
    teachings[copy.pair] = copy.teaching;
    kept = { ...kept, teachings };
  };
  return { onChange, kept: () => kept };
}

const taskOf = (runs: RealRuns, change: Partial<PageSearchTask> = {}): PageSearchTask => ({
  plan: planOf(),
  runs,
  resume: NOTHING_KNOWN,
  onChange: () => undefined,
  onProgress: () => undefined,
  ...change,
});

describe('the page’s search', () => {
  it('repeats itself for one seed and differs for another', async () => {
    const trail = async (seed: number): Promise<unknown> => {
      const { runs, asked } = toyRuns();
      const told: (Mask | undefined)[] = [];
      const onProgress = ({ current }: PageSearchProgress): void => void told.push(current?.mask);
      const outcome = await searchForPage(taskOf(runs, { plan: planOf({ seed }), onProgress }));
      return { outcome, asked, told };
    };
    const first = await trail(3);
    expect(await trail(3)).toEqual(first);
    expect(await trail(4)).not.toEqual(first);
  });

  it('makes anew what another version of the search measured of another policy', async () => {
    const { onChange, kept } = keeper();
    const { runs } = toyRuns();
    const first = await searchForPage(taskOf(runs, { onChange }));
    const done = kept();
    const others = done.fits.map((fit) => ({ ...fit, mask: [0, 1, 2, 3], validationLosses: fit.validationLosses.map(() => 1e-9) }));
    const comparison = { policy: 'another', own: done.comparison.own.map(() => 9), rival: done.comparison.rival };
    const { runs: again, asked } = toyRuns();
    expect(await searchForPage(taskOf(again, { resume: { ...done, fits: others, comparison } }))).toEqual(first);
    expect(asked.filter((run) => run.startsWith('fit'))).not.toHaveLength(0);
    expect(asked.filter((run) => !run.startsWith('fit'))).toHaveLength(done.comparison.own.length);
  });

  it('leaves runs for the surrogate and for the validation of every finalist, with the default effort on each budget', async () => {
    for (const [nfe, levels] of [6, 8, 10, 14].map((budget) => [budget, fluxSigmas(28, 64)] as const)) {
      const costs = { fullMs: 38.5, cachedMs: 0.7 };
      const { plan } = planPageSearch({ stepCount: 28, sigmas: levels, nfe, seed: 3, effortMs: 45_000, calibrationPairs: 4, costs, knownMasks: [] });
      const { runs } = toyRuns(false, levels);
      const phases = new Map<string, number>();
      let validated = 0;
      await searchForPage(
        taskOf(runs, {
          plan: { ...plan, annealing: { ...plan.annealing, chains: 2, segmentsPerChain: 5, masksPerSegment: 50 } },
          onProgress: ({ phase }) => void phases.set(phase, (phases.get(phase) ?? 0) + 1),
          onChange: (change) => {
            if (change.kind === 'entries') validated = change.entries.filter(({ stage }) => stage === 'validation').length;
          },
        }),
      );
      expect(phases.get('surrogate')).toBeGreaterThan(1);
      expect(validated).toBe(PAGE_FINALISTS);
    }
  });

  it('runs masks of the exact budget only, counts every run, and keeps to its bound', async () => {
    const { runs, asked } = toyRuns();
    const progress: PageSearchProgress[] = [];
    const plan = planOf();
    const outcome = await searchForPage(taskOf(runs, { plan, onProgress: (event) => void progress.push(event) }));
    for (const mask of asked.flatMap((run) => /^\d+: (.*)$/.exec(run)?.[1] ?? [])) {
      const steps = mask.split(',').map(Number);
      expect([steps[0], steps.length, new Set(steps).size]).toEqual([0, 4, 4]);
    }
    expect(outcome.realRuns).toBe(asked.length);
    expect(progress.at(-1)?.realRuns).toBe(asked.length);
    expect(outcome.realRuns).toBeLessThanOrEqual(mostRealRuns(plan, true));
    const spent = progress.map(({ realRuns }) => realRuns);
    expect(spent).toEqual(spent.toSorted((a, b) => a - b));
    const tried = progress.map(({ masksTried }) => masksTried);
    expect(tried).toEqual(tried.toSorted((a, b) => a - b));
    expect(outcome.masksTried).toBe(tried.at(-1));
  });

  it('compares with the rival on pairs that it used for nothing else, by real runs', async () => {
    const { runs, asked, finalLatents } = toyRuns();
    const { pairs } = planOf();
    const outcome = await searchForPage(taskOf(runs));
    const first = pairs.calibration + pairs.validation;
    const everyStep = sigmas.slice(1).map((_, step) => step);
    const psnr = async (pair: number, mask: Mask, coefficients: readonly StepCoefficients[] | null = null): Promise<number> =>
      latentPsnrDb(await finalLatents(pair, everyStep), await finalLatents(pair, mask, coefficients));
    for (let place = 0; place < pairs.comparison; place++) {
      expect(outcome.ownPsnrDb[place]).toBeCloseTo(await psnr(first + place, outcome.mask, outcome.coefficients), 6);
      expect(outcome.rivalPsnrDb?.[place]).toBeCloseTo(await psnr(first + place, RIVAL), 6);
    }
    const others = asked.slice(0, asked.indexOf(`teach ${first}`));
    expect(others.filter((run) => run.startsWith('fit'))).toHaveLength(outcome.finalists * first);
    expect(others.some((run) => Number(/\d+/.exec(run)?.[0]) >= first)).toBe(false);
    const calibrated = await Promise.all(Array.from({ length: pairs.calibration }, (_, pair) => psnr(pair, outcome.mask, outcome.coefficients)));
    expect(outcome.calibrationPsnrDb).toBeCloseTo(calibrated.reduce((sum, value) => sum + value, 0) / calibrated.length, 6);
  });

  it('runs the rival’s mask whatever the proxy says of it, and ends no worse on the pairs it searched on', async () => {
    const { runs, asked, finalLatents } = toyRuns();
    const outcome = await searchForPage(taskOf(runs));
    expect(asked).toContain(`0: ${RIVAL.join()}`);
    const everyStep = sigmas.slice(1).map((_, step) => step);
    let rivalPsnrDb = 0;
    for (const pair of [0, 1, 2]) rivalPsnrDb += latentPsnrDb(await finalLatents(pair, everyStep), await finalLatents(pair, RIVAL)) / 3;
    expect(outcome.calibrationPsnrDb).toBeGreaterThan(rivalPsnrDb);
  });

  it('takes a fitted payload where that serves the validation pairs better, and plain reuse where it does not', async () => {
    const { runs, finalLatents } = toyRuns();
    const { pairs } = planOf();
    const { mask, coefficients, payloadGainDb, validationPsnrDb } = await searchForPage(taskOf(runs));
    const everyStep = sigmas.slice(1).map((_, step) => step);
    const validated = async (chosen: readonly StepCoefficients[] | null): Promise<number> => {
      let sum = 0;
      for (let pair = pairs.calibration; pair < pairs.calibration + pairs.validation; pair++) {
        sum += latentPsnrDb(await finalLatents(pair, everyStep), await finalLatents(pair, mask, chosen));
      }
      return sum / pairs.validation;
    };
    expect(coefficients?.map(({ stepIndex }) => stepIndex)).toEqual(everyStep.filter((step) => !mask.includes(step)));
    expect(validationPsnrDb).toBeCloseTo(await validated(coefficients), 6);
    expect(payloadGainDb).toBeGreaterThan(0);
    expect(validationPsnrDb).toBeGreaterThan(await validated(null));

    const spoilt: RealRuns = {
      ...runs,
      fit: async (masks, calibration, judges) =>
        (await runs.fit(masks, calibration, judges)).map((payload) => ({ ...payload, judgeLatents: payload.judgeLatents.map((latents) => latents.map((value) => value + 1)) })),
    };
    const plain = await searchForPage(taskOf(spoilt));
    expect([plain.coefficients, plain.payloadGainDb]).toEqual([null, null]);
  });

  it('does without a rival', async () => {
    const { runs, asked } = toyRuns(false);
    const outcome = await searchForPage(taskOf(runs, { plan: planOf({ knownMasks: [] }) }));
    expect(outcome.rivalPsnrDb).toBeNull();
    expect(outcome.ownPsnrDb).toHaveLength(planOf().pairs.comparison);
    expect(outcome.realRuns).toBe(asked.length);
  });

  it.each([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])('stopped after %s of its runs and resumed from what was kept, ends as if never stopped', async (share) => {
    const whole = toyRuns();
    const uninterrupted = await searchForPage(taskOf(whole.runs));
    const stopAt = Math.floor(share * whole.asked.length);
    const first = toyRuns();
    const { onChange, kept } = keeper();
    const cancel = {
      throwIfAborted: (): void => {
        if (first.asked.length >= stopAt) throw new Error('stopped');
      },
    };
    await expect(searchForPage(taskOf(first.runs, { onChange, cancel }))).rejects.toThrow('stopped');
    // A fit of the finalists is one piece of work.
    const aFit = fitRuns(PAGE_FINALISTS, planOf().pairs);
    expect(first.asked.length - stopAt).toBeLessThan(aFit);
    expect(first.asked.length).toBeGreaterThanOrEqual(stopAt);
    const second = toyRuns();
    expect(await searchForPage(taskOf(second.runs, { resume: kept(), onChange: keeper(kept()).onChange }))).toEqual(uninterrupted);
    // What was in flight is run again: at most one pair's full run, or one stage.
    expect(first.asked.length + second.asked.length).toBeLessThanOrEqual(whole.asked.length + 3);
  });

  it('stopped again and again, a little later each time, still ends the same', async () => {
    const whole = toyRuns();
    const uninterrupted = await searchForPage(taskOf(whole.runs));
    let state = NOTHING_KNOWN;
    for (let attempt = 0; attempt < 200; attempt++) {
      const { runs, asked } = toyRuns();
      const { onChange, kept } = keeper(state);
      const cancel = {
        throwIfAborted: (): void => {
          if (asked.length >= 5) throw new Error('stopped');
        },
      };
      try {
        expect(await searchForPage(taskOf(runs, { resume: state, onChange, cancel }))).toEqual(uninterrupted);
        return;
      } catch (error) {
        if (!(error instanceof Error) || error.message !== 'stopped') throw error;
        state = kept();
      }
    }
    throw new Error('The search never ended.');
  });
});
