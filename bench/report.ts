/** `npm run lab:report`: results into docs/results.md, each into the section that is its own. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { methodReport, withSection } from './method-report.ts';
import type { MethodResults, PairResult } from './method-results.ts';

const OUT = new URL('../docs/results.md', import.meta.url);
const FOLDER = new URL('results/', import.meta.url);
const TITLE = '# Results\n\nWhat was measured, with the command that shows it again. Targets that are missed are here like all others.\n';

// Written by the experiment of the same checkout.
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(new URL(name, FOLDER), 'utf8')) as T;

let text = await readFile(OUT, 'utf8').catch(() => TITLE);
const models = (await readdir(FOLDER)).flatMap((name) => /^method-([\w.-]+)\.json$/.exec(name)?.[1] ?? []).filter((name) => !name.endsWith('-pairs'));
for (const model of models) {
  const results = await read<MethodResults>(`method-${model}.json`);
  const byPair = new Map(Object.entries(await read<Record<string, readonly PairResult[]>>(`method-${model}-pairs.json`)));
  text = withSection(text, `methods ${model}`, `Every method at equal budgets: ${model}`, methodReport(results, byPair));
}
await writeFile(OUT, text);
console.log(`docs/results.md: ${models.length === 0 ? 'nothing to report yet' : models.join(', ')}`);
