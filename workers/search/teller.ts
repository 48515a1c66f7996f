/** News for the page: as often as an eye follows, every change of phase, and the last of each phase. */
import type { PageSearchProgress } from '../../src/core/search/page-search-types.ts';

const TELL_EVERY_MS = 60;

/**
 * The returned function also lets messages in each time, so that a search that only computes can be stopped.
 * @param tell its promise is awaited: news never pile up before a page that is slower.
 */
export function createTeller(
  tell: (progress: PageSearchProgress) => Promise<void>,
  nowMs: () => number = () => performance.now(),
): (progress: PageSearchProgress) => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  let untold: PageSearchProgress | null = null;
  let phase: PageSearchProgress['phase'] | null = null;
  return async (progress) => {
    const isNewPhase = progress.phase !== phase;
    phase = progress.phase;
    if (isNewPhase && untold !== null) await tell(untold);
    untold = progress;
    if (isNewPhase || nowMs() - lastMs >= TELL_EVERY_MS) {
      lastMs = nowMs();
      untold = null;
      await tell(progress);
    } else {
      await nextTask();
    }
  };
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
