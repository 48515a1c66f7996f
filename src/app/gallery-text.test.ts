import { expect, test } from 'vitest';
import { goodEntry } from '../storage/test-support/gallery-entries.ts';
import { describeItem, describeUsage, pictureFileName, recipeRows } from './gallery-text.ts';

const entry = goodEntry();
const item = { entry, unstoredPng: null };

test('a picture is named by what made it', () => {
  expect(describeItem(item)).toBe('a red cube, seed 7, 2 of 4 steps');
  expect(describeItem({ entry, unstoredPng: new Blob() })).toMatch(/, not stored$/);
  const long = { ...item, entry: { ...entry, recipe: { ...entry.recipe, prompt: 'x'.repeat(2000) } } };
  expect(describeItem(long).length).toBeLessThan(160);
});

test('a recipe reads as rows', () => {
  expect(Object.fromEntries(recipeRows(entry))).toMatchObject({
    Prompt: 'a red cube',
    Steps: '2 of 4 computed',
    Policy: 'NFE 2',
    File: '32 × 32 pixels, 1 kB',
    Guidance: '3.5',
    Took: '0.07 s on WASM',
  });
  const full = { ...entry, recipe: { ...entry.recipe, policy: null } };
  expect(Object.fromEntries(recipeRows(full))['Steps']).toBe('all 4, the full run');
});

test('the room taken is told, and where nothing can be kept, that', () => {
  const usage = { usedBytes: 61_200_000, quotaBytes: 10_400_000_000, isPersisted: true };
  expect(describeUsage([item, item], usage, true)).toBe(
    '2 pictures, 1 kB. This site uses 61.2 MB of the 10.4 GB that the browser allows. The browser keeps it until you delete it.',
  );
  expect(describeUsage([item], { ...usage, isPersisted: false }, true)).toMatch(/may clear it/);
  expect(describeUsage([], usage, true)).not.toMatch(/clear|delete/);
  expect(describeUsage([], null, true)).toBe('Every finished picture is kept in this browser.');
  expect(describeUsage([item], usage, false)).toMatch(/until the page is closed/);
});

test('files are named after the prompt, whatever it holds', () => {
  expect(pictureFileName({ prompt: 'A Red  cube!', seed: 3 }, 8)).toBe('a-red-cube-seed-3-nfe-8.png');
  expect(pictureFileName({ prompt: '狐/../', seed: 3 }, 8)).toBe('picture-seed-3-nfe-8.png');
});
