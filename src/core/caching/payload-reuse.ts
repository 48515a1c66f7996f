/** BudCache (arXiv 2606.13496): a skipped step takes the residual of the last computed step as it is. */
import { residualPayload } from './payload-residual.ts';

export const reusePayload = residualPayload(1, () => [1]);
