import { describe, expect, it } from 'vitest';
import type { GiveWay } from './run-queue.ts';
import { BACKGROUND, PASSING, RunQueue } from './run-queue.ts';

const cancelled = expect.objectContaining({ code: 'cancelled' }) as unknown;

/** Gives the queue's continuations time to run. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('RunQueue', () => {
  it('runs one job at a time, in order', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const job = (name: string) => async () => {
      log.push(`${name} starts`);
      await settle();
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      queue.enqueue('a', job('a')),
      queue.enqueue('b', job('b')),
      queue.enqueue('c', job('c')),
    ]);
    expect(results).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('runs the next job after one that failed, thrown or rejected', async () => {
    const queue = new RunQueue();
    const thrown = queue.enqueue('a', () => {
      throw new Error('thrown');
    });
    const rejected = queue.enqueue('b', () => Promise.reject(new Error('rejected')));
    const sound = queue.enqueue('c', () => Promise.resolve('sound'));
    await expect(thrown).rejects.toThrow('thrown');
    await expect(rejected).rejects.toThrow('rejected');
    await expect(sound).resolves.toBe('sound');
  });

  it('cancels a waiting job at once, without running it', async () => {
    const queue = new RunQueue();
    let open = (_value: string): void => undefined;
    const gate = new Promise<string>((resolve) => {
      open = resolve;
    });
    const first = queue.enqueue('a', () => gate);
    let ran = false;
    const second = queue.enqueue('b', async () => {
      ran = true;
      await settle();
    });
    queue.cancel('b');
    await expect(second).rejects.toEqual(cancelled);
    open('done');
    await expect(first).resolves.toBe('done');
    await settle();
    expect(ran).toBe(false);
  });

  it('aborts the running job’s signal with `cancelled` and then runs the next', async () => {
    const queue = new RunQueue();
    const first = queue.enqueue('a', async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        await settle();
      }
    });
    const second = queue.enqueue('b', () => Promise.resolve('next'));
    await settle();
    queue.cancel('a');
    await expect(first).rejects.toEqual(cancelled);
    await expect(second).resolves.toBe('next');
  });

  it('cancels all', async () => {
    const queue = new RunQueue();
    const running = queue.enqueue('a', async (signal) => {
      await settle();
      signal.throwIfAborted();
    });
    const waiting = queue.enqueue('b', () => Promise.resolve());
    queue.cancelAll();
    const outcomes = await Promise.allSettled([running, waiting]);
    expect(outcomes).toEqual([
      { status: 'rejected', reason: cancelled },
      { status: 'rejected', reason: cancelled },
    ]);
  });

  it('refuses an id that is under way and takes it again afterwards', async () => {
    const queue = new RunQueue();
    const first = queue.enqueue('a', settle);
    await expect(queue.enqueue('a', settle)).rejects.toMatchObject({ code: 'request-invalid' });
    await first;
    await expect(queue.enqueue('a', () => Promise.resolve('again'))).resolves.toBe('again');
  });

  it('ignores an unknown id', async () => {
    const queue = new RunQueue();
    queue.cancel('nobody');
    await expect(queue.enqueue('a', () => Promise.resolve(1))).resolves.toBe(1);
  });
});

describe('a background job', () => {
  /** Looks round between its steps, as calibration does. */
  const steps = (name: string, count: number, log: string[], signal: AbortSignal, giveWay: GiveWay) => async () => {
    for (let step = 1; step <= count; step++) {
      signal.throwIfAborted();
      await settle();
      log.push(`${name}${step}`);
      while (await giveWay()) log.push(`${name} was passed`);
    }
    return name;
  };
  const start = (queue: RunQueue, name: string, log: string[], count = 3) =>
    queue.enqueue(name, (signal, giveWay) => steps(name, count, log, signal, giveWay)(), BACKGROUND);
  const person = (queue: RunQueue, name: string, log: string[], kind = PASSING) =>
    queue.enqueue(
      name,
      async () => {
        log.push(`${name} starts`);
        await settle();
        log.push(`${name} ends`);
      },
      kind,
    );

  it('begins behind every person’s job that waits, whenever that came', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const first = person(queue, 'A', log);
    const background = start(queue, 'b', log, 1);
    const second = person(queue, 'C', log);
    await Promise.all([first, background, second]);
    expect(log).toEqual(['A starts', 'A ends', 'C starts', 'C ends', 'b1']);
  });

  it('is passed between its steps, goes on, and ends as if alone', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const background = start(queue, 'b', log);
    const runs = [person(queue, 'A', log), person(queue, 'C', log)];
    await expect(background).resolves.toBe('b');
    await Promise.all(runs);
    expect(log).toEqual(['b1', 'A starts', 'A ends', 'b was passed', 'C starts', 'C ends', 'b was passed', 'b2', 'b3']);
  });

  it('is not passed by a job that changes what it uses, nor by one behind such a job', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const background = start(queue, 'b', log, 2);
    const plain = person(queue, 'open', log, { lane: 'person', mayPass: false });
    const behind = person(queue, 'A', log);
    await Promise.all([background, plain, behind]);
    expect(log).toEqual(['b1', 'b2', 'open starts', 'open ends', 'A starts', 'A ends']);
  });

  it('never passes another background job', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    await Promise.all([start(queue, 'b', log, 2), start(queue, 'c', log, 1)]);
    expect(log).toEqual(['b1', 'b2', 'c1']);
  });

  it('survives a passing job that fails, and one that is cancelled', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const background = start(queue, 'b', log);
    const failing = queue.enqueue('A', () => Promise.reject(new Error('A failed')), PASSING);
    const endless = queue.enqueue(
      'C',
      async (signal) => {
        for (;;) {
          signal.throwIfAborted();
          await settle();
          queue.cancel('C');
        }
      },
      PASSING,
    );
    await expect(failing).rejects.toThrow('A failed');
    await expect(endless).rejects.toEqual(cancelled);
    await expect(background).resolves.toBe('b');
  });

  it('can be cancelled while it is passed, and leaves the passing job alone', async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const background = start(queue, 'b', log);
    const passing = queue.enqueue(
      'A',
      async () => {
        queue.cancelBackground();
        await settle();
        return 'A';
      },
      PASSING,
    );
    await expect(passing).resolves.toBe('A');
    await expect(background).rejects.toEqual(cancelled);
    expect(log).toEqual(['b1', 'b was passed']);
    await expect(person(queue, 'C', log)).resolves.toBeUndefined();
  });
});
