import { expect, test } from 'vitest';
import type { CostModel, EngineApi, GenerateRequest, RunResult } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import { createIdleMeasurer } from './idle-measurer.ts';

const costs: CostModel = { fullMs: 1, cachedMs: 1, textMs: 1, vaeMs: 1 };
const IDLE_MS = 10;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Measurements last until they are told to end; runs end when told. */
function slowEngine() {
  const log: string[] = [];
  let endMeasurement: (outcome: Outcome<CostModel>) => void = () => {};
  let endRun: () => void = () => {};
  const engine = {
    generate: () => {
      log.push('run');
      return new Promise<Outcome<RunResult>>((resolve) => {
        endRun = () => resolve({ ok: false, error: { code: 'internal', message: '' } });
      });
    },
    measureCosts: () => {
      log.push('measure');
      return new Promise<Outcome<CostModel>>((resolve) => {
        endMeasurement = resolve;
      });
    },
    cancel: () => {
      log.push('cancel');
      endMeasurement({ ok: false, error: { code: 'cancelled', message: '' } });
      return Promise.resolve();
    },
  } as unknown as EngineApi;
  return { engine, log, endMeasurement: () => endMeasurement({ ok: true, value: costs }), endRun: () => endRun() };
}

const request = {} as GenerateRequest;

test('waits for a run that came first', async () => {
  const slow = slowEngine();
  const measurer = createIdleMeasurer(slow.engine, IDLE_MS);
  const run = measurer.engine.generate(request, () => {});
  const measured = measurer.measure(() => {});
  await pause(3 * IDLE_MS);
  expect(slow.log).toEqual(['run']);
  slow.endRun();
  await run;
  await pause(3 * IDLE_MS);
  expect(slow.log).toEqual(['run', 'measure']);
  slow.endMeasurement();
  expect(await measured).toEqual({ ok: true, value: costs });
});

test('gives way to a run and is taken again after it', async () => {
  const slow = slowEngine();
  const busy: boolean[] = [];
  const measurer = createIdleMeasurer(slow.engine, IDLE_MS);
  const measured = measurer.measure((isMeasuring) => busy.push(isMeasuring));
  await pause(3 * IDLE_MS);
  const run = measurer.engine.generate(request, () => {});
  await pause(3 * IDLE_MS);
  expect(slow.log).toEqual(['measure', 'cancel', 'run']);
  slow.endRun();
  await run;
  await pause(3 * IDLE_MS);
  expect(slow.log).toEqual(['measure', 'cancel', 'run', 'measure']);
  slow.endMeasurement();
  expect(await measured).toEqual({ ok: true, value: costs });
  expect(busy).toEqual([true, false, true, false]);
});

test('an abandoned measurement ends, and the next one is the only one', async () => {
  const slow = slowEngine();
  const measurer = createIdleMeasurer(slow.engine, IDLE_MS);
  const first = measurer.measure(() => {});
  await pause(3 * IDLE_MS);
  const busy: boolean[] = [];
  const second = measurer.measure((isMeasuring) => busy.push(isMeasuring));
  expect(await first).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  await pause(3 * IDLE_MS);
  expect(slow.log).toEqual(['measure', 'cancel', 'measure']);
  slow.endMeasurement();
  expect(await second).toEqual({ ok: true, value: costs });
  expect(busy).toEqual([true, false]);
});

test('one that is abandoned before it begins never does', async () => {
  const slow = slowEngine();
  const measurer = createIdleMeasurer(slow.engine, IDLE_MS);
  const measured = measurer.measure(() => {});
  await pause(1);
  await measurer.abandon();
  expect(await measured).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  expect(slow.log).toEqual([]);
});
