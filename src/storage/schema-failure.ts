/** Turns schema issues into one coded failure that names the place of the problem. */
import * as v from 'valibot';
import type { ErrorCode, Outcome } from '../protocol/errors.ts';

/** Compiles only when both types accept each other's values; keeps a schema and its contract from drifting apart. */
export type MutuallyAssignable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
export type Assert<T extends true> = T;

/** What a schema infers, made read-only through and through, as the contracts are. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A refused file may be hostile; its own words go no further than this. */
const MAX_QUOTED_LENGTH = 300;

const shortened = (text: string): string => (text.length <= MAX_QUOTED_LENGTH ? text : `${text.slice(0, MAX_QUOTED_LENGTH)}…`);

export const fail = (code: ErrorCode, message: string): { readonly ok: false; readonly error: { code: ErrorCode; message: string } } => ({
  ok: false,
  error: { code, message },
});

/** The parsed value, or the first problem as `path: what is wrong`; further ones are only counted. */
export function parseWith<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  code: ErrorCode,
): Outcome<v.InferOutput<Schema>> {
  const result = v.safeParse(schema, value);
  if (result.success) return { ok: true, value: result.output };
  const [first, ...others] = result.issues;
  const path = shortened(v.getDotPath(first) ?? 'the file');
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return fail(code, `${path}: ${shortened(first.message)}${more}`);
}

/** JSON text to a value. A syntax error's own words would quote the text, which may be anything. */
export function parseJson(text: string, code: ErrorCode): Outcome<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return fail(code, 'the text is not JSON');
  }
}
