import { describe, expect, it } from 'vitest';
import type { DownloadProgress } from '../protocol/engine.ts';
import { LoadRateMeter } from './load-rate.ts';

const at = (receivedBytes: number, keptBytes = 0, activity: DownloadProgress['activity'] = 'receiving'): DownloadProgress => ({
  receivedBytes,
  keptBytes,
  totalBytes: 10_000,
  file: 'a',
  activity,
});

describe('LoadRateMeter', () => {
  it('tells rate and remaining time of a steady download', () => {
    const meter = new LoadRateMeter();
    expect(meter.add(at(0), 0)).toBeNull();
    expect(meter.add(at(100), 100)).toBeNull();
    expect(meter.add(at(1000), 1000)).toEqual({ bytesPerSecond: 1000, remainingMs: 9000 });
  });

  it('follows a change within its window', () => {
    const meter = new LoadRateMeter();
    for (let second = 0; second <= 5; second += 1) meter.add(at(second * 1000), second * 1000);
    let rate = null;
    for (let second = 6; second <= 12; second += 1) rate = meter.add(at(5000 + (second - 5) * 100), second * 1000);
    expect(rate?.bytesPerSecond).toBeCloseTo(100);
  });

  it('counts what arrives, not what was there', () => {
    const meter = new LoadRateMeter();
    meter.add(at(0), 0);
    meter.add(at(5000, 5000), 10);
    expect(meter.add(at(6000, 5000), 1010)?.bytesPerSecond).toBeCloseTo(1000 / 1.01);
  });

  it('starts anew after a break or a restart', () => {
    const meter = new LoadRateMeter();
    meter.add(at(0), 0);
    meter.add(at(1000), 1000);
    expect(meter.add(at(1000, 0, 'retrying'), 2000)).toBeNull();
    expect(meter.add(at(1000), 9000)).toBeNull();
    expect(meter.add(at(2000), 10_000)?.bytesPerSecond).toBe(1000);
    expect(meter.add(at(500), 10_500)).toBeNull();
  });
});
