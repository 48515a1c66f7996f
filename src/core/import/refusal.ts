/** How everything that comes from outside is refused: a code and a sentence, as data. */

export const REFUSAL_CODES = [
  /** More bytes, entries or steps than such a file can honestly have. */
  'too-large',
  'text-invalid',
  'png-invalid',
  /** A sound PNG that carries no recipe. */
  'recipe-missing',
  'recipe-invalid',
  'link-invalid',
  /** Compressed, where the browser cannot decompress. */
  'link-unsupported',
  'zip-invalid',
  'zip-unsupported',
  'pickle-invalid',
  /** Asks for an operation or an object that no policy needs. */
  'pickle-unsupported',
  'tensor-invalid',
  /** Read well, but nothing in it is a schedule. */
  'layout-unknown',
  'mask-invalid',
  'policy-invalid',
  'policy-mismatch',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** One or two plain sentences for a person. */
  readonly message: string;
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Refusal };

/** Ends a reading early; never leaves this folder's and recipe's public functions. */
export class RefusedInput extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'RefusedInput';
    this.code = code;
  }
}

export function refuse(code: RefusalCode, message: string): never {
  throw new RefusedInput(code, message);
}

/** The value of `read`, or the refusal it threw. Any other error is a mistake of ours and stays one. */
export function checked<T>(read: () => T): Checked<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    return refusalOf(error);
  }
}

/** As `checked`, for reading that waits. */
export async function checkedAsync<T>(read: () => Promise<T>): Promise<Checked<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): { readonly ok: false; readonly error: Refusal } {
  if (error instanceof RefusedInput) return { ok: false, error: { code: error.code, message: error.message } };
  throw error;
}

/** The value, or the refusal thrown on; for a reader that is built on another. */
export function orRefuse<T>(outcome: Checked<T>): T {
  return outcome.ok ? outcome.value : refuse(outcome.error.code, outcome.error.message);
}
