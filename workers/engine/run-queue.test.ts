import { describe, expect, it } from 'vitest';
import { RunQueue } from './run-queue.ts';

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
