/** Where a model's files come from. The site's own models go by their folder's name, all others by their manifest's address. */
import type { OpenRequest } from '../protocol/engine.ts';

/** What the person gave for it; held in memory alone and gone with the page. */
export type ModelSource = Pick<OpenRequest, 'token' | 'files'>;

/** An address is followed only where the person chose it on this page: never out of a link, a recipe or an earlier visit. */
export const isAddress = (modelId: string): boolean => modelId.includes(':');

export const manifestUrlOf = (modelId: string, siteUrl: URL): string =>
  isAddress(modelId) ? modelId : new URL(`models/${encodeURIComponent(modelId)}/manifest.json`, siteUrl).href;
