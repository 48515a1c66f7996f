/** Policies of the open model: read from this browser's store, topped up from the site, imported and exported. */
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { Failure, Outcome } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { checkPolicyFits, identityOf, MAX_POLICY_BYTES, parsePolicyText, policyText } from '../storage/policy-file.ts';
import { fetchShippedPolicies } from '../storage/shipped-policies.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportFailure, reportStorageError, warn } from './app-context.ts';
import { budgetStops } from './budget-stops.ts';
import { editDraft } from './draft-actions.ts';
import { saveFile } from './save-file.ts';

const IMPORT_NOTICE = 'import';

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
  const fitting = policies.filter(({ file }) => checkPolicyFits(file, identityOf(manifest)).ok);
  app.store.set({ stops: budgetStops(manifest.defaults.stepCount, fitting) });
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
  const misfits = arrived.map(({ file }) => checkPolicyFits(file, identityOf(manifest))).filter((fit) => !fit.ok);
  const [problem] = [...problems, ...misfits.map(({ error }) => error)];
  if (problem !== undefined) warn(app, 'shipped-policies', problem);
}

async function fetchText(url: URL): Promise<string | null> {
  const response = await fetch(url);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}

/** Stores a policy file that is sound and made for this model, and selects it; refuses any other with the reason. */
export async function importPolicy(app: AppContext, source: File): Promise<void> {
  const { manifest } = app.store.get();
  dismissNotice(app, IMPORT_NOTICE);
  if (manifest === null) return;
  const read = await readPolicy(source, manifest);
  if (!read.ok) {
    reportFailure(app, IMPORT_NOTICE, { ...read.error, message: `${source.name}: ${read.error.message}` });
    return;
  }
  try {
    const { stored, isNew } = await (await app.policies).addImported(manifest.id, read.value);
    await showStored(app, manifest);
    editDraft(app, { budget: nfeOf(stored.file), policyId: stored.id });
    const text = isNew
      ? `“${stored.file.name}” was imported and is selected: ${nfeOf(stored.file)} of ${stored.file.stepCount} steps.`
      : `“${stored.file.name}” was already here and is selected.`;
    addNotice(app, { key: IMPORT_NOTICE, kind: 'info', text, code: null, detail: null });
  } catch (error) {
    reportStorageError(app, error);
  }
}

async function readPolicy(source: File, manifest: Manifest): Promise<Outcome<PolicyFile>> {
  if (source.size > MAX_POLICY_BYTES) return refused(`${source.size} bytes are too many for a policy.`);
  let text: string;
  try {
    text = await source.text();
  } catch {
    return refused('The file could not be read.');
  }
  const parsed = parsePolicyText(text);
  return parsed.ok ? checkPolicyFits(parsed.value, identityOf(manifest)) : parsed;
}

const refused = (message: string): { readonly ok: false; readonly error: Failure } => ({
  ok: false,
  error: { code: 'policy-invalid', message },
});

export function exportPolicy(policy: PolicyFile): void {
  const stem = policy.name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'policy';
  saveFile(new Blob([policyText(policy)], { type: 'application/json' }), `${stem}.json`);
}
