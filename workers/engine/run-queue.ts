/**
 * One job at a time, first come first served, in two lanes: a person's jobs go before background ones. A background
 * job that gives way is passed in its middle. A failed job never poisons the next.
 */
import { CodedError } from '../../src/protocol/errors.ts';

export interface JobKind {
  /** `background`: begins only when no person's job waits. */
  readonly lane: 'person' | 'background';
  /** May run while a background job stands still: it leaves what that one uses as it was. */
  readonly mayPass: boolean;
}

/** Waits for what is running, background or not, to end. */
const PLAIN: JobKind = { lane: 'person', mayPass: false };
/** A person's run. */
export const PASSING: JobKind = { lane: 'person', mayPass: true };
export const BACKGROUND: JobKind = { lane: 'background', mayPass: false };

/**
 * Given to background jobs, to be called where they can stand still: runs one waiting job that may pass.
 * Resolves to whether there was one.
 */
export type GiveWay = () => Promise<boolean>;

interface Entry extends JobKind {
  readonly id: string;
  readonly abort: AbortController;
  /** Runs the job to its end; never rejects. What it resolves to tells the caller how it went. */
  run(): Promise<() => void>;
  /** Rejects the caller without running. */
  refuse(reason: CodedError): void;
}

export class RunQueue {
  readonly #waiting: Entry[] = [];
  /** The innermost last: a job that passes runs inside the one that gave way. */
  readonly #running: Entry[] = [];

  /**
   * Resolves or rejects as the job does. The job's signal aborts with a `cancelled` CodedError.
   * Rejects with `request-invalid` when a job of this id is waiting or running.
   */
  enqueue<T>(id: string, job: (signal: AbortSignal, giveWay: GiveWay) => Promise<T>, kind: JobKind = PLAIN): Promise<T> {
    if (this.#all().some((entry) => entry.id === id)) {
      return Promise.reject(new CodedError('request-invalid', `A run with the id ${id} is already under way`));
    }
    return new Promise<T>((resolve, reject) => {
      const abort = new AbortController();
      const run = async (): Promise<() => void> => {
        try {
          const value = await job(abort.signal, () => this.#giveWay());
          return () => resolve(value);
        } catch (error) {
          return () => reject(error as Error);
        }
      };
      this.#waiting.push({ id, ...kind, abort, run, refuse: reject });
      void this.#drain();
    });
  }

  /** A waiting job fails at once, a running one when it next looks at its signal. Unknown ids are ignored. */
  cancel(id: string): void {
    this.#cancelAll(this.#all().filter((entry) => entry.id === id));
  }

  cancelAll(): void {
    this.#cancelAll(this.#all());
  }

  cancelBackground(): void {
    this.#cancelAll(this.#all().filter(({ lane }) => lane === 'background'));
  }

  #all(): Entry[] {
    return [...this.#waiting, ...this.#running];
  }

  #cancelAll(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const reason = new CodedError('cancelled', `The run ${entry.id} was cancelled`);
      const index = this.#waiting.indexOf(entry);
      if (index >= 0) {
        this.#waiting.splice(index, 1);
        entry.refuse(reason);
      } else {
        entry.abort.abort(reason);
      }
    }
  }

  /** Runs what waits, unless that is already happening. */
  async #drain(): Promise<void> {
    if (this.#running.length > 0) return;
    for (;;) {
      const entry = this.#take(this.#firstPerson() ?? this.#waiting[0]);
      if (entry === undefined) return;
      await this.#runOne(entry);
    }
  }

  async #giveWay(): Promise<boolean> {
    const first = this.#firstPerson();
    // Only ever one inside another, and no job overtakes an earlier one of its lane.
    const entry = first?.mayPass === true && this.#running.at(-1)?.lane === 'background' ? this.#take(first) : undefined;
    if (entry === undefined) return false;
    await this.#runOne(entry);
    return true;
  }

  async #runOne(entry: Entry): Promise<void> {
    this.#running.push(entry);
    const tellCaller = await entry.run();
    // Free before the caller hears of it: it may enqueue the same id again at once.
    this.#running.splice(this.#running.indexOf(entry), 1);
    tellCaller();
  }

  #firstPerson(): Entry | undefined {
    return this.#waiting.find(({ lane }) => lane === 'person');
  }

  #take(entry: Entry | undefined): Entry | undefined {
    if (entry !== undefined) this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    return entry;
  }
}
