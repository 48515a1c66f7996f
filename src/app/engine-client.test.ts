/** The client's own duties, over real message channels; what is behind them is as much engine as the test needs. */
import { expose } from 'comlink';
import { describe, expect, test } from 'vitest';
import type { DownloadProgress, EngineApi, GenerateRequest, OpenedModel, RunEvent, RunResult } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import { createEngineClient } from './engine-client.ts';

/** A MessageChannel in a worker's place: `die` is what the browser does when the worker breaks. */
class ChannelWorker extends EventTarget {
  readonly #near: MessagePort;
  isTerminated = false;

  constructor(engine: Partial<EngineApi>) {
    super();
    const { port1, port2 } = new MessageChannel();
    expose(engine, port2);
    this.#near = port1;
    port1.addEventListener('message', (event) => this.dispatchEvent(new MessageEvent('message', { data: event.data, ports: [...event.ports] })));
    port1.start();
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    this.#near.postMessage(message, transfer);
  }

  terminate(): void {
    this.isTerminated = true;
    this.#near.close();
  }

  die(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }
}

const opened = { manifest: { id: 'tiny' } } as unknown as OpenedModel;
const result = { unknownWords: [] } as unknown as RunResult;
const request = { runId: 'run-1', prompt: 'a cube' } as unknown as GenerateRequest;
const PROGRESS: DownloadProgress = { receivedBytes: 1, keptBytes: 0, totalBytes: 2, file: 'a', activity: 'receiving' };
const openRequest = { manifestUrl: 'https://site.example/manifest.json', backend: 'wasm' } as const;

/** A client and every worker it has started, in order; each worker's engine is made anew. */
function clientOver(engine: (workerIndex: number) => Partial<EngineApi>) {
  const workers: ChannelWorker[] = [];
  const client = createEngineClient(() => {
    const worker = new ChannelWorker(engine(workers.length));
    workers.push(worker);
    return worker as unknown as Worker;
  });
  return { client, workers };
}

const succeed = <T>(value: T): Promise<Outcome<T>> => Promise.resolve({ ok: true, value });

describe('calls', () => {
  test('reach the worker with their callbacks', async () => {
    const { client } = clientOver(() => ({
      open: async (_, onProgress) => {
        await (onProgress(PROGRESS) as unknown as Promise<void>);
        return succeed(opened);
      },
    }));
    const seen: unknown[] = [];
    expect(await client.open(openRequest, (progress) => seen.push(progress))).toEqual({ ok: true, value: opened });
    expect(seen).toEqual([PROGRESS]);
    await client.close().catch(() => {});
  });

  test('get no event after their answer', async () => {
    let late: ((event: RunEvent) => void) | null = null;
    const { client } = clientOver(() => ({
      generate: (_, onEvent) => {
        late = onEvent;
        return succeed(result);
      },
    }));
    const events: RunEvent[] = [];
    await client.generate(request, (event) => events.push(event));
    await ((late as unknown as (event: RunEvent) => Promise<void>)({ kind: 'stage', stage: 'decode' }));
    expect(events).toEqual([]);
  });

  test('that throw in the worker fail as data, and the next one works', async () => {
    let calls = 0;
    const { client, workers } = clientOver(() => ({
      generate: () => {
        calls += 1;
        if (calls === 1) throw new Error('a bug');
        return succeed(result);
      },
    }));
    expect(await client.generate(request, () => {})).toEqual({ ok: false, error: { code: 'internal', message: 'a bug' } });
    expect(await client.generate(request, () => {})).toEqual({ ok: true, value: result });
    expect(workers).toHaveLength(1);
  });
});

describe('a worker that dies', () => {
  test('fails what is pending; the next call starts another and opens the model again', async () => {
    const openings: number[] = [];
    const { client, workers } = clientOver((workerIndex) => ({
      open: () => {
        openings.push(workerIndex);
        return succeed(opened);
      },
      generate: () => (workerIndex === 0 ? new Promise(() => {}) : succeed(result)),
    }));
    await client.open(openRequest, () => {});
    const pending = client.generate(request, () => {});
    // The request has to be under way.
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    workers[0]?.die('out of luck');
    expect(await pending).toEqual({ ok: false, error: { code: 'worker-died', message: 'out of luck' } });
    expect(workers[0]?.isTerminated).toBe(true);

    const both = [client.generate(request, () => {}), client.generate(request, () => {})];
    expect(await Promise.all(both)).toEqual([{ ok: true, value: result }, { ok: true, value: result }]);
    expect(openings).toEqual([0, 1]);
  });

  test('and whose successor cannot open the model says so, then tries once more', async () => {
    let openings = 0;
    const failure = { ok: false, error: { code: 'download-failed', message: 'offline' } } as const;
    const { client, workers } = clientOver(() => ({
      open: () => {
        openings += 1;
        return openings === 2 ? Promise.resolve(failure) : succeed(opened);
      },
      generate: () => succeed(result),
    }));
    await client.open(openRequest, () => {});
    workers[0]?.die('gone');
    expect(await client.generate(request, () => {})).toEqual(failure);
    expect(await client.generate(request, () => {})).toEqual({ ok: true, value: result });
    expect(openings).toBe(3);
  });
});
