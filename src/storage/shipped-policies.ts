/** Fetches the policies that the site ships for a model: `policies/<model id>/index.json` and the files it lists. */
import * as v from 'valibot';
import type { Failure, Outcome } from '../protocol/errors.ts';
import { fail, parseJson, parseWith } from './schema-failure.ts';
import { parsePolicyFile } from './policy-file.ts';
import type { ShippedPolicy } from './policy-store.ts';

const index = v.object({
  files: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[\w.-]+\.json$/, 'expected a file name'))), v.maxLength(200)),
});

export interface ShippedSet {
  readonly fileNames: readonly string[];
  readonly arrived: readonly ShippedPolicy[];
  /** Files that are listed but did not arrive or did not parse; the others are still good. */
  readonly problems: readonly Failure[];
}

/** GET as text; null when the site has no such file. Throws when the network fails. */
export type FetchText = (url: URL) => Promise<string | null>;

/** `folder` ends in a slash. Null: the site ships no policies for this model, which is no failure. */
export async function fetchShippedPolicies(folder: URL, fetchText: FetchText): Promise<Outcome<ShippedSet | null>> {
  const indexText = await tryFetch(new URL('index.json', folder), fetchText);
  if (!indexText.ok) return indexText;
  if (indexText.value === null) return { ok: true, value: null };
  const json = parseJson(indexText.value, 'policy-invalid');
  const parsed = json.ok ? parseWith(index, json.value, 'policy-invalid') : json;
  if (!parsed.ok) return fail('policy-invalid', `index.json: ${parsed.error.message}`);

  const fileNames = parsed.value.files;
  const outcomes = await Promise.all(fileNames.map((name) => fetchPolicy(new URL(name, folder), name, fetchText)));
  return {
    ok: true,
    value: {
      fileNames,
      arrived: outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.value),
      problems: outcomes.filter((outcome) => !outcome.ok).map((outcome) => outcome.error),
    },
  };
}

async function fetchPolicy(url: URL, fileName: string, fetchText: FetchText): Promise<Outcome<ShippedPolicy>> {
  const text = await tryFetch(url, fetchText);
  if (!text.ok) return text;
  if (text.value === null) return fail('download-failed', `${fileName}: not found`);
  const json = parseJson(text.value, 'policy-invalid');
  const parsed = json.ok ? parsePolicyFile(json.value) : json;
  if (!parsed.ok) return fail(parsed.error.code, `${fileName}: ${parsed.error.message}`);
  return { ok: true, value: { fileName, file: parsed.value } };
}

async function tryFetch(url: URL, fetchText: FetchText): Promise<Outcome<string | null>> {
  try {
    return { ok: true, value: await fetchText(url) };
  } catch (error) {
    return fail('download-failed', `${url.pathname}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
