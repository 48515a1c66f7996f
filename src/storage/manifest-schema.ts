/** `manifest.json`, format 1: shape and inner consistency. Files are hashed and graphs compared by the engine. */
import * as v from 'valibot';
import type { Outcome } from '../protocol/errors.ts';
import type { Manifest } from '../protocol/manifest.ts';
import { manifestProblem } from './manifest-checks.ts';
import type { Assert, DeepReadonly, MutuallyAssignable } from './schema-failure.ts';
import { fail, parseWith } from './schema-failure.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));
const sha256Hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));
const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));

/** Stays under the manifest's own folder, so that a bundle cannot make the page fetch anything else. */
const relativePath = v.pipe(
  v.string(),
  v.maxLength(300),
  v.regex(/^(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/, 'expected a path inside the bundle'),
);

const fileFields = { file: relativePath, bytes: positiveInteger, sha256: sha256Hex };
const bundleFile = v.object(fileFields);
const weightsFile = v.object({ ...fileFields, location: text, storedDtype: v.picklist(['float16', 'float32', 'uint8']) });
const graphPort = v.object({
  name: text,
  dtype: v.picklist(['float32', 'int32', 'int64']),
  shape: v.pipe(v.array(positiveInteger), v.maxLength(8)),
});
const graphLink = {
  graph: bundleFile,
  weights: v.array(text),
  inputs: v.pipe(v.array(graphPort), v.minLength(1)),
  outputs: v.pipe(v.array(graphPort), v.minLength(1)),
};
const graphComponent = v.object({
  ...graphLink,
  chain: v.exactOptional(v.pipe(v.array(v.object(graphLink)), v.minLength(2), v.maxLength(100))),
});
const tokenizerFields = { tokenizer: bundleFile, config: bundleFile, maxTokens: positiveInteger, padTokenId: count, endTokenId: count };
const previewFields = v.object({
  matrix: v.pipe(v.array(v.pipe(v.array(finite), v.maxLength(1024))), v.length(3)),
  bias: v.pipe(v.array(finite), v.length(3)),
});

const latentFields = {
  channels: positiveInteger,
  height: positiveInteger,
  width: positiveInteger,
  patch: positiveInteger,
  tokens: positiveInteger,
  projectionChannels: positiveInteger,
};
const image = v.object({ width: positiveInteger, height: positiveInteger });
const sizedGraphs = { full: graphComponent, cached: graphComponent, vaeDecoder: graphComponent };
const probeGraphs = {
  modulated: v.exactOptional(graphComponent),
  firstBlock: v.exactOptional(graphComponent),
  remainingBlocks: v.exactOptional(graphComponent),
};
const guidanceRange = { default: finite, min: finite, max: finite };

/** Lenient towards further fields: `formatVersion` says when a change matters. */
const commonFields = {
  formatVersion: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/, 'expected letters, digits, dots, dashes')),
  name: text,
  binding: sha256Hex,
  weights: v.record(v.string(), weightsFile),
  image,
  vae: v.object({ scalingFactor: positive, shiftFactor: finite, downsampling: positiveInteger }),
  preview: v.exactOptional(previewFields),
  defaults: v.object({ stepCount: v.pipe(positiveInteger, v.maxValue(1000)) }),
  vocabulary: v.object({ groups: v.record(v.string(), v.array(v.string())), examples: v.array(v.string()) }),
  licence: text,
  provenance: text,
};

const flux = v.object({
  ...commonFields,
  pipeline: v.literal('flux'),
  components: v.object({ ...sizedGraphs, ...probeGraphs, clip: graphComponent, t5: graphComponent }),
  tokenizers: v.object({ clip: v.object(tokenizerFields), t5: v.object(tokenizerFields) }),
  latent: v.object({ ...latentFields, tokenChannels: positiveInteger }),
  scheduler: v.object({
    type: v.literal('flow-match-euler'),
    shift: v.object({
      rule: v.literal('exponential-by-tokens'),
      baseTokens: positiveInteger,
      baseMu: finite,
      maxTokens: positiveInteger,
      maxMu: finite,
    }),
    timestepScale: positive,
  }),
  guidance: v.object({ kind: v.literal('embedded'), ...guidanceRange }),
});

const zImageSize = {
  image,
  latent: v.object(latentFields),
  binding: sha256Hex,
  residual: v.object({ start: v.picklist(['refiner', 'embedder']), tokens: positiveInteger, channels: positiveInteger }),
};

const zImage = v.object({
  ...commonFields,
  ...zImageSize,
  pipeline: v.literal('z-image'),
  components: v.object({ ...sizedGraphs, textEncoder: graphComponent }),
  tokenizers: v.object({ text: v.object({ ...tokenizerFields, prefix: v.string(), suffix: v.string() }) }),
  caption: v.object({ slots: positiveInteger, multiple: positiveInteger, channels: positiveInteger }),
  scheduler: v.object({
    type: v.literal('flow-match-euler'),
    shift: v.object({ rule: v.literal('static'), shift: positive }),
    timestep: v.literal('one-minus-sigma'),
    timestepScale: positive,
  }),
  guidance: v.object({ kind: v.literal('classifier-free'), ...guidanceRange }),
  otherSizes: v.exactOptional(v.pipe(v.array(v.object({ ...zImageSize, components: v.object(sizedGraphs) })), v.maxLength(100))),
});

const manifest = v.variant('pipeline', [flux, zImage]);

export type ManifestSchemaIsExact = Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof manifest>>, Manifest>>;

/** Fails with `model-invalid` and the path of the problem. */
export function parseManifest(value: unknown): Outcome<Manifest> {
  const parsed = parseWith(manifest, value, 'model-invalid');
  if (!parsed.ok) return parsed;
  const problem = manifestProblem(parsed.value);
  return problem === null ? parsed : fail('model-invalid', problem);
}
