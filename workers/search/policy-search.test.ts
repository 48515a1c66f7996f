/** The worker's logic between a page and core's search: real runs, what is kept, stopping and going on. */
import { describe, expect, it } from 'vitest';
import { createCachedDenoiser } from '../../src/core/caching/cached-denoiser.ts';
import { createClosedLoopFit } from '../../src/core/caching/closed-loop-fit.ts';
import { recordTeacher } from '../../src/core/caching/teacher-run.ts';
import type { StepCoefficients } from '../../src/core/policy.ts';
import { torchRandn } from '../../src/core/rng/torch-randn.ts';
import { cpuTensorOps } from '../../src/core/sampling/cpu-tensor-ops.ts';
import { sampleEuler } from '../../src/core/sampling/euler.ts';
import { fluxSigmas } from '../../src/core/sampling/sigmas.ts';
import { planPageSearch } from '../../src/core/search/page-plan.ts';
import type { PageSearchProgress, PageSearchState, PairTeaching } from '../../src/core/search/page-search-types.ts';
import { NOTHING_KNOWN } from '../../src/core/search/page-search-types.ts';
import { measureReuseErrors } from '../../src/core/search/reuse-errors.ts';
import { createLooseToyModel } from '../../src/core/test-support/loose-model.ts';
import type { SearchHost } from '../../src/protocol/search.ts';
import { PolicySearch } from './policy-search.ts';
import { createTeller } from './teller.ts';

const STEP_COUNT = 8;
const RIVAL = [0, 4, 6];
const sigmas = fluxSigmas(STEP_COUNT, 64);
const { plan: wholePlan } = planPageSearch({ stepCount: STEP_COUNT, sigmas, nfe: 3, seed: 2, effortMs: 500, calibrationPairs: 2, costs: { fullMs: 1, cachedMs: 0.1 }, knownMasks: [RIVAL] });
const plan = { ...wholePlan, annealing: { ...wholePlan.annealing, chains: 2, segmentsPerChain: 12, masksPerSegment: 20 } };

/** A page with a toy engine; everything crosses as through a worker's boundary. `runsDone` counts real runs. */
function page(state: PageSearchState, onRun: (runsDone: number) => void = () => undefined) {
  const model = createLooseToyModel();
  const noiseOf = (pair: number): Float32Array => torchRandn(50 + pair, 16);
  const progress: PageSearchProgress[] = [];
  let kept = state;
  let runsDone = 0;
  const ran = <T>(value: T): { readonly ok: true; readonly value: T } => {
    runsDone += 1;
    onRun(runsDone);
    return structuredClone({ ok: true, value });
  };
  const run = (pair: number, mask: readonly number[], coefficients: readonly StepCoefficients[] | null): Promise<Float32Array> => {
    const base = { stepCount: STEP_COUNT, sigmas, computedSteps: mask };
    const { denoise } = createCachedDenoiser(model, coefficients === null ? { ...base, payload: 'reuse' } : { ...base, payload: 'fitted', coefficients }, cpuTensorOps);
    return sampleEuler(denoise, noiseOf(pair), sigmas, cpuTensorOps);
  };
  const host: SearchHost = {
    async teach(pair, withErrors) {
      const teacher = await recordTeacher(model, noiseOf(pair), sigmas);
      const reference = teacher.latents.at(-1) ?? noiseOf(pair);
      const errors = withErrors ? Float32Array.from((await measureReuseErrors(model, teacher)).flatMap((error) => [...error])) : null;
      return ran({ reference, errors });
    },
    finalLatents: async (pair, mask, coefficients) => ran(await run(pair, mask, coefficients)),
    rivalLatents: async (pair) => ran(await run(pair, RIVAL, null)),
    async fit(masks, calibration, judges) {
      const pairs = await Promise.all(Array.from({ length: calibration + judges }, async (_, pair) => ({ model, teacher: await recordTeacher(model, noiseOf(pair), sigmas) })));
      const fit = createClosedLoopFit(pairs.slice(0, calibration), pairs.slice(calibration), sigmas);
      const fits = await Promise.all(masks.map((mask) => fit.fit(mask)));
      return ran(fits.map(({ steps, calibrationLatents, validationLatents }) => ({ coefficients: steps.map((step) => step.coefficients), calibrationLatents, judgeLatents: validationLatents })));
    },
    async keep(change) {
      const copy = structuredClone(change);
      if (copy.kind === 'teaching') {
        const teachings: (PairTeaching | null)[] = [...kept.teachings];
        teachings[copy.pair] = copy.teaching;
        kept = { ...kept, teachings };
      } else if (copy.kind === 'anneal') kept = { ...kept, anneal: copy.anneal };
      else if (copy.kind === 'entries') kept = { ...kept, entries: copy.entries };
      else if (copy.kind === 'fits') kept = { ...kept, fits: copy.fits };
      else kept = { ...kept, comparison: copy.comparison };
    },
    async tell(told) {
      progress.push(told);
    },
  };
  return { host, progress, kept: () => kept, runsDone: () => runsDone };
}

