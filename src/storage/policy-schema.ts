/** The shape of a `budcache-policy/1` file. Whether its numbers make sense is asked of core's policy checks. */
import * as v from 'valibot';
import type { PolicyFile } from '../core/policy.ts';
import type { Outcome } from '../protocol/errors.ts';
import type { Assert, DeepReadonly, MutuallyAssignable } from './schema-failure.ts';
import { parseWith } from './schema-failure.ts';

/** Far above any sampler's step count; bounds the work a hostile file can ask for. */
const MAX_STEPS = 1000;

const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));
const shortText = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());

const boundModel = v.strictObject({ kind: v.literal('bound'), id: shortText, binding: sha256Hex });
const portableModel = v.strictObject({ kind: v.literal('portable'), architecture: shortText });

const evidence = v.strictObject({
  objective: shortText,
  objectiveValue: finite,
  latentPsnrDb: v.nullable(finite),
  latentPsnrIntervalDb: v.exactOptional(v.tuple([finite, finite])),
  calibrationPairs: count,
  validationPairs: count,
  search: v.pipe(v.string(), v.maxLength(2000)),
  seed: count,
  evaluations: count,
  seconds: v.pipe(finite, v.minValue(0)),
});

export const stepCoefficients = v.strictObject({
  stepIndex: count,
  basis: v.picklist(['heads', 'velocities', 'heads-and-velocity']),
  weights: v.pipe(v.array(finite), v.minLength(1), v.maxLength(3)),
});

const runtimeRule = v.strictObject({
  method: v.picklist(['teacache', 'easycache', 'dicache']),
  threshold: v.pipe(finite, v.gtValue(0)),
  forcedFirst: v.pipe(count, v.minValue(1), v.maxValue(MAX_STEPS)),
  forceLast: v.boolean(),
  coefficients: v.pipe(v.array(finite), v.maxLength(5)),
});

/** Strict: a field this version does not know could change what the policy does, so it is refused, not dropped. */
const policyFile = v.strictObject({
  format: v.literal('budcache-policy/1'),
  name: shortText,
  model: v.variant('kind', [boundModel, portableModel]),
  stepCount: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_STEPS)),
  sigmas: v.pipe(v.array(finite), v.minLength(2), v.maxLength(MAX_STEPS + 1)),
  computedSteps: v.pipe(v.array(count), v.minLength(1), v.maxLength(MAX_STEPS)),
  payload: v.picklist(['reuse', 'taylor', 'damped-taylor', 'two-anchor', 'mean-velocity', 'fitted', 'multistep']),
  parameter: v.exactOptional(finite),
  coefficients: v.exactOptional(v.pipe(v.array(stepCoefficients), v.maxLength(MAX_STEPS))),
  rule: v.exactOptional(runtimeRule),
  evidence: v.nullable(evidence),
  provenance: v.pipe(v.string(), v.maxLength(4000)),
});

export type PolicySchemaIsExact = Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof policyFile>>, PolicyFile>>;

/** Shape only; see `parsePolicyFile` in policy-file.ts for the whole way in. Fails with `policy-invalid`. */
export const parsePolicyShape = (value: unknown): Outcome<PolicyFile> => parseWith(policyFile, value, 'policy-invalid');
