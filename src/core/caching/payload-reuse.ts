/** BudCache (arXiv 2606.13496): a skipped step takes the residual of the last computed step as it is. */
import type { Payload } from './payload.ts';

export const reusePayload: Payload = {
  anchorCount: 1,
  form(anchors) {
    const newest = anchors[0];
    if (newest === undefined) throw new Error('No step has been computed whose residual could be reused.');
    return { residual: newest.residual, owned: false };
  },
};
