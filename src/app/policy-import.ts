/** Policies from files and texts: ours, BudCache's `.pt`, cache-dit's masks. What cannot be used is refused with code and reason. */
import { importCacheDitMask } from '../core/import/cache-dit.ts';
import { mapPolicy } from '../core/import/map-policy.ts';
import { MAX_SOURCE_BYTES, policyFileKind } from '../core/import/policy-kind.ts';
import type { ImportTarget } from '../core/import/portable-policy.ts';
import type { RefusalCode } from '../core/import/refusal.ts';
import type { PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import { scheduledSigmas } from '../core/sampling/scheduled-sigmas.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { toFailure } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { MAX_POLICY_BYTES, parsePolicyText } from '../storage/policy-file.ts';
import type { StoredPolicy } from '../storage/policy-store.ts';
import type { AppContext } from './app-context.ts';
import { addNotice, dismissNotice, reportStorageError } from './app-context.ts';
import { ERROR_TEXT } from './error-text.ts';
import { showStored, usePolicy } from './policy-actions.ts';
import { fitOf } from './policy-fit.ts';

const NOTICE = 'import';

interface ImportFailure {
  readonly code: ErrorCode | RefusalCode;
  readonly message: string;
}

type Read = { readonly ok: true; readonly value: PolicyFile } | { readonly ok: false; readonly error: ImportFailure };

const refused = (code: ErrorCode | RefusalCode, message: string): Read => ({ ok: false, error: { code, message } });

/** Stores a policy file that is sound and made for this model, and selects it; refuses any other. Never rejects. */
export async function importPolicy(app: AppContext, source: File): Promise<void> {
  const { manifest } = app.store.get();
  if (manifest === null) return;
  const read = await readFile(source, manifest);
  await settleImport(app, manifest, source.name, read);
}

/** As `importPolicy`, for a mask or the name of one of cache-dit's presets. @returns whether it was taken. */
export async function importMask(app: AppContext, text: string): Promise<boolean> {
  const { manifest } = app.store.get();
  if (manifest === null) return false;
  const read = importCacheDitMask(text, `mask of ${text.replaceAll(/[^01]/g, '').length} steps`, targetOf(manifest));
  return settleImport(app, manifest, 'The mask', read);
}

/** As `importPolicy`, for one that the site ships for its architecture. */
export async function addPublished(app: AppContext, policy: PolicyFile): Promise<void> {
  const { manifest } = app.store.get();
  if (manifest !== null) await settleImport(app, manifest, policy.name, { ok: true, value: policy });
}

/** Brings a policy to the number of steps that is chosen, as a new one that is verified nowhere. */
export async function mapToChosenSteps(app: AppContext, policy: PolicyFile): Promise<void> {
  const { manifest, draft } = app.store.get();
  if (manifest === null) return;
  const target = targetOf(manifest);
  const sigmas = target.sigmasFor(draft.stepCount ?? manifest.defaults.stepCount);
  await settleImport(app, manifest, policy.name, mapPolicy(policy, sigmas, target.architecture));
}

async function readFile(source: File, manifest: Manifest): Promise<Read> {
  if (source.size > MAX_SOURCE_BYTES) return refused('too-large', `${source.size} bytes are too many for a policy.`);
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await source.arrayBuffer());
  } catch {
    return refused('policy-invalid', 'The file could not be read.');
  }
  const kind = policyFileKind(bytes);
  if (kind === 'torch') return readTorch(bytes, source.name, manifest);
  if (bytes.length > MAX_POLICY_BYTES) return refused('policy-invalid', `${bytes.length} bytes are too many for a policy.`);
  const text = new TextDecoder().decode(bytes);
  const name = source.name.replace(/\.\w{1,5}$/, '');
  return kind === 'cache-dit' ? importCacheDitMask(text, name, targetOf(manifest)) : parsePolicyText(text);
}

/** Zip archives and pickles are met seldom: their reader comes when it is wanted. */
async function readTorch(bytes: Uint8Array, name: string, manifest: Manifest): Promise<Read> {
  try {
    const { importBudcachePt } = await import('../core/import/budcache-pt.ts');
    return importBudcachePt(bytes, name, targetOf(manifest));
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}

const targetOf = ({ pipeline, defaults, latent, scheduler }: Manifest): ImportTarget => ({
  architecture: pipeline,
  stepCount: defaults.stepCount,
  sigmasFor: (stepCount) => scheduledSigmas(stepCount, latent.tokens, scheduler.shift),
});

async function settleImport(app: AppContext, manifest: Manifest, sourceName: string, read: Read): Promise<boolean> {
  dismissNotice(app, NOTICE);
  const stepCount = app.store.get().draft.stepCount ?? manifest.defaults.stepCount;
  const fitting = read.ok ? checkFits(read.value, manifest, stepCount) : read;
  if (!fitting.ok) {
    reportRefusal(app, sourceName, fitting.error);
    return false;
  }
  try {
    const { stored, isNew } = await (await app.policies).addImported(manifest.id, fitting.value);
    await showStored(app, manifest);
    tellImported(app, manifest, stored, isNew);
    return true;
  } catch (error) {
    reportStorageError(app, error);
    return false;
  }
}

/** A bound policy is refused where it cannot run; a portable one may wait in the library for its number of steps. */
function checkFits(policy: PolicyFile, manifest: Manifest, stepCount: number): Read {
  const fit = fitOf(policy, manifest, stepCount);
  if (fit.kind === 'misfit') return refused('policy-mismatch', fit.reason);
  if (fit.kind === 'usable' || policy.model.kind === 'portable') return { ok: true, value: policy };
  const made = `The policy was made for ${policy.stepCount} steps, not for ${stepCount}.`;
  return refused('policy-mismatch', `${made} Set Steps to ${fit.stepCount} before importing it.`);
}

function reportRefusal(app: AppContext, sourceName: string, { code, message }: ImportFailure): void {
  const text = code in ERROR_TEXT ? ERROR_TEXT[code as ErrorCode] : ERROR_TEXT['policy-invalid'];
  addNotice(app, { key: NOTICE, kind: 'error', text, code, detail: `${sourceName}: ${message}` });
}

/** Selects it, unless that takes another number of steps: then the person is asked. */
function tellImported(app: AppContext, manifest: Manifest, stored: StoredPolicy, isNew: boolean): void {
  const { file } = stored;
  const { draft } = app.store.get();
  const fit = fitOf(file, manifest, draft.stepCount ?? manifest.defaults.stepCount);
  const cost = `${nfeOf(file)} of ${file.stepCount} steps`;
  const notice = { key: NOTICE, kind: 'info', code: null, detail: null } as const;
  if (fit.kind !== 'usable') {
    addNotice(app, {
      ...notice,
      text: `“${file.name}” is in the library: ${cost}. It can be used where Steps is ${file.stepCount}.`,
      action: { label: `Use ${file.stepCount} steps`, run: () => usePolicy(app, stored) },
    });
    return;
  }
  usePolicy(app, stored);
  const unverified = file.model.kind === 'portable' ? ' It is not verified on this model.' : '';
  const text = isNew ? `“${file.name}” was imported and is selected: ${cost}.${unverified}` : `“${file.name}” was already here and is selected.`;
  addNotice(app, { ...notice, text });
}
