/**
 * `window.budcache`: the engine for scripts and the browser's console. Runs asked for here and runs of the
 * page wait for each other in the engine's queue; the page shows only its own.
 *
 *     const run = await budcache.generate({ prompt: 'a red cube', seed: 7 });
 *     if (run.ok) console.table(run.value.trace.steps);
 */
import type {
  BackendReport,
  CostModel,
  EngineApi,
  GenerateRequest,
  OpenedModel,
  RunEvent,
  RunResult,
} from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import { newRunId } from './run-id.ts';

/** Everything but the prompt has a value of its own: seed 0, the model's guidance and steps, no policy. */
export type ConsoleRequest = Partial<GenerateRequest> & Pick<GenerateRequest, 'prompt'>;

export interface ConsoleApi {
  /** Settles when the page's model is open, or could not be opened. */
  readonly ready: Promise<Outcome<OpenedModel>>;
  /** The open model, or null while it loads or when it failed. */
  readonly model: OpenedModel | null;
  readonly backend: BackendReport | null;
  generate(request: ConsoleRequest, onEvent?: (event: RunEvent) => void): Promise<Outcome<RunResult>>;
  cancel(runId: string): Promise<void>;
  measureCosts(): Promise<Outcome<CostModel>>;
  /** As stored in this browser for the page's model. */
  policies(): Promise<readonly StoredPolicy[]>;
}

export interface ConsoleSource {
  readonly engine: EngineApi;
  readonly ready: Promise<Outcome<OpenedModel>>;
  readonly opened: () => OpenedModel | null;
  readonly policies: () => Promise<readonly StoredPolicy[]>;
}

export function createConsoleApi({ engine, ready, opened, policies }: ConsoleSource): ConsoleApi {
  return {
    ready,
    get model() {
      return opened();
    },
    get backend() {
      return opened()?.backend ?? null;
    },
    async generate(request, onEvent = () => {}) {
      const model = opened() ?? (await firstOpened(ready));
      if (model === null) return { ok: false, error: { code: 'request-invalid', message: 'No model is open.' } };
      const { guidance, defaults } = model.manifest;
      const defaultsOfRequest = {
        runId: newRunId(),
        seed: 0,
        guidanceScale: guidance.default,
        stepCount: request.policy?.stepCount ?? defaults.stepCount,
        policy: null,
      };
      return engine.generate({ ...defaultsOfRequest, ...request }, onEvent);
    },
    cancel: (runId) => engine.cancel(runId),
    measureCosts: () => engine.measureCosts(newRunId()),
    policies,
  };
}

async function firstOpened(ready: Promise<Outcome<OpenedModel>>): Promise<OpenedModel | null> {
  const outcome = await ready;
  return outcome.ok ? outcome.value : null;
}

declare global {
  interface Window {
    budcache: ConsoleApi;
  }
}
