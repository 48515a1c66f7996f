import { expect, test } from 'vitest';
import type { PolicyFile } from '../core/policy.ts';
import { budgetStops } from './budget-stops.ts';
import { stepsHint } from './steps-text.ts';

const file: PolicyFile = {
  format: 'budcache-policy/1',
  name: 'mine',
  model: { kind: 'portable', architecture: 'flux' },
  stepCount: 4,
  sigmas: [1, 0.8, 0.5, 0.2, 0],
  computedSteps: [0, 2],
  payload: 'reuse',
  evidence: null,
  provenance: '',
};

test('says that only the full run is left, or which policies fit', () => {
  expect(stepsHint(20, 28, budgetStops(20, []))).toMatch(/With 20, only the full run is offered/);
  expect(stepsHint(4, 28, budgetStops(4, [{ id: 'imported/mine', source: 'imported', file }]))).toMatch(/the full run and one policy made for it/);
});
