/** Calibration on arrays: what it measures, what it counts, and that it stands aside. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createClosedLoopFit } from '../../src/core/caching/closed-loop-fit.ts';
import { createPrefixRuns } from '../../src/core/caching/prefix-runs.ts';
import { recordTeacher } from '../../src/core/caching/teacher-run.ts';
import type { ResidualModel } from '../../src/core/denoiser.ts';
import type { PolicyFile } from '../../src/core/policy.ts';
import { measureReuseErrors } from '../../src/core/search/reuse-errors.ts';
import { createLedger } from '../../src/core/test-support/ledger-ops.ts';
import type { Manifest } from '../../src/protocol/manifest.ts';
import { noiseOf } from '../pipelines/noise.ts';
import { planRun } from '../pipelines/plan.ts';
import type { BranchFeeds } from '../pipelines/denoiser-inputs.ts';
import { createCalibrator } from './calibration.ts';
import type { LoopBackend } from './loop-backend.ts';

const manifest = JSON.parse(readFileSync(new URL('../../public/models/micro/manifest.json', import.meta.url), 'utf8')) as Manifest;
const STEP_COUNT = 6;
const pair = { prompt: 'a red cube', seed: 5, guidanceScale: 4 };
const base = { runId: 'c', binding: manifest.binding, pair, stepCount: STEP_COUNT };
const { sigmas } = planRun(manifest, { ...pair, stepCount: STEP_COUNT, policy: null });
const plain: ResidualModel<Float32Array> = {
  full: async (latents, { sigma }) => ({ velocity: latents.map((value) => Math.sin(3 * value) + sigma), residual: latents.map((value) => Math.cos(value) - sigma) }),
  cached: async (latents, { sigma }, residual) => latents.map((value, index) => value * sigma + (residual[index] ?? 0)),
};

/** The plain model with every tensor booked; `onCall` sees each graph call and may throw. */
function bench(onCall: () => void = () => undefined) {
  const ledger = createLedger();
  let readBytes = 0;
  const encoded: string[] = [];
  const model: ResidualModel<Float32Array> = {
    async full(latents, step) {
      onCall();
      const { velocity, residual } = await plain.full(ledger.use(latents), step);
      return { velocity: ledger.own(velocity), residual: ledger.own(residual) };
    },
    async cached(latents, step, residual) {
      onCall();
      return ledger.own(await plain.cached(ledger.use(latents), step, ledger.use(residual)));
    },
  };
  const backend: LoopBackend<Float32Array> = {
    ops: ledger.ops,
    readbacks: { totalBytes: () => readBytes },
    liveTensors: () => ledger.alive(),
    prepare: () => ({ model, release: () => undefined }),
    fromHost: (latents) => ledger.own(latents.slice()),
    toHost: async (latents) => {
      readBytes += ledger.use(latents).byteLength;
      return latents.slice();
    },
    residualToHost: async (residual) => {
      readBytes += ledger.use(residual).byteLength;
      return residual.slice();
    },
    residualFromHost: (values) => ledger.own(values.slice()),
    finished: () => Promise.resolve(),
  };
  const nothing = { data: new Float32Array(1), dims: [1] };
  const encodeText = async (prompt: string): Promise<BranchFeeds> => {
    encoded.push(prompt);
    return { full: { pooled: nothing, prompt_embeds: nothing }, cached: { pooled: nothing } };
  };
  return { calibrator: createCalibrator(backend, 'wasm', manifest, encodeText), alive: () => ledger.alive(), encoded, readBack: (bytes: number) => (readBytes += bytes) };
}

const noOne = (): Promise<boolean> => Promise.resolve(false);
const going = new AbortController().signal;
const noise = noiseOf(pair.seed, manifest);
const policyOf = (computedSteps: readonly number[]): PolicyFile => ({
  format: 'budcache-policy/1',
  name: 't',
  model: { kind: 'bound', id: manifest.id, binding: manifest.binding },
  stepCount: STEP_COUNT,
  sigmas,
  computedSteps,
  payload: 'reuse',
  evidence: null,
  provenance: 't',
});

describe('a full run to learn from', () => {
  it('gives the final latents and the errors that core defines', async () => {
    const { calibrator, alive } = bench();
    const { reference, errors } = await calibrator.teach({ ...base, withErrors: true }, going, noOne);
    const teacher = await recordTeacher(plain, noise, sigmas);
    expect(reference).toEqual(teacher.latents.at(-1));
    const expected = await measureReuseErrors(plain, teacher);
    expect(errors).toHaveLength(expected.length * noise.length);
    for (const [index, error] of expected.entries()) {
      const found = errors?.subarray(index * noise.length, (index + 1) * noise.length) ?? [];
      expect(Math.max(...error.map((value, place) => Math.abs(value - (found[place] ?? Number.NaN))))).toBeLessThan(1e-6);
    }
    expect(alive()).toBe(0);
  });

  it('counts its calls and what it reads back, and keeps no residual where errors are not asked for', async () => {
    const { calibrator, alive } = bench();
    const bytes = noise.byteLength;
    const withErrors = await calibrator.teach({ ...base, withErrors: true }, going, noOne);
    expect(withErrors.cost).toMatchObject({ backend: 'wasm', fullCalls: 6, cachedCalls: 15, readbackBytes: (15 + 6) * bytes });
    const without = await calibrator.teach({ ...base, withErrors: false }, going, noOne);
    expect(without.cost).toMatchObject({ fullCalls: 6, cachedCalls: 0, readbackBytes: 6 * bytes });
    expect([without.errors, alive()]).toEqual([null, 0]);
    expect(without.reference).toEqual(withErrors.reference);
  });
});

