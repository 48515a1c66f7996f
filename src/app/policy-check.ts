/** What a local check of a portable policy makes of it: a policy bound to this model, with evidence. */
import { meanOf } from '../core/metrics/bootstrap-mean.ts';
import { meanSquaredError } from '../core/metrics/mse.ts';
import { latentPsnrDb } from '../core/metrics/psnr.ts';
import { psnrEvidence } from '../core/policy-evidence.ts';
import type { PolicyFile } from '../core/policy.ts';
import type { Manifest } from '../protocol/manifest.ts';

/** Seeds of the check, one a prompt; far from those that people begin with. */
const FIRST_SEED = 900_001;
const MAX_PAIRS = 4;
const MAX_NAME_LENGTH = 200;

export interface CheckPair {
  readonly prompt: string;
  readonly seed: number;
}

/** Prompts that the model was made for; where it names none, the one given. */
export function checkPairs({ examples }: Manifest['vocabulary'], prompt: string): CheckPair[] {
  const prompts = examples.length === 0 ? [prompt] : examples.slice(0, MAX_PAIRS);
  return prompts.map((text, index) => ({ prompt: text, seed: FIRST_SEED + index }));
}

export interface CheckedPair {
  /** Final latents, packed. */
  readonly full: Float32Array;
  readonly budgeted: Float32Array;
}

/** @param seconds that all its runs took. */
export function checkedPolicy(policy: PolicyFile, manifest: Manifest, pairs: readonly CheckedPair[], seconds: number): PolicyFile {
  const errors = pairs.map(({ full, budgeted }) => meanSquaredError(full, budgeted));
  const psnrsDb = pairs.map(({ full, budgeted }) => latentPsnrDb(full, budgeted));
  const note = `Checked against the full run of ${policy.stepCount} steps on ${manifest.name} with ${pairs.length} of its example prompts, guidance ${manifest.guidance.default}.`;
  return {
    ...policy,
    name: `${policy.name.slice(0, MAX_NAME_LENGTH - 10)} (checked)`,
    model: { kind: 'bound', id: manifest.id, binding: manifest.binding },
    evidence: {
      objective: 'latent-mse',
      objectiveValue: meanOf(errors),
      ...psnrEvidence(psnrsDb),
      calibrationPairs: 0,
      validationPairs: pairs.length,
      search: 'None: the policy came from elsewhere and was only checked.',
      seed: FIRST_SEED,
      evaluations: 2 * pairs.length,
      seconds: Number(seconds.toFixed(1)),
    },
    provenance: `${policy.provenance.replace(/ ?Not verified\.$/, '')} ${note}`.trim(),
  };
}
