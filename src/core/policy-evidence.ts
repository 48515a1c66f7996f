/** What a policy was measured to be worth, as its file keeps it. */
import { bootstrapMean } from './metrics/bootstrap-mean.ts';
import type { PolicyEvidence } from './policy.ts';

/**
 * Mean and interval of latent PSNRs against the full run, one a pair. A run that equals the full one has no finite
 * PSNR and says nothing about the others: with such a pair nothing is stated.
 */
export function psnrEvidence(psnrsDb: readonly number[]): Pick<PolicyEvidence, 'latentPsnrDb' | 'latentPsnrIntervalDb'> {
  if (psnrsDb.length === 0 || !psnrsDb.every(Number.isFinite)) return { latentPsnrDb: null };
  const { mean, low, high } = bootstrapMean(psnrsDb);
  // One pair has no spread to take an interval from.
  return psnrsDb.length === 1 ? { latentPsnrDb: mean } : { latentPsnrDb: mean, latentPsnrIntervalDb: [low, high] };
}
