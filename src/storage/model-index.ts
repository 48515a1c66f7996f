/** `models/index.json`: the model bundles that a site offers. */
import * as v from 'valibot';
import type { Outcome } from '../protocol/errors.ts';
import { parseWith } from './schema-failure.ts';

export interface ListedModel {
  /** Its folder under `models/`. */
  readonly id: string;
  /** As the choice shows it. */
  readonly name: string;
}

const index = v.object({
  models: v.pipe(
    v.array(
      v.object({
        id: v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/, 'expected a folder’s name')),
        name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
      }),
    ),
    v.maxLength(100),
  ),
});

/** Fails with `model-invalid`. */
export function parseModelIndex(value: unknown): Outcome<readonly ListedModel[]> {
  const parsed = parseWith(index, value, 'model-invalid');
  return parsed.ok ? { ok: true, value: parsed.value.models } : parsed;
}
