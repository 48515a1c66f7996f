import { expect, test } from 'vitest';
import { fetchShippedPolicies } from './shipped-policies.ts';
import { goodPolicy } from './test-support/good-files.ts';

const folder = new URL('https://site.example/a/policies/tiny/');

/** A site of these files; any other path is missing. */
const site =
  (files: Readonly<Record<string, unknown>>) =>
  async (url: URL): Promise<string | null> => {
    const name = url.href.slice(folder.href.length);
    return Object.hasOwn(files, name) ? JSON.stringify(files[name]) : null;
  };

test('fetches what the index lists', async () => {
  const shipped = await fetchShippedPolicies(folder, site({ 'index.json': { files: ['a.json'] }, 'a.json': goodPolicy() }));
  expect(shipped).toEqual({
    ok: true,
    value: { fileNames: ['a.json'], arrived: [{ fileName: 'a.json', file: goodPolicy() }], problems: [] },
  });
});

test('a model without policies is no failure', async () => {
  expect(await fetchShippedPolicies(folder, site({}))).toEqual({ ok: true, value: null });
});

test('a garbled or missing file is named, the others are kept', async () => {
  const files = { 'index.json': { files: ['a.json', 'b.json', 'c.json'] }, 'a.json': goodPolicy(), 'b.json': { format: 1 } };
  const shipped = await fetchShippedPolicies(folder, site(files));
  if (!shipped.ok || shipped.value === null) throw new Error('expected a set');
  expect(shipped.value.arrived.map(({ fileName }) => fileName)).toEqual(['a.json']);
  expect(shipped.value.problems).toMatchObject([
    { code: 'policy-invalid', message: expect.stringMatching(/^b\.json: /) as unknown },
    { code: 'download-failed', message: 'c.json: not found' },
  ]);
});

test.each([[{ files: ['../../elsewhere.json'] }], [{ files: 'a.json' }], [[]]])('refuses the index %j', async (index) => {
  const shipped = await fetchShippedPolicies(folder, site({ 'index.json': index }));
  expect(shipped).toMatchObject({ ok: false, error: { code: 'policy-invalid' } });
});

test('a network that fails is a failed download', async () => {
  const shipped = await fetchShippedPolicies(folder, () => Promise.reject(new TypeError('Failed to fetch')));
  expect(shipped).toMatchObject({ ok: false, error: { code: 'download-failed' } });
});
