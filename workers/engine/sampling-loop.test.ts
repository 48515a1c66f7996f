import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuSignalOps } from '../../src/core/baselines/cpu-signal-ops.ts';
import type { ResidualModel } from '../../src/core/denoiser.ts';
import type { PolicyFile } from '../../src/core/policy.ts';
import { createLedger } from '../../src/core/test-support/ledger-ops.ts';
import type { StepTrace } from '../../src/protocol/engine.ts';
import type { FluxManifest } from '../../src/protocol/manifest.ts';
import { planRun } from '../pipelines/plan.ts';
import type { LoopBackend } from './loop-backend.ts';
import { runLoop } from './sampling-loop.ts';
import type { LoopRequest } from './sampling-loop.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../public/models/micro/manifest.json', import.meta.url), 'utf8'),
) as FluxManifest;

const STEP_COUNT = 6;

/** A linear model on arrays, every tensor booked; `onCall` sees each graph call and may throw. */
function arrayBackend(onCall: (stepIndex: number) => void = () => undefined) {
  const ledger = createLedger();
  let readBytes = 0;
  let released = 0;
  const model: ResidualModel<Float32Array> = {
    full(latents, { stepIndex }) {
      onCall(stepIndex);
      const scaled = ledger.use(latents).map((value) => value * 0.5);
      return Promise.resolve({ velocity: ledger.own(scaled), residual: ledger.own(scaled.slice()) });
    },
    cached(latents, { stepIndex }, residual) {
      onCall(stepIndex);
      return Promise.resolve(ledger.own(ledger.use(latents).map((value, index) => value + (ledger.use(residual)[index] ?? 0))));
    },
  };
  const backend: LoopBackend<Float32Array> = {
    ops: ledger.ops,
    readbacks: { totalBytes: () => readBytes },
    liveTensors: () => ledger.alive(),
    prepare: () => ({ model, probe: async (_, latents) => [ledger.own(ledger.use(latents).slice())], release: () => (released += 1) }),
    fromHost: (latents) => ledger.own(latents.slice()),
    toHost: (latents) => Promise.resolve(ledger.use(latents).slice()),
    residualToHost: (residual) => Promise.resolve(ledger.use(residual).slice()),
    residualFromHost: (values) => ledger.own(values.slice()),
    means: (differences) => {
      readBytes += 4 * differences.length;
      return cpuSignalOps.means(differences.map(([left, right]) => [ledger.use(left), right === null ? null : ledger.use(right)] as const));
    },
    finished: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
  return { backend, alive: () => ledger.alive(), released: () => released, readBack: (bytes: number) => (readBytes += bytes) };
}

function policyOf(computedSteps: readonly number[]): PolicyFile {
  const { sigmas } = planRun(manifest, { seed: 1, guidanceScale: 4, stepCount: STEP_COUNT, policy: null });
  const model = { kind: 'bound', id: manifest.id, binding: manifest.binding } as const;
  const format = 'budcache-policy/1';
  return { format, name: 't', model, stepCount: STEP_COUNT, sigmas, computedSteps, payload: 'reuse', evidence: null, provenance: 't' };
}

function requestFor(policy: PolicyFile | null, change: Partial<LoopRequest> = {}): LoopRequest {
  const nothing = { data: new Float32Array(1), dims: [1] };
  return {
    plan: planRun(manifest, { seed: 1, guidanceScale: 4, stepCount: STEP_COUNT, policy }),
    text: [{ full: { pooled: nothing, prompt_embeds: nothing }, cached: { pooled: nothing } }],
    guidanceScale: 4,
    noise: new Float32Array(8).fill(1),
    signal: new AbortController().signal,
    onSteps: () => undefined,
    ...change,
  };
}

describe('runLoop', () => {
  it('traces each step in order, with the policy’s decisions', async () => {
    const { backend } = arrayBackend();
    const told: StepTrace[] = [];
    const result = await runLoop(backend, manifest, requestFor(policyOf([0, 1, 4]), { onSteps: (steps) => told.push(...steps) }));
    expect(result.steps).toEqual(told);
    expect(told.map(({ stepIndex }) => stepIndex)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(told.map(({ decision }) => decision)).toEqual(['compute', 'compute', 'reuse', 'reuse', 'compute', 'reuse']);
    expect(told.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(result.loopMs, 6);
  });

  it('tells of every finished step before it begins to compute another', async () => {
    const told: number[] = [];
    const toldBefore: number[][] = [];
    const { backend } = arrayBackend(() => toldBefore.push([...told]));
    const onSteps = (steps: readonly StepTrace[]): void => void told.push(...steps.map(({ stepIndex }) => stepIndex));
    await runLoop(backend, manifest, requestFor(policyOf([0, 1, 4]), { onSteps }));
    expect(toldBefore[4]).toEqual([0, 1, 2, 3]);
    expect(told).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives the same bits with a policy that computes every step as without one', async () => {
    const { backend } = arrayBackend();
    const all = await runLoop(backend, manifest, requestFor(policyOf([0, 1, 2, 3, 4, 5])));
    const uncached = await runLoop(backend, manifest, requestFor(null));
    const few = await runLoop(backend, manifest, requestFor(policyOf([0, 3])));
    expect(all.latents).toEqual(uncached.latents);
    expect(few.latents).not.toEqual(uncached.latents);
  });

  it('counts bytes read back inside the loop, at their step', async () => {
    const { backend, readBack } = arrayBackend((stepIndex) => {
      if (stepIndex === 2) readBack(256);
    });
    readBack(1000);
    const result = await runLoop(backend, manifest, requestFor(null));
    expect(result.loopReadbackBytes).toBe(256);
    expect(result.steps.map(({ readbackBytes }) => readbackBytes)).toEqual([0, 0, 256, 0, 0, 0]);
  });

  it('gives the same bits with previews, whose readback no step is charged for', async () => {
    const withMap: FluxManifest = {
      ...manifest,
      latent: { ...manifest.latent, channels: 2, height: 2, width: 2, tokens: 1, tokenChannels: 8 },
      preview: { matrix: [[1, 0], [0, 1], [0, 0]], bias: [0, 0, 0] },
    };
    for (const policy of [null, policyOf([0, 1, 4])]) {
      const plain = await runLoop(arrayBackend().backend, withMap, requestFor(policy));
      const { backend: base, alive, readBack } = arrayBackend();
      const backend: typeof base = {
        ...base,
        toHost: (latents) => {
          readBack(32);
          return base.toHost(latents);
        },
      };
      const shown: number[] = [];
      const result = await runLoop(backend, withMap, requestFor(policy, { onPreview: (stepIndex) => shown.push(stepIndex) }));
      expect(result.latents).toEqual(plain.latents);
      expect(shown).toEqual([0, 1, 2, 3, 4]);
      expect([result.loopReadbackBytes, result.previewReadbackBytes]).toEqual([0, 5 * 32]);
      expect(result.steps.map(({ readbackBytes }) => readbackBytes)).toEqual([0, 0, 0, 0, 0, 0]);
      expect(result.loopMs).toBeCloseTo(result.steps.reduce((sum, { ms }) => sum + ms, 0), 9);
      expect(alive()).toBe(0);
    }
  });

  it('stops within one step of a cancellation and releases everything', async () => {
    const abort = new AbortController();
    const calls: number[] = [];
    const { backend, alive, released } = arrayBackend((stepIndex) => {
      calls.push(stepIndex);
      if (stepIndex === 2) abort.abort(new Error('stopped'));
    });
    await expect(runLoop(backend, manifest, requestFor(policyOf([0, 1]), { signal: abort.signal }))).rejects.toThrow('stopped');
    expect(calls).toEqual([0, 1, 2]);
    expect([alive(), released()]).toEqual([0, 1]);
  });

  it('releases everything when a graph fails', async () => {
    const { backend, alive, released } = arrayBackend((stepIndex) => {
      if (stepIndex === 3) throw new Error('kernel failed');
    });
    await expect(runLoop(backend, manifest, requestFor(policyOf([0, 2])))).rejects.toThrow('kernel failed');
    expect([alive(), released()]).toEqual([0, 1]);
  });

  it('refuses latents that are no numbers', async () => {
    const { backend } = arrayBackend();
    const noise = new Float32Array(8).fill(Number.NaN);
    await expect(runLoop(backend, manifest, requestFor(null, { noise }))).rejects.toMatchObject({ code: 'internal' });
  });

  it('notices a tensor that was left behind', async () => {
    const { backend } = arrayBackend();
    const leaky = { ...backend, ops: { ...backend.ops, release: () => undefined } };
    await expect(runLoop(leaky, manifest, requestFor(null))).rejects.toThrow(/left \d+ tensors/);
  });
});

describe('a policy that decides while sampling', () => {
  const rule = { method: 'teacache', threshold: 0.3, forcedFirst: 1, forceLast: true, coefficients: [0, 1] } as const;

  it('shows its decisions and what it read back, step by step, and leaves nothing on the device', async () => {
    const { backend, alive } = arrayBackend();
    const { steps, loopReadbackBytes } = await runLoop(backend, manifest, requestFor({ ...policyOf([0, 5]), rule }));
    expect(steps.map(({ readbackBytes }) => readbackBytes)).toEqual([0, 8, 8, 8, 8, 8]);
    expect(loopReadbackBytes).toBe(40);
    const decisions = steps.map(({ decision }) => decision);
    expect([decisions[0], decisions.at(-1)]).toEqual(['compute', 'compute']);
    expect(decisions).toContain('reuse');
    expect(alive()).toBe(0);
  });

  it('opens the graph it looks through before the first step, and not without a rule', async () => {
    const { backend } = arrayBackend();
    const order: string[] = [];
    const watched: typeof backend = {
      ...backend,
      openProbe: async (name) => void order.push(name),
      prepare: (inputs) => {
        order.push('prepare');
        return backend.prepare(inputs);
      },
    };
    await runLoop(watched, manifest, requestFor(policyOf([0, 5])));
    await runLoop(watched, manifest, requestFor({ ...policyOf([0, 5]), rule }));
    expect(order).toEqual(['prepare', 'modulated', 'prepare']);
  });

  it('is refused by a backend that cannot measure', async () => {
    const { backend } = arrayBackend();
    const { means: _, ...deaf } = backend;
    await expect(runLoop(deaf, manifest, requestFor({ ...policyOf([0, 5]), rule }))).rejects.toMatchObject({ code: 'internal' });
  });

  it('is refused where the model lacks the graph it looks through', () => {
    const { modulated: _, ...components } = manifest.components;
    const request = { seed: 1, guidanceScale: 4, stepCount: STEP_COUNT, policy: { ...policyOf([0, 5]), rule } };
    expect(() => planRun({ ...manifest, components }, request)).toThrow(expect.objectContaining({ code: 'policy-mismatch' }) as Error);
  });
});
