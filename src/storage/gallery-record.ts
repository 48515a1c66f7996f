/** One picture of the gallery as it is stored, its file apart: what made it, what it took, and a small view of it. */
import * as v from 'valibot';
import { checked } from '../core/import/refusal.ts';
import type { WholeRecipe } from '../core/recipe/recipe.ts';
import { recipeFrom } from '../core/recipe/recipe-checks.ts';
import type { RunTrace } from '../protocol/engine.ts';
import type { Outcome } from '../protocol/errors.ts';
import { parsePolicyFile } from './policy-file.ts';
import type { Assert, DeepReadonly, MutuallyAssignable } from './schema-failure.ts';
import { fail, parseWith } from './schema-failure.ts';

export interface GalleryEntry {
  /** Names the picture in this browser. */
  readonly id: string;
  /** Since 1970. */
  readonly createdMs: number;
  readonly width: number;
  readonly height: number;
  /** Size of the PNG. */
  readonly pngBytes: number;
  readonly thumbnail: Blob;
  /** With its policy whole, so that it outlives the policy library. */
  readonly recipe: WholeRecipe;
  readonly trace: RunTrace;
  /** What the page said beforehand; null where the machine was not measured. */
  readonly predictedMs: number | null;
  /** Words of the prompt that the model never saw in training. */
  readonly unknownWords: readonly string[];
}

const MAX_SIDE = 16_384;
const MAX_THUMBNAIL_BYTES = 2 ** 20;
const MAX_STEPS = 1000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const side = v.pipe(count, v.minValue(1), v.maxValue(MAX_SIDE));

/** A field that traces get later needs a default here, or the pictures of before would count as damaged. */
const trace = v.object({
  backend: v.picklist(['webgpu', 'wasm']),
  steps: v.pipe(
    v.array(v.object({ stepIndex: count, decision: v.picklist(['compute', 'reuse']), ms: milliseconds, readbackBytes: count })),
    v.maxLength(MAX_STEPS),
  ),
  textMs: milliseconds,
  loopMs: milliseconds,
  vaeMs: milliseconds,
  totalMs: milliseconds,
  loopReadbackBytes: count,
  previewReadbackBytes: count,
  previewMs: v.optional(milliseconds, 0),
  nfe: count,
  forwards: count,
  cachedCalls: count,
});

export type TraceSchemaIsExact = Assert<MutuallyAssignable<DeepReadonly<v.InferOutput<typeof trace>>, RunTrace>>;

const record = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
  createdMs: milliseconds,
  width: side,
  height: side,
  pngBytes: count,
  thumbnail: v.pipe(v.blob(), v.mimeType(['image/webp', 'image/png', 'image/jpeg']), v.maxSize(MAX_THUMBNAIL_BYTES)),
  recipe: v.unknown(),
  trace,
  predictedMs: v.nullable(milliseconds),
  unknownWords: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(2000)),
});

/** Fails with `picture-invalid`: a stored record is input like any other. */
export function parseGalleryEntry(value: unknown): Outcome<GalleryEntry> {
  const shape = parseWith(record, value, 'picture-invalid');
  if (!shape.ok) return shape;
  const recipe = checked(() => recipeFrom(shape.value.recipe, parsePolicyFile));
  if (!recipe.ok) return fail('picture-invalid', recipe.error.message);
  const { policy } = recipe.value;
  if (typeof policy === 'string') return fail('picture-invalid', 'The policy is only named.');
  return { ok: true, value: { ...shape.value, recipe: { ...recipe.value, policy } } };
}
