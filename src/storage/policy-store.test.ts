import { describe, expect, test } from 'vitest';
import { memoryStore } from './key-value.ts';
import { createPolicyStore } from './policy-store.ts';
import { goodPolicy } from './test-support/good-files.ts';

const two = { fileName: 'nfe-2.json', file: goodPolicy(2) };
const three = { fileName: 'nfe-3.json', file: goodPolicy(3) };
const names = ({ policies }: { policies: readonly { id: string }[] }): string[] => policies.map(({ id }) => id).toSorted();

describe('shipped policies', () => {
  test('are stored once, added to and replaced when the site ships others', async () => {
    const store = createPolicyStore(memoryStore());
    expect(await store.syncShipped('tiny', ['nfe-2.json'], [two])).toBe(true);
    expect(await store.syncShipped('tiny', ['nfe-2.json'], [two])).toBe(false);
    expect(await store.syncShipped('tiny', ['nfe-2.json', 'nfe-3.json'], [two, three])).toBe(true);
    expect(names(await store.list('tiny'))).toEqual(['shipped/tiny/nfe-2.json', 'shipped/tiny/nfe-3.json']);

    const better = { ...two, file: { ...two.file, computedSteps: [0, 2] } };
    expect(await store.syncShipped('tiny', ['nfe-2.json'], [better])).toBe(true);
    const { policies } = await store.list('tiny');
    expect(policies).toEqual([{ id: 'shipped/tiny/nfe-2.json', source: 'shipped', file: better.file }]);
  });

  test('that are listed but did not arrive keep their stored version', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json', 'nfe-3.json'], [two, three]);
    expect(await store.syncShipped('tiny', ['nfe-2.json', 'nfe-3.json'], [two])).toBe(false);
    expect((await store.list('tiny')).policies).toHaveLength(2);
  });

  test('of one model are not those of another', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json'], [two]);
    await store.syncShipped('other', [], []);
    expect((await store.list('tiny')).policies).toHaveLength(1);
    expect((await store.list('other')).policies).toHaveLength(0);
  });
});

describe('imported policies', () => {
  test('live beside the shipped ones and survive their change', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json'], [two]);
    const { stored, isNew } = await store.addImported('tiny', three.file);
    expect([stored.source, isNew]).toEqual(['imported', true]);
    await store.syncShipped('tiny', [], []);
    expect(names(await store.list('tiny'))).toEqual([stored.id]);
  });

  test('are not doubled, be the twin shipped or imported', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json'], [two]);
    expect(await store.addImported('tiny', two.file)).toMatchObject({ isNew: false, stored: { source: 'shipped' } });
    await store.addImported('tiny', three.file);
    expect(await store.addImported('tiny', three.file)).toMatchObject({ isNew: false, stored: { source: 'imported' } });
    expect((await store.list('tiny')).policies).toHaveLength(2);
  });

  test('of one name do not overwrite each other', async () => {
    const store = createPolicyStore(memoryStore());
    await store.addImported('tiny', { ...three.file, computedSteps: [0, 1, 3] });
    await store.addImported('tiny', three.file);
    expect((await store.list('tiny')).policies).toHaveLength(2);
  });
});

describe('own policies', () => {
  test('live beside the others under a source of their own', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json'], [two]);
    expect(await store.addOwn('tiny', two.file)).toMatchObject({ isNew: false, stored: { source: 'shipped' } });
    const { stored } = await store.addOwn('tiny', three.file);
    expect(stored).toEqual({ id: 'own/NFE 3', source: 'own', file: three.file });
    expect((await store.list('tiny')).policies).toContainEqual(stored);
  });
});

describe('removed policies', () => {
  test.each(['addImported', 'addOwn'] as const)('are gone, and come back as they were: %s', async (add) => {
    const store = createPolicyStore(memoryStore());
    await store.addOwn('tiny', two.file);
    const { stored } = await store[add]('tiny', three.file);
    const before = await store.list('tiny');
    await store.remove(stored.id);
    expect(names(await store.list('tiny'))).toEqual(['own/NFE 2']);
    await store.restore(stored);
    expect(await store.list('tiny')).toEqual(before);
  });

  test('are never shipped ones', async () => {
    const store = createPolicyStore(memoryStore());
    await store.syncShipped('tiny', ['nfe-2.json'], [two]);
    await expect(store.remove('shipped/tiny/nfe-2.json')).rejects.toThrow(RangeError);
    expect((await store.list('tiny')).policies).toHaveLength(1);
  });
});

test('a damaged record is counted and left out', async () => {
  const records = memoryStore();
  const store = createPolicyStore(records);
  await store.syncShipped('tiny', ['nfe-2.json', 'nfe-3.json'], [two, three]);
  await records.set('shipped/tiny/nfe-3.json', { ...three.file, sigmas: [] });
  expect(await store.list('tiny')).toMatchObject({ damagedCount: 1, policies: [{ id: 'shipped/tiny/nfe-2.json' }] });
  await store.syncShipped('tiny', ['nfe-2.json', 'nfe-3.json'], [two, three]);
  expect(await store.list('tiny')).toMatchObject({ damagedCount: 0 });
});
