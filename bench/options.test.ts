import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('has the published budgets by default', () => {
    expect(parseOptions([])).toEqual({
      model: 'scenes',
      stepCount: null,
      budgets: [6, 8, 10, 14],
      seed: 1,
      seedCount: 1,
      pairs: 1,
      threads: 1,
    });
  });

  it('takes what it is given', () => {
    const options = parseOptions(['--model', 'micro', '--steps', '16', '--nfe', '8,9', '--seed', '0', '--seeds', '5', '--pairs', '8']);
    expect(options).toMatchObject({ model: 'micro', stepCount: 16, budgets: [8, 9], seed: 0, seedCount: 5, pairs: 8 });
  });

  it.each([
    [['--nfe', '6,,8'], '--nfe'],
    [['--nfe', '0'], '--nfe'],
    [['--seeds', '0'], '--seeds'],
    [['--seed', '-1'], '--seed'],
    [['--pairs', '1.5'], '--pairs'],
    [['--model', '../x'], '--model'],
    [['--budget', '8'], '--budget'],
  ])('refuses %j', (args, word) => {
    expect(() => parseOptions(args)).toThrow(word);
  });
});
