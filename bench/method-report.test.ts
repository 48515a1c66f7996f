import { describe, expect, it } from 'vitest';
import { withSection } from './markdown.ts';
import { methodReport } from './method-report.ts';
import type { MethodResults, PairResult } from './method-results.ts';
import { rowOf } from './method-results.ts';

const pair = (psnr: number, computed: number): PairResult => ({
  psnr,
  psnrFine: psnr - 1,
  latentPsnr: psnr + 1,
  ssim: 0.9,
  flip: 0.05,
  computedSteps: Array.from({ length: computed }, (_, step) => step),
  cachedCalls: 28 - computed,
  seconds: 0.5,
});
const ours = [pair(40, 8), pair(44, 8)];
const theirs = [pair(38, 7), pair(40, 9)];
const results: MethodResults = {
  machine: 'a machine',
  commit: '0123456789',
  model: { id: 'scenes', binding: 'f'.repeat(64), stepCount: 28, guidance: 4 },
  sets: { calibration: 8, validation: 16, test: 2 },
  rows: [rowOf({ method: 'teacache', family: 'heuristic-cache', selected: false, nfe: 8 }, theirs), rowOf({ method: 'selected', family: 'ours', selected: true, nfe: 8 }, ours)],
};
const byPair = new Map([
  ['selected-08', ours],
  ['teacache-08', theirs],
]);

describe('methodReport', () => {
  it('orders by PSNR and tells realised steps and the paired difference', () => {
    const lines = methodReport(results, byPair).split('\n').filter((line) => line.startsWith('| '));
    expect(lines[2]).toContain('| **selected** | ours | 8 | 20 | 42.00 [40.00, 44.00] |  | 41.00 |');
    expect(lines[3]).toContain('| teacache | heuristic cache | 8.0 (7 to 9) | 20.0 | 39.00 [38.00, 40.00] | 3.00 [2.00, 4.00] | 38.00 |');
  });

  it('refuses rows that ran other pairs', () => {
    expect(() => methodReport(results, new Map([...byPair, ['teacache-08', theirs.slice(1)]]))).toThrow('teacache-08 has 1 pairs');
  });
});

describe('withSection', () => {
  it('adds a section once and then replaces it, leaving the rest', () => {
    const first = withSection('# Results\n', 'x', 'Of x', 'one');
    expect(first).toBe('# Results\n\n## Of x\n\n<!-- x: begin -->\none\n<!-- x: end -->\n');
    expect(withSection(`${first}\nafter\n`, 'x', 'Of x', 'two')).toBe(`${first.replace('one', 'two')}\nafter\n`);
  });
});
