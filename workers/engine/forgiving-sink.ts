/** A download never fails because it could not be stored: from the first trouble on it goes to memory only. */
import type { FileSink } from './model-store.ts';

/** @param onTrouble called once, with what the store threw. */
export function forgivingSink(sink: FileSink, onTrouble: (error: unknown) => void): FileSink {
  let isWorking = true;
  const giveUp = (error: unknown): void => {
    if (isWorking) onTrouble(error);
    isWorking = false;
  };
  return {
    arrived: sink.arrived,
    validator: sink.validator,
    async restart(validator) {
      if (isWorking) await sink.restart(validator).catch(giveUp);
    },
    append(piece) {
      if (!isWorking) return;
      try {
        sink.append(piece);
      } catch (error) {
        giveUp(error);
      }
    },
    // Even a troubled sink holds something that must be let go.
    close: () => sink.close().catch(giveUp),
  };
}
