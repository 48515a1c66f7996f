/**
 * Measures this machine when nobody is waiting for it: a person's picture comes first, and a measurement that
 * it meets is given up and taken again later.
 */
import type { CostModel, EngineApi } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import { newRunId } from './run-id.ts';

/** Long enough for a script or a person who starts at once to be first. */
const IDLE_MS = 700;

export interface IdleMeasurer {
  /** The same engine; whatever is run through it has precedence. */
  readonly engine: EngineApi;
  /** Settles with the first measurement that nothing interrupted; with `cancelled` when it is abandoned. */
  measure(onBusy: (isMeasuring: boolean) => void): Promise<Outcome<CostModel>>;
  /** For another model about to be opened: gives up what is measured or about to be. A later `measure` does too. */
  abandon(): Promise<void>;
}

const ABANDONED: Outcome<CostModel> = { ok: false, error: { code: 'cancelled', message: 'The measurement was given up.' } };

export function createIdleMeasurer(engine: EngineApi, idleMs = IDLE_MS): IdleMeasurer {
  let measurementId: string | null = null;
  let startedCount = 0;
  /** A measurement of an earlier turn is abandoned. */
  let turn = 0;
  /** One at a time. */
  let latest: Promise<unknown> = Promise.resolve();
  const running = new Set<Promise<unknown>>();

  const generate: EngineApi['generate'] = async (request, onEvent) => {
    startedCount += 1;
    if (measurementId !== null) await engine.cancel(measurementId);
    const run = engine.generate(request, onEvent);
    running.add(run);
    try {
      return await run;
    } finally {
      running.delete(run);
    }
  };

  const untilIdle = async (): Promise<void> => {
    for (;;) {
      await Promise.allSettled(running);
      const countBefore = startedCount;
      await new Promise((resolve) => {
        setTimeout(resolve, idleMs);
      });
      if (running.size === 0 && startedCount === countBefore) return;
    }
  };

  const abandon = async (): Promise<void> => {
    turn += 1;
    if (measurementId !== null) await engine.cancel(measurementId);
  };

  const measureInTurn = async (mine: number, onBusy: (isMeasuring: boolean) => void): Promise<Outcome<CostModel>> => {
    for (;;) {
      if (turn === mine) await untilIdle();
      if (turn !== mine) return ABANDONED;
      measurementId = newRunId();
      onBusy(true);
      const outcome = await engine.measureCosts(measurementId);
      measurementId = null;
      onBusy(false);
      if (outcome.ok || outcome.error.code !== 'cancelled') return outcome;
    }
  };

  return {
    engine: { ...engine, generate },
    abandon,
    measure(onBusy) {
      const ended = Promise.all([abandon(), latest]);
      const mine = turn;
      const measured = ended.then(() => measureInTurn(mine, onBusy));
      latest = measured;
      return measured;
    },
  };
}
