/**
 * `window.budcache`: the engine for scripts and the browser's console. Runs asked for here and runs of the
 * page wait for each other in the engine's queue; the page shows only its own.
 *
 *     const run = await budcache.generate({ prompt: 'a red cube', seed: 7 });
 *     if (run.ok) console.table(run.value.trace.steps);
 */
import type { BackendReport, CostModel, EngineApi, GenerateRequest, OpenedModel, RunEvent, RunResult } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
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
export declare function createConsoleApi({ engine, ready, opened, policies }: ConsoleSource): ConsoleApi;
declare global {
    interface Window {
        budcache: ConsoleApi;
    }
}
