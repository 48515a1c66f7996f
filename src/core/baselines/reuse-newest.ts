/** The payload of TeaCache and MagCache: the newest computed residual as it is, through the cached graph. */
import type { MethodWork } from './method.ts';

export function reuseNewest<T>({ computed, cached }: Pick<MethodWork<T>, 'computed' | 'cached'>): Promise<T> {
  const newest = computed[0];
  if (newest === undefined) throw new RangeError('No step has been computed whose residual could be reused.');
  return cached(newest.residual);
}