describe('a run under a policy', () => {
  it('gives what the sampler gives, and encodes a prompt once', async () => {
    const { calibrator, encoded } = bench();
    for (const mask of [[0, 3], [0, 1, 4]]) {
      const { latents, cost } = await calibrator.rescore({ ...base, policy: policyOf(mask) }, going, noOne);
      expect(latents).toEqual(await createPrefixRuns(plain, noise, sigmas).finalLatents(mask));
      expect(cost).toMatchObject({ fullCalls: mask.length, cachedCalls: STEP_COUNT - mask.length });
    }
    expect(encoded).toEqual(['a red cube']);
  });

  it('refuses a policy of another model', async () => {
    const policy = { ...policyOf([0]), model: { kind: 'bound', id: manifest.id, binding: '0'.repeat(64) } } as const;
    await expect(bench().calibrator.rescore({ ...base, policy }, going, noOne)).rejects.toMatchObject({ code: 'policy-mismatch' });
  });
});

describe('a fit of payloads', () => {
  const others = [2, 3].map((seed) => ({ ...pair, seed }));
  const request = { runId: 'f', binding: manifest.binding, stepCount: STEP_COUNT, calibration: [pair], judges: others, masks: [[0, 2], [0, 3]] };

  it('gives what core’s fit gives, and each policy’s own run ends at the fit’s latents', async () => {
    const { calibrator, alive } = bench();
    const { payloads } = await calibrator.fit(request, going, noOne);
    const fitPair = async ({ seed }: typeof pair) => ({ model: plain, teacher: await recordTeacher(plain, noiseOf(seed, manifest), sigmas) });
    const fit = createClosedLoopFit([await fitPair(pair)], await Promise.all(others.map(fitPair)), sigmas);
    for (const [index, mask] of request.masks.entries()) {
      const { steps, calibrationLatents, validationLatents } = await fit.fit(mask);
      const coefficients = steps.map((step) => step.coefficients);
      expect(payloads[index]).toEqual({ coefficients, calibrationLatents, judgeLatents: validationLatents });
      const policy: PolicyFile = { ...policyOf(mask), payload: 'fitted', coefficients };
      expect((await calibrator.rescore({ ...base, policy }, going, noOne)).latents).toEqual(calibrationLatents[0]);
    }
    expect(alive()).toBe(0);
  });

  it('makes no full run again of pairs that were taught', async () => {
    const { calibrator } = bench();
    const { cost: cold, payloads } = await calibrator.fit(request, going, noOne);
    for (const taught of [pair, ...others]) await calibrator.teach({ ...base, pair: taught, withErrors: false }, going, noOne);
    const { cost: warm, payloads: again } = await calibrator.fit(request, going, noOne);
    expect(cold.fullCalls - warm.fullCalls).toBe(3 * STEP_COUNT);
    expect(again).toEqual(payloads);
  });

  it('releases everything when cancelled in the middle, and refuses what is no mask', async () => {
    for (const stopAt of [2, 20, 25]) {
      const abort = new AbortController();
      let calls = 0;
      const { calibrator, alive } = bench(() => {
        calls += 1;
        if (calls === stopAt) abort.abort(new Error('stopped'));
      });
      await expect(calibrator.fit(request, abort.signal, noOne)).rejects.toThrow('stopped');
      expect(alive()).toBe(0);
    }
    await expect(bench().calibrator.fit({ ...request, masks: [[1, 2]] }, going, noOne)).rejects.toMatchObject({ code: 'policy-invalid' });
  });
});

describe('standing aside', () => {
  it('offers every step, and keeps others’ time and readbacks out of its own', async () => {
    const { calibrator, readBack } = bench();
    let offers = 0;
    const giveWay = async (): Promise<boolean> => {
      offers += 1;
      if (offers % 2 === 0) return false;
      readBack(1_000_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return true;
    };
    const { cost } = await calibrator.rescore({ ...base, policy: policyOf([0, 2]) }, going, giveWay);
    expect(offers).toBeGreaterThanOrEqual(2 * STEP_COUNT);
    expect(cost.readbackBytes).toBe(noise.byteLength);
    expect(cost.ms).toBeLessThan(20 * STEP_COUNT);
  });

  it.each([true, false])('releases everything when cancelled in the middle (errors %s)', async (withErrors) => {
    const abort = new AbortController();
    let calls = 0;
    const { calibrator, alive } = bench(() => {
      calls += 1;
      if (calls === 4) abort.abort(new Error('stopped'));
    });
    await expect(calibrator.teach({ ...base, withErrors }, abort.signal, noOne)).rejects.toThrow('stopped');
    expect([calls, alive()]).toEqual([4, 0]);
  });

  it('releases everything when a graph fails', async () => {
    for (const failing of [1, 5, 9]) {
      let calls = 0;
      const { calibrator, alive } = bench(() => {
        calls += 1;
        if (calls === failing) throw new Error('kernel failed');
      });
      await expect(calibrator.teach({ ...base, withErrors: true }, going, noOne)).rejects.toThrow('kernel failed');
      expect(alive()).toBe(0);
    }
  });
});
