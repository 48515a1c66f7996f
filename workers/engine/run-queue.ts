/** One job at a time, first come first served. A failed job never poisons the next. */
import { CodedError } from '../../src/protocol/errors.ts';

interface Entry {
  readonly id: string;
  readonly abort: AbortController;
  /** Runs the job to its end; never rejects. What it resolves to tells the caller how it went. */
  run(): Promise<() => void>;
  /** Rejects the caller without running. */
  refuse(reason: CodedError): void;
}

export class RunQueue {
  readonly #waiting: Entry[] = [];
  #running: Entry | null = null;

  /**
   * Resolves or rejects as the job does. The job's signal aborts with a `cancelled` CodedError.
   * Rejects with `request-invalid` when a job of this id is waiting or running.
   */
  enqueue<T>(id: string, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#find(id) !== undefined) {
      return Promise.reject(new CodedError('request-invalid', `A run with the id ${id} is already under way`));
    }
    return new Promise<T>((resolve, reject) => {
      const abort = new AbortController();
      const run = async (): Promise<() => void> => {
        try {
          const value = await job(abort.signal);
          return () => resolve(value);
        } catch (error) {
          return () => reject(error as Error);
        }
      };
      this.#waiting.push({ id, abort, run, refuse: reject });
      void this.#drain();
    });
  }

  /** A waiting job fails at once, a running one when it next looks at its signal. Unknown ids are ignored. */
  cancel(id: string): void {
    const entry = this.#find(id);
    if (entry !== undefined) this.#cancelEntry(entry);
  }

  cancelAll(): void {
    for (const entry of this.#waiting.slice()) this.#cancelEntry(entry);
    if (this.#running !== null) this.#cancelEntry(this.#running);
  }

  #cancelEntry(entry: Entry): void {
    const reason = new CodedError('cancelled', `The run ${entry.id} was cancelled`);
    const index = this.#waiting.indexOf(entry);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      entry.refuse(reason);
    } else {
      entry.abort.abort(reason);
    }
  }

  #find(id: string): Entry | undefined {
    if (this.#running !== null && this.#running.id === id) return this.#running;
    return this.#waiting.find((entry) => entry.id === id);
  }

  /** Runs what waits, unless that is already happening. */
  async #drain(): Promise<void> {
    if (this.#running !== null) return;
    for (;;) {
      const entry = this.#waiting.shift();
      if (entry === undefined) return;
      this.#running = entry;
      const tellCaller = await entry.run();
      // Free before the caller hears of it: it may enqueue the same id again at once.
      this.#running = null;
      tellCaller();
    }
  }
}
