import { expect, test } from 'vitest';
import { formatDeviation, formatMegabytes, formatPsnr, formatSeconds, formatStepMs } from './format.ts';

test.each([
  [4, '0.00 s'],
  [420, '0.42 s'],
  [999.4, '1.00 s'],
  [999.6, '1.0 s'],
  [3210, '3.2 s'],
  [9994, '10.0 s'],
  [9996, '10 s'],
  [48_400, '48 s'],
  [119_400, '119 s'],
  [125_000, '2 min 5 s'],
])('%d ms read as %s', (ms, text) => {
  expect(formatSeconds(ms)).toBe(text);
});

test.each([
  [0.34, '0.3'],
  [9.94, '9.9'],
  [9.96, '10'],
  [142.4, '142'],
  [9999, '9999'],
  [12_300, '12k'],
])('a step of %d ms reads as %s', (ms, text) => {
  expect(formatStepMs(ms)).toBe(text);
});

test('deviations are signed whole per cents', () => {
  expect(formatDeviation(1000, 1004)).toBe('±0 %');
  expect(formatDeviation(1000, 1250)).toBe('+25 %');
  expect(formatDeviation(1000, 900)).toBe('−10 %');
});

test('equal pictures are called identical', () => {
  expect(formatPsnr(Infinity)).toBe('identical');
  expect(formatPsnr(34.56)).toBe('34.6 dB');
  expect(formatMegabytes(12_345_678)).toBe('12.3 MB');
});
