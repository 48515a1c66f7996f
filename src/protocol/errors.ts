/** Error codes that cross the worker boundary. Comlink keeps only an error's name, message and stack, so failures are data. */

export const ERROR_CODES = [
  'webgpu-unavailable',
  'adapter-limit',
  'device-lost',
  'out-of-memory',
  'download-failed',
  'integrity-mismatch',
  'quota-exceeded',
  'storage-unavailable',
  'model-invalid',
  'policy-invalid',
  'policy-mismatch',
  'request-invalid',
  'picture-invalid',
  'clipboard-unavailable',
  'cancelled',
  'worker-died',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface Failure {
  readonly code: ErrorCode;
  /** What happened exactly, for the details; the sentence for a person is the page's. */
  readonly message: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

/** Thrown inside a room; turned into a `Failure` where it would cross a worker boundary. */
export class CodedError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** A `Failure` for anything thrown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CodedError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
