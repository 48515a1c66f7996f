/**
 * The worker's side of the contract. One queue for everything that touches the device; failures leave as data;
 * a lost device is opened again by the next call.
 */
import type { AnyCalibration } from '../../src/protocol/calibration.ts';
import type { EngineApi, OpenRequest } from '../../src/protocol/engine.ts';
import { CodedError, toFailure } from '../../src/protocol/errors.ts';
import type { Outcome } from '../../src/protocol/errors.ts';
import { forgetModel, storedModels } from './bundle-manifest.ts';
import { generatePicture } from './generate.ts';
import { loadModel } from './loaded-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import { BACKGROUND, PASSING, RunQueue } from './run-queue.ts';
import type { GiveWay, JobKind } from './run-queue.ts';
import { openModelStore } from './model-store.ts';
import { DEVICE_LOCK, MODEL_STORE_LOCK, withLock } from './shared-lock.ts';

const LOSS_NEWS_MS = 200;

/** Far beyond what the runtime takes to notice that its device is gone. */
const HANG_MS = 20_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Engine implements EngineApi {
  readonly #queue = new RunQueue();
  #model: LoadedModel | null = null;
  /** Its device is gone; freed before the next model is opened. */
  #failedModel: LoadedModel | null = null;
  /** What to open again after a loss. */
  #lastOpen: OpenRequest | null = null;
  #jobCount = 0;

  readonly open: EngineApi['open'] = (request, onProgress) => {
    // They were meant for the model that goes.
    this.#queue.cancelBackground();
    return this.#enqueue(request.runId ?? this.#jobId('open'), async (signal) => {
      await this.#releaseModel();
      this.#lastOpen = null;
      const model = await this.#load(request, (progress) => tell(onProgress, progress), signal);
      this.#lastOpen = request;
      return model.opened;
    });
  };

  readonly generate: EngineApi['generate'] = (request, onEvent) =>
    this.#enqueue(
      request.runId,
      (signal) =>
        withLock(DEVICE_LOCK, signal, () => tell(onEvent, { kind: 'stage', stage: 'other-tab' }), () =>
          this.#withModel(signal, (model, halt) => generatePicture(model, request, (event) => tell(onEvent, event), halt)),
        ),
      PASSING,
    );

  readonly measureCosts: EngineApi['measureCosts'] = (runId) =>
    this.#enqueue(
      runId,
      (signal) => withLock(DEVICE_LOCK, signal, () => undefined, () => this.#withModel(signal, (model, halt) => model.measure(halt))),
      PASSING,
    );

  readonly teach: EngineApi['teach'] = (request) =>
    this.#calibrate(request, (model, signal, giveWay) => model.calibrator.teach(request, signal, giveWay));

  readonly rescore: EngineApi['rescore'] = (request) =>
    this.#calibrate(request, (model, signal, giveWay) => model.calibrator.rescore(request, signal, giveWay));

  readonly fit: EngineApi['fit'] = (request) => this.#calibrate(request, (model, signal, giveWay) => model.calibrator.fit(request, signal, giveWay));

  readonly storedModels: EngineApi['storedModels'] = () => asOutcome(async () => storedModels(await openModelStore()));

  readonly forgetModel: EngineApi['forgetModel'] = (manifestUrl) =>
    asOutcome(async () => {
      const store = await openModelStore();
      await withLock(MODEL_STORE_LOCK, new AbortController().signal, () => undefined, () => forgetModel(manifestUrl, store));
      return null;
    });

  readonly cancel: EngineApi['cancel'] = (runId) => {
    this.#queue.cancel(runId);
    return Promise.resolve();
  };

  readonly close: EngineApi['close'] = async () => {
    this.#queue.cancelAll();
    await this.#enqueue(this.#jobId('close'), async () => {
      this.#lastOpen = null;
      await this.#releaseModel();
    });
  };

  /** Holds no lock: a person's run in its midst takes it. */
  #calibrate<T>(
    { runId, binding }: AnyCalibration,
    work: (model: LoadedModel, signal: AbortSignal, giveWay: GiveWay) => Promise<T>,
  ): Promise<Outcome<T>> {
    const job = (signal: AbortSignal, giveWay: GiveWay): Promise<T> =>
      this.#withModel(signal, (model, halt) => {
        if (model.opened.manifest.binding !== binding) throw new CodedError('request-invalid', 'Another model is open than the one to calibrate on');
        const giveWayWhileSound = async (): Promise<boolean> => {
          const passed = await giveWay();
          if (this.#model !== model) throw new CodedError('device-lost', 'The model went while calibration stood aside');
          return passed;
        };
        return work(model, halt, giveWayWhileSound);
      });
    return this.#enqueue(runId, job, BACKGROUND);
  }

  async #enqueue<T>(id: string, job: (signal: AbortSignal, giveWay: GiveWay) => Promise<T>, kind?: JobKind): Promise<Outcome<T>> {
    return asOutcome(() => this.#queue.enqueue(id, job, kind));
  }

  /** Work on the open model, or on the last one opened again. Its own signal also halts it when the model fails. */
  async #withModel<T>(signal: AbortSignal, work: (model: LoadedModel, halt: AbortSignal) => Promise<T>): Promise<T> {
    const model = this.#model ?? (await this.#reopen(signal));
    const failing = new AbortController();
    const running = work(model, AbortSignal.any([signal, failing.signal]));
    try {
      return await Promise.race([running, model.failed]);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      // Work on a lost device fails in many words, some of them before the loss is announced.
      await Promise.race([model.failed, pause(LOSS_NEWS_MS)]);
      throw error;
    } finally {
      // A lost device takes every command and does nothing: a loop would go on to its end.
      failing.abort(new CodedError('device-lost', 'The work was given up'));
      await settled(running);
    }
  }

  async #load(request: OpenRequest, onProgress: Parameters<EngineApi['open']>[1], signal: AbortSignal): Promise<LoadedModel> {
    const model = await loadModel(request, onProgress, signal);
    this.#model = model;
    model.failed.catch(() => {
      if (this.#model !== model) return;
      this.#model = null;
      this.#failedModel = model;
    });
    return model;
  }

  async #reopen(signal: AbortSignal): Promise<LoadedModel> {
    await this.#releaseModel();
    if (this.#lastOpen === null) throw new CodedError('request-invalid', 'No model is open');
    return this.#load(this.#lastOpen, () => undefined, signal);
  }

  async #releaseModel(): Promise<void> {
    const model = this.#model;
    const failed = this.#failedModel;
    this.#model = null;
    this.#failedModel = null;
    await model?.release();
    // What can still be freed without a device.
    await failed?.release().catch(() => undefined);
  }

  #jobId(name: string): string {
    this.#jobCount += 1;
    return `${name}:${this.#jobCount}`;
  }
}

async function asOutcome<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}

/** Callbacks lead to the page; what becomes of a message there is no concern of a run. */
function tell<Event>(listener: (event: Event) => void, event: Event): void {
  // Across the worker boundary every call gives a promise.
  const sent: unknown = listener(event);
  if (sent instanceof Promise) sent.catch(() => undefined);
}

/**
 * The runtime cannot do two things at once: work given up on must end before the next begins. Work that hangs
 * brings the worker down, and the page starts another.
 */
async function settled(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const overdue = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      reportError(new Error('The runtime hangs on a device that is gone'));
      resolve();
    }, HANG_MS);
  });
  await Promise.race([work.then(() => undefined, () => undefined), overdue]);
  clearTimeout(timer);
}