describe('the search worker', () => {
  it('gives the same policy for the same job', async () => {
    const job = { plan, state: NOTHING_KNOWN, hasRival: true };
    const first = await new PolicySearch().search(job, page(NOTHING_KNOWN).host);
    expect(first).toMatchObject({ ok: true });
    expect(await new PolicySearch().search(job, page(NOTHING_KNOWN).host)).toEqual(first);
  });

  it('stopped, and gone on with by another worker from what the page kept, ends as if never stopped', async () => {
    const whole = page(NOTHING_KNOWN);
    const uninterrupted = await new PolicySearch().search({ plan, state: NOTHING_KNOWN, hasRival: true }, whole.host);
    for (const stopAt of [1, 4, Math.floor(whole.runsDone() / 2), whole.runsDone() - 2]) {
      const worker = new PolicySearch();
      const before = page(NOTHING_KNOWN, (runsDone) => void (runsDone === stopAt ? worker.stop() : undefined));
      const stopped = await worker.search({ plan, state: NOTHING_KNOWN, hasRival: true }, before.host);
      expect(stopped).toMatchObject({ ok: false, error: { code: 'cancelled' } });
      expect(before.runsDone()).toBeLessThan(whole.runsDone());
      const after = page(before.kept());
      expect(await new PolicySearch().search({ plan, state: before.kept(), hasRival: true }, after.host)).toEqual(uninterrupted);
    }
  });

  it('can be stopped while it anneals, when no run is under way', async () => {
    const worker = new PolicySearch();
    const { host, progress } = page(NOTHING_KNOWN);
    const tell: SearchHost['tell'] = async (told) => {
      progress.push(told);
      if (told.phase === 'proxy') setTimeout(() => void worker.stop(), 0);
    };
    const slow = { ...plan, annealing: { ...plan.annealing, segmentsPerChain: 5000 } };
    expect(await worker.search({ plan: slow, state: NOTHING_KNOWN, hasRival: true }, { ...host, tell })).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(progress.at(-1)?.phase).toBe('proxy');
  });

  it('fails with the code of a run that failed, and can search again', async () => {
    const worker = new PolicySearch();
    const { host } = page(NOTHING_KNOWN);
    const lost = { ok: false, error: { code: 'device-lost', message: 'gone' } } as const;
    const job = { plan, state: NOTHING_KNOWN, hasRival: true };
    expect(await worker.search(job, { ...host, finalLatents: () => Promise.resolve(lost) })).toEqual(lost);
    expect(await worker.search(job, host)).toMatchObject({ ok: true });
  });

  it('takes one search at a time', async () => {
    const worker = new PolicySearch();
    const job = { plan, state: NOTHING_KNOWN, hasRival: true };
    const first = worker.search(job, page(NOTHING_KNOWN).host);
    expect(await worker.search(job, page(NOTHING_KNOWN).host)).toMatchObject({ ok: false, error: { code: 'request-invalid' } });
    expect(await first).toMatchObject({ ok: true });
  });
});

describe('the teller', () => {
  it('tells every change of phase and the last of each, between them no more than an eye follows', async () => {
    let now = 0;
    const told: string[] = [];
    const tell = createTeller(async ({ phase, realRuns }) => void told.push(`${phase} ${realRuns}`), () => now);
    const progress = (phase: PageSearchProgress['phase'], realRuns: number): PageSearchProgress => ({ phase, realRuns, current: null, best: null, temperatureDb: null, masksTried: 0 });
    for (let run = 1; run <= 5; run++) await tell(progress('teach', run));
    now = 100;
    await tell(progress('teach', 6));
    await tell(progress('teach', 7));
    await tell(progress('proxy', 8));
    expect(told).toEqual(['teach 1', 'teach 6', 'teach 7', 'proxy 8']);
  });
});
