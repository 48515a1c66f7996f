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
  /** Settles with the first measurement that nothing interrupted. */
  measure(onBusy: (isMeasuring: boolean) => void): Promise<Outcome<CostModel>>;
}

export function createIdleMeasurer(engine: EngineApi, idleMs = IDLE_MS): IdleMeasurer {
  let measurementId: string | null = null;
  let startedCount = 0;
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

  return {
    engine: { ...engine, generate },
    async measure(onBusy) {
      for (;;) {
        await untilIdle();
        measurementId = newRunId();
        onBusy(true);
        const outcome = await engine.measureCosts(measurementId);
        measurementId = null;
        onBusy(false);
        if (outcome.ok || outcome.error.code !== 'cancelled') return outcome;
      }
    },
  };
}
