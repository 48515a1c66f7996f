/** Policies of the open model: read from this browser's store, topped up from the site, chosen, deleted, exported. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { policyText } from '../storage/policy-file.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import { fetchShippedPolicies } from '../storage/shipped-policies.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, reportStorageError, warn } from './app-context.ts';
import { stopsFor } from './budget-stops.ts';
import { editDraft } from './draft-actions.ts';
import { fitOf, stepsToChoose } from './policy-fit.ts';
import { saveFile } from './save-file.ts';

const DELETED_NOTICE = 'deleted-policy';

/**
 * The stored policies are shown at once; only a first visit waits for the site's own. What the site has that
 * the store lacks is added either way, and without a network the stored ones do.
 */
export async function loadPolicies(app: AppContext, manifest: Manifest): Promise<void> {
  try {
    const storedCount = await showStored(app, manifest);
    const sync = syncShipped(app, manifest);
    if (storedCount === 0) await sync;
    else sync.catch((error: unknown) => reportStorageError(app, error));
  } catch (error) {
    reportStorageError(app, error);
  }
}

/** @returns how many of this model's policies are stored. */
export async function showStored(app: AppContext, manifest: Manifest): Promise<number> {
  const { policies, damagedCount } = await (await app.policies).list(manifest.id);
  const fitting = policies.filter(({ file }) => fitOf(file, manifest, manifest.defaults.stepCount).kind === 'usable');
  // Another model may have been opened while the store was read.
  const { manifest: current, draft } = app.store.get();
  if (current?.binding === manifest.binding) app.store.set({ library: policies, stops: stopsFor(manifest, policies, draft.stepCount) });
  if (damagedCount > 0) {
    const message = `${damagedCount} stored ${damagedCount === 1 ? 'policy is' : 'policies are'} damaged.`;
    warn(app, 'damaged-policies', { code: 'policy-invalid', message });
  }
  return fitting.length;
}

async function syncShipped(app: AppContext, manifest: Manifest): Promise<void> {
  const folder = new URL(`policies/${encodeURIComponent(manifest.id)}/`, app.siteUrl);
  const shipped = await fetchShippedPolicies(folder, fetchText);
  if (!shipped.ok) {
    // Offline with policies in store is no news; without any, the person should know why there are none.
    if (app.store.get().stops.length < 2) warn(app, 'shipped-policies', shipped.error);
    return;
  }
  if (shipped.value === null) return;
  const { fileNames, arrived, problems } = shipped.value;
  const changed = await (await app.policies).syncShipped(manifest.id, fileNames, arrived);
  if (changed) await showStored(app, manifest);
  const misfits = arrived.map(({ file }) => fitOf(file, manifest, file.stepCount)).filter((fit) => fit.kind === 'misfit');
  const [problem] = [...problems, ...misfits.map(({ reason }) => ({ code: 'policy-mismatch', message: reason }) as const)];
  if (problem !== undefined) warn(app, 'shipped-policies', problem);
}

export async function fetchText(url: URL): Promise<string | null> {
  const response = await fetch(url);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}

/** Chooses the policy, and the number of steps it was made for. */
export function usePolicy(app: AppContext, { id, file }: StoredPolicy): void {
  const { manifest } = app.store.get();
  if (manifest === null) return;
  const steps = stepsToChoose(file, manifest);
  editDraft(app, {
    budget: nfeOf(file),
    policyId: id,
    stepCount: steps === manifest.defaults.stepCount ? null : steps,
  });
}

/** Gone at once, and brought back by the notice that says so. */
export async function deletePolicy(app: AppContext, policy: StoredPolicy): Promise<void> {
  const { manifest, draft } = app.store.get();
  if (manifest === null) return;
  const undo = async (): Promise<void> => {
    try {
      await (await app.policies).restore(policy);
      await showStored(app, manifest);
      if (draft.policyId === policy.id) usePolicy(app, policy);
      app.store.set({ announcement: `“${policy.file.name}” is back.` });
    } catch (error) {
      reportStorageError(app, error);
    }
  };
  try {
    await (await app.policies).remove(policy.id);
    await showStored(app, manifest);
    addNotice(app, {
      key: DELETED_NOTICE,
      kind: 'info',
      text: `The policy “${policy.file.name}” was deleted.`,
      code: null,
      detail: null,
      action: { label: 'Undo', run: () => void undo() },
    });
  } catch (error) {
    reportStorageError(app, error);
  }
}

export function exportPolicy(policy: PolicyFile): void {
  const stem = policy.name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'policy';
  saveFile(new Blob([policyText(policy)], { type: 'application/json' }), `${stem}.json`);
}
