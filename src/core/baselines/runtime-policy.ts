/** The rules that a policy file can name, as methods. */
import type { RuntimeRule } from '../policy.ts';
import { dicache } from './dicache.ts';
import { easycache } from './easycache.ts';
import type { CacheMethod, ProbeName } from './method.ts';
import { teacache } from './teacache.ts';

export function methodOf<T>({ method, coefficients }: RuntimeRule): CacheMethod<T> {
  if (method === 'teacache') return teacache(coefficients);
  return method === 'easycache' ? easycache() : dicache();
}

/** The graph it looks through; null where latents and output are enough. */
export const probeOf = (rule: RuntimeRule): ProbeName | null => methodOf(rule).signal?.probe ?? null;
