/** The person's comparisons become points of the curve; a chosen point becomes the next picture. */
import { latentPsnrDb } from '../core/metrics/psnr.ts';
import type { ComparedRun } from '../storage/compared-runs-store.ts';
import type { AppContext } from './app-context.ts';
import { reportStorageError } from './app-context.ts';
import type { CurvePoint } from './curve-points.ts';
import { editDraft } from './draft-actions.ts';
import { measuredMsOf } from './prediction-text.ts';
import type { FinishedRun } from './state.ts';

/** Keeps each finished comparison with the full run of the same noise, from now on. */
export async function keepComparisons(app: AppContext): Promise<void> {
  const runs = await app.comparedRuns;
  app.store.set({ comparedRuns: await runs.list().catch(() => []) });
  app.store.watch(({ comparison, manifest }) => [comparison?.reference ?? null, comparison?.candidate ?? null, manifest], (reference, candidate, manifest) => {
    const run = reference === null || candidate === null || manifest === null ? null : comparedRun(reference, candidate, manifest.binding);
    if (run === null) return;
    runs.add(run).then(
      (comparedRuns) => app.store.set({ comparedRuns }),
      (error: unknown) => reportStorageError(app, error),
    );
  });
}

/** Null where the two are no budgeted and full run of one noise, or their latents are gone. */
export function comparedRun(reference: FinishedRun, candidate: FinishedRun, binding: string): ComparedRun | null {
  const [full, budgeted] = [reference.recipe, candidate.recipe];
  const { file, policyId } = budgeted.choice;
  const [fullLatents, latents] = [reference.result.latents, candidate.result.latents];
  const isSameNoise =
    full.modelId === budgeted.modelId &&
    full.prompt === budgeted.prompt &&
    full.negativePrompt === budgeted.negativePrompt &&
    full.seed === budgeted.seed &&
    full.guidanceScale === budgeted.guidanceScale &&
    full.stepCount === budgeted.stepCount;
  if (full.choice.file !== null || file === null || !isSameNoise || fullLatents === null || latents === null) return null;
  const psnrDb = latentPsnrDb(fullLatents, latents);
  if (!Number.isFinite(psnrDb)) return null;
  return {
    binding,
    stepCount: budgeted.stepCount,
    nfe: file.computedSteps.length,
    policyName: file.name,
    policyId,
    prompt: budgeted.prompt,
    seed: budgeted.seed,
    guidanceScale: budgeted.guidanceScale,
    latentPsnrDb: psnrDb,
    totalMs: measuredMsOf(candidate.result.trace),
    createdMs: Date.now(),
  };
}

/**
 * Selects what the point stands for and draws the prompt with it.
 * @param draw as the button Generate does.
 */
export function choosePoint(app: AppContext, { nfe, policyId }: Pick<CurvePoint, 'nfe' | 'policyId'>, draw: () => void): void {
  // A limit of seconds would choose again.
  editDraft(app, { budget: nfe, policyId, budgetSeconds: null });
  draw();
}
