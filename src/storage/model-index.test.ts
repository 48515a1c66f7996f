import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseModelIndex } from './model-index.ts';

const MODELS = new URL('../../public/models/', import.meta.url);

test('the site’s list names every bundle, as the bundle names itself', async () => {
  const parsed = parseModelIndex(JSON.parse(await readFile(new URL('index.json', MODELS), 'utf8')));
  if (!parsed.ok) throw new Error(parsed.error.message);
  const folders = (await readdir(MODELS, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(parsed.value.map(({ id }) => id).toSorted()).toEqual(folders.toSorted());
  for (const { id, name } of parsed.value) {
    const manifest = JSON.parse(await readFile(new URL(`${id}/manifest.json`, MODELS), 'utf8')) as { readonly id: string; readonly name: string };
    expect(manifest).toMatchObject({ id, name });
  }
});

test.each([{}, { models: [{ id: '../secret', name: 'x' }] }, { models: [{ id: 'scenes' }] }, null])('refuses %j', (value) => {
  expect(parseModelIndex(value)).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
});
