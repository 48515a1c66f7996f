/** Why a record could not be read or written, as data. */
import type { Failure } from '../protocol/errors.ts';

/** Browsers report a full disk or a full quota by this name, whatever the class of the error. */
const isQuotaError = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';

/** `quota-exceeded` or `storage-unavailable`, for anything that IndexedDB throws (idb-keyval can throw null). */
export function toStorageFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : `The browser gave no reason (${String(error)}).`;
  return { code: isQuotaError(error) ? 'quota-exceeded' : 'storage-unavailable', message };
}
