/** A download never fails because it could not be stored: from the first trouble on it goes to memory only. */
import { bufferedSink } from './buffered-sink.ts';
import type { FileSink, ModelStore } from './model-store.ts';

/**
 * The store's sink for that name, or one that keeps nothing.
 * @param onTrouble called once, with what the store threw.
 */
export async function openForgivingSink(store: ModelStore, name: string, onTrouble: (error: unknown) => void): Promise<FileSink> {
  try {
    return forgiving(await store.openSink(name), onTrouble);
  } catch (error) {
    onTrouble(error);
    return bufferedSink(new Uint8Array(0), null, () => Promise.resolve());
  }
}

function forgiving(sink: FileSink, onTrouble: (error: unknown) => void): FileSink {
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
