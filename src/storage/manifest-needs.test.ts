import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../protocol/manifest.ts';
import { filesOf, limitProblem, needsOf } from './manifest-needs.ts';
import { goodManifest } from './test-support/good-files.ts';

const folder = 'public/models/micro-z-image';
const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')) as Manifest;

describe('needsOf', () => {
  test('counts every file of the bundle once, those of other sizes too', () => {
    const files = filesOf(manifest).map(({ file }) => file);
    expect(new Set(files).size).toBe(files.length);
    expect(files).toContain('full-128x192.onnx');
    expect(needsOf(manifest).downloadBytes).toBe(files.reduce((sum, file) => sum + statSync(`${folder}/${file}`).size, 0));
  });

  test('widens halves, for each graph that holds them', () => {
    // Five graphs of one blob of 100 bytes.
    expect(needsOf(goodManifest()).weightBytes).toBe(1000);
    const { components } = goodManifest();
    expect(needsOf({ ...goodManifest(), components: { ...components, modulated: components.cached } }).weightBytes).toBe(1000);
    // [1, 4, 64] float32.
    expect(needsOf(goodManifest()).largestTensorBytes).toBe(1024);
  });
});

test.each([
  [1024, 4096, null],
  [1023, 4096, 'The model needs a buffer of 1024 bytes; this adapter gives 1023 at most.'],
  [4096, 1000, 'The model needs a buffer of 1024 bytes; this adapter gives 1000 at most.'],
])('a device with buffers of %i and bindings of %i', (maxBufferSize, maxStorageBufferBindingSize, problem) => {
  expect(limitProblem(goodManifest(), { maxBufferSize, maxStorageBufferBindingSize })).toBe(problem);
});
