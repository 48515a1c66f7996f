/** `npm run lab:report`: results into docs/results.md, each into the section that is its own. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { withSection } from './markdown.ts';
import { methodReport } from './method-report.ts';
import type { MethodResults, PairResult } from './method-results.ts';
import type { LabResult } from './search-report.ts';
import { SEARCH_EXPERIMENTS, searchSection } from './search-report.ts';

const OUT = new URL('../docs/results.md', import.meta.url);
const FOLDER = new URL('results/', import.meta.url);
const TITLE = '# Results\n\nWhat was measured, with the command that shows it again. Targets that are missed are here like all others.\n';

// Written by the experiment of the same checkout.
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(new URL(name, FOLDER), 'utf8')) as T;

let text = await readFile(OUT, 'utf8').catch(() => TITLE);
const names = await readdir(FOLDER);
const models = names.flatMap((name) => /^method-([\w.-]+)\.json$/.exec(name)?.[1] ?? []).filter((name) => !name.endsWith('-pairs'));
for (const model of models) {
  const results = await read<MethodResults>(`method-${model}.json`);
  const byPair = new Map(Object.entries(await read<Record<string, readonly PairResult[]>>(`method-${model}-pairs.json`)));
  text = withSection(text, `methods ${model}`, `Every method at equal budgets: ${model}`, methodReport(results, byPair));
}
for (const experiment of SEARCH_EXPERIMENTS) {
  const pattern = new RegExp(`^${experiment}(-nfe-[\\d,-]+)?-scenes\\.json$`);
  const files = names.filter((name) => pattern.test(name)).toSorted();
  if (files.length === 0) continue;
  const { heading, body } = searchSection(experiment, await Promise.all(files.map((name) => read<LabResult<never>>(name))), files);
  text = withSection(text, `${experiment} scenes`, heading, body);
}
await writeFile(OUT, text);
console.log('Written: docs/results.md');
