/** Links that carry a recipe in their fragment, which browsers send to nobody. */
import type { Checked } from '../core/import/refusal.ts';
import type { Recipe } from '../core/recipe/recipe.ts';
import { withNamedPolicy } from '../core/recipe/recipe.ts';
import { writeShareFragment } from '../core/recipe/share-link.ts';
import { browserDeflate } from './share-deflate.ts';

export interface ShareLink {
  readonly href: string;
  /** False: the policy was too large and is only named. */
  readonly hasPolicy: boolean;
}

/** Refused with `too-large` when even the prompt alone does not fit. */
export async function shareLinkOf(recipe: Recipe, siteUrl: URL): Promise<Checked<ShareLink>> {
  const whole = await writeShareFragment(recipe, browserDeflate);
  if (whole.ok) return { ok: true, value: { href: linkTo(recipe, siteUrl, whole.value), hasPolicy: true } };
  const named = await writeShareFragment(withNamedPolicy(recipe), browserDeflate);
  if (!named.ok) return named;
  return { ok: true, value: { href: linkTo(recipe, siteUrl, named.value), hasPolicy: false } };
}

function linkTo({ modelId }: Recipe, siteUrl: URL, fragment: string): string {
  const parameters = new URLSearchParams({ model: modelId });
  return new URL(`?${parameters.toString()}#${fragment}`, siteUrl).href;
}
