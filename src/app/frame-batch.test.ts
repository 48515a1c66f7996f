import { expect, test } from 'vitest';
import { createFrameBatch } from './frame-batch.ts';

function gathered() {
  const flushed: number[][] = [];
  const frames: (() => void)[] = [];
  const batch = createFrameBatch<number>((items) => flushed.push([...items]), (run) => frames.push(run));
  return { batch, flushed, frames };
}

test('what comes within one frame is handed over together, in its order', () => {
  const { batch, flushed, frames } = gathered();
  for (const item of [1, 2, 3]) batch.add(item);
  expect([flushed, frames.length]).toEqual([[], 1]);
  frames[0]?.();
  batch.add(4);
  frames[1]?.();
  expect(flushed).toEqual([[1, 2, 3], [4]]);
});

test('the end waits for no frame, and a frame after it hands over nothing', () => {
  const { batch, flushed, frames } = gathered();
  batch.add(1);
  batch.end();
  frames[0]?.();
  batch.end();
  expect(flushed).toEqual([[1]]);
});
