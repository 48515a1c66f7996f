/** Checks a portable policy against the full run on the open model: a few real runs, in sight and cancellable. */
import type { Manifest } from '../protocol/manifest.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportStorageError } from './app-context.ts';
import { FULL_RUN } from './budget-stops.ts';
import type { CheckedPair, CheckPair } from './policy-check.ts';
import { checkedPolicy, checkPairs } from './policy-check.ts';
import { showStored, usePolicy } from './policy-actions.ts';
import { worthText } from './policy-worth.ts';
import { reportRunFailure, runUnkept } from './run-actions.ts';
import type { Recipe } from './state.ts';

const NOTICE = 'checked-policy';

/** What it finds is kept as a policy of its own, bound to this model; the portable one stays as it is. Never rejects. */
export async function checkPolicy(app: AppContext, policy: StoredPolicy): Promise<void> {
  const { manifest, run, opened } = app.store.get();
  if (manifest === null || opened === null || run !== null) return;
  dismissNotice(app, NOTICE);
  app.store.set({ announcement: `Checking “${policy.file.name}” against the full run.` });
  const pairs = checkPairs(manifest.vocabulary, app.store.get().draft.prompt);
  const startMs = performance.now();
  const checked: CheckedPair[] = [];
  for (const [index, pair] of pairs.entries()) {
    const outcome = await checkPair(app, policy, manifest, pair, { index, count: pairs.length });
    if (!outcome.ok) {
      app.store.set({ run: null });
      reportRunFailure(app, outcome.error);
      return;
    }
    checked.push(outcome.value);
  }
  app.store.set({ run: null });
  await keepChecked(app, manifest, policy, checked, (performance.now() - startMs) / 1000);
}

async function checkPair(
  app: AppContext,
  { id, file }: StoredPolicy,
  manifest: Manifest,
  { prompt, seed }: CheckPair,
  place: { readonly index: number; readonly count: number },
): Promise<Outcome<CheckedPair>> {
  const shared = { modelId: manifest.id, prompt, negativePrompt: '', seed, guidanceScale: manifest.guidance.default, stepCount: file.stepCount };
  const budgeted = { policyId: id, label: file.name, file, verified: false };
  const latents: Float32Array[] = [];
  for (const [half, choice] of [FULL_RUN, budgeted].entries()) {
    const recipe: Recipe = { ...shared, choice };
    const job = {
      jobSteps: 2 * place.count * file.stepCount,
      jobStepsBefore: (2 * place.index + half) * file.stepCount,
      part: `Check ${place.index + 1} of ${place.count}, ${half === 0 ? 'full run' : 'with the policy'}`,
    };
    const outcome = await runUnkept(app, recipe, job, true);
    if (!outcome.ok) return outcome;
    if (app.store.get().run?.isCancelling === true) return { ok: false, error: { code: 'cancelled', message: 'The check was cancelled.' } };
    const { latents: final } = outcome.value.result;
    if (final === null) return { ok: false, error: { code: 'internal', message: 'The run kept no latents.' } };
    latents.push(final);
  }
  const [full, cached] = latents;
  if (full === undefined || cached === undefined) return { ok: false, error: { code: 'internal', message: 'A run of the check is missing.' } };
  return { ok: true, value: { full, budgeted: cached } };
}

async function keepChecked(
  app: AppContext,
  manifest: Manifest,
  policy: StoredPolicy,
  pairs: readonly CheckedPair[],
  seconds: number,
): Promise<void> {
  const file = checkedPolicy(policy.file, manifest, pairs, seconds);
  try {
    const { stored } = await (await app.policies).addOwn(manifest.id, file);
    await showStored(app, manifest);
    usePolicy(app, stored);
    const worth = worthText(file) ?? 'no difference that could be measured';
    const text = `“${policy.file.name}” was checked on this model: ${worth} to the full run, on ${pairs.length} prompts. It is now bound to the model, and selected.`;
    addNotice(app, { key: NOTICE, kind: 'info', text, code: null, detail: null });
  } catch (error) {
    reportStorageError(app, error);
  }
}
