/** What the library says of a policy: its origin, its cost, and what it was found to be worth. */
import type { CallCosts } from '../core/caching/cost.ts';
import { cachedCallsOf, predictedPolicyMs } from '../core/caching/cost.ts';
import type { PayloadKind, PolicyFile } from '../core/policy.ts';
import { nfeOf } from '../core/policy.ts';
import type { PolicySource } from '../storage/policy-store.ts';
import { formatSeconds } from './format.ts';

export const SOURCE_WORDS: Readonly<Record<PolicySource, string>> = {
  shipped: 'Shipped with the page',
  imported: 'Imported',
  own: 'Made in this browser',
};

export const PAYLOAD_WORDS: Readonly<Record<PayloadKind, string>> = {
  reuse: 'reuse of the last computed residual',
  taylor: 'Taylor extrapolation of the residual',
  'damped-taylor': 'damped Taylor extrapolation of the residual',
  'two-anchor': 'two computed residuals, fixed weights',
  'mean-velocity': 'mean of earlier velocities',
  fitted: 'fitted sums of outputs',
  multistep: 'multistep: only computed steps, with fitted sums of their velocities',
};

/** `bound`: searched or checked on exactly this model. */
export const bindingWords = ({ model }: PolicyFile): string =>
  model.kind === 'bound' ? 'bound to this model' : 'portable, not verified on this model';

/** `about 3.2 s`; null while this machine is not measured. */
export const predictedText = (file: PolicyFile, costs: CallCosts | null): string | null =>
  costs === null ? null : `about ${formatSeconds(predictedPolicyMs(costs, file))}`;

/** `37.1 dB (36.2 to 38.0)`; null where nobody measured it. */
export function worthText({ evidence }: PolicyFile): string | null {
  const psnrDb = evidence?.latentPsnrDb ?? null;
  if (evidence === null || psnrDb === null) return null;
  const { latentPsnrIntervalDb: interval } = evidence;
  const spread = interval === undefined ? '' : ` (${interval[0].toFixed(1)} to ${interval[1].toFixed(1)})`;
  return `${psnrDb.toFixed(1)} dB${spread}`;
}

export type DetailRow = readonly [term: string, text: string];

/** Everything a policy file says, in words. */
export function policyDetails(file: PolicyFile): DetailRow[] {
  const { stepCount, computedSteps, evidence, provenance, payload, parameter } = file;
  const skipped = stepCount - nfeOf(file);
  const kind = parameter === undefined ? PAYLOAD_WORDS[payload] : `${PAYLOAD_WORDS[payload]} (parameter ${parameter})`;
  const plan: DetailRow[] = [
    ['Computed steps', computedSteps.map((step) => step + 1).join(', ')],
    ['Skipped steps', skipped === 0 ? 'none' : `${skipped}, formed by ${kind}; ${cachedCallsOf(file)} calls of the cached graph`],
    ...(skipped === 0 ? [['Kind', kind] as const] : []),
    ['Model', bindingWords(file)],
  ];
  const found: DetailRow[] = evidence === null ? [['Evidence', 'none: nobody has measured it on this model']] : evidenceDetails(evidence);
  return [...plan, ...found, ['Provenance', provenance === '' ? 'not recorded' : provenance]];
}

function evidenceDetails(evidence: NonNullable<PolicyFile['evidence']>): DetailRow[] {
  const { objective, objectiveValue, latentPsnrDb, latentPsnrIntervalDb, calibrationPairs, validationPairs } = evidence;
  const { search, seed, evaluations, seconds } = evidence;
  const interval =
    latentPsnrIntervalDb === undefined
      ? 'interval not recorded'
      : `95 % interval ${latentPsnrIntervalDb[0].toFixed(2)} to ${latentPsnrIntervalDb[1].toFixed(2)} dB`;
  const worth = latentPsnrDb === null ? 'not measured' : `${latentPsnrDb.toFixed(2)} dB latent PSNR, mean; ${interval}`;
  return [
    ['Close to the full run', `${worth}, on ${validationPairs} ${validationPairs === 1 ? 'pair' : 'pairs'} of prompt and seed`],
    ['Objective', `${objective} ${objectiveValue.toPrecision(4)} on ${calibrationPairs} calibration ${calibrationPairs === 1 ? 'pair' : 'pairs'}`],
    ['Search', search === '' ? 'not recorded' : search],
    ['Search effort', `seed ${seed}, ${evaluations} evaluations, ${formatSeconds(seconds * 1000)}`],
  ];
}
