/** A recipe as the fragment of a link: nothing of it reaches a server. `r1.` is plain, `r1z.` deflated JSON, base64url. */
import type { Checked } from '../import/refusal.ts';
import { checkedAsync, refuse } from '../import/refusal.ts';
import { base64urlDecode, base64urlEncode } from './base64url.ts';
import type { Recipe } from './recipe.ts';
import type { PolicyValidator } from './recipe-checks.ts';
import { MAX_RECIPE_BYTES, recipeBytes, recipeFromBytes } from './recipe-text.ts';

/** Raw deflate (RFC 1951), given by whoever has streams. */
export interface Deflate {
  compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Must end with an error once there are more than `maxBytes`. */
  expand(bytes: Uint8Array<ArrayBuffer>, maxBytes: number): Promise<Uint8Array>;
}

/** What messengers and browsers pass on whole. */
export const MAX_FRAGMENT_LENGTH = 8000;

const PLAIN = 'r1.';
const DEFLATED = 'r1z.';

/** Whether an address's fragment (with or without its #) is meant for `readShareFragment`, sound or not. */
export const isShareFragment = (fragment: string): boolean => /^#?r\d{1,4}z?\./.test(fragment);

/** Without the #. The shorter of both kinds. Refused with `too-large` when even that is too long; see `withNamedPolicy`. */
export function writeShareFragment(recipe: Recipe, deflate: Deflate | null): Promise<Checked<string>> {
  return checkedAsync(async () => {
    const bytes = recipeBytes(recipe);
    const plain = `${PLAIN}${base64urlEncode(bytes)}`;
    const deflated = await deflatedText(bytes, deflate);
    const shorter = deflated !== null && deflated.length < plain.length ? deflated : plain;
    if (shorter.length > MAX_FRAGMENT_LENGTH) {
      refuse('too-large', `The link would have ${shorter.length} characters; ${MAX_FRAGMENT_LENGTH} are the most.`);
    }
    return shorter;
  });
}

/** Null where the browser cannot; the link is then only longer. */
async function deflatedText(bytes: Uint8Array<ArrayBuffer>, deflate: Deflate | null): Promise<string | null> {
  if (deflate === null) return null;
  try {
    return `${DEFLATED}${base64urlEncode(await deflate.compress(bytes))}`;
  } catch {
    return null;
  }
}

/** From a fragment with or without its #. */
export function readShareFragment(fragment: string, deflate: Deflate | null, validatePolicy: PolicyValidator): Promise<Checked<Recipe>> {
  return checkedAsync(async () => {
    const text = fragment.startsWith('#') ? fragment.slice(1) : fragment;
    if (text.length > MAX_FRAGMENT_LENGTH) refuse('too-large', `The link has ${text.length} characters; ${MAX_FRAGMENT_LENGTH} are the most.`);
    return recipeFromBytes(await contentOf(text, deflate), validatePolicy);
  });
}

async function contentOf(text: string, deflate: Deflate | null): Promise<Uint8Array> {
  if (text.startsWith(PLAIN)) return base64urlDecode(text.slice(PLAIN.length));
  if (!text.startsWith(DEFLATED)) return refuse('link-invalid', 'The link was made by another version of this page.');
  const compressed = base64urlDecode(text.slice(DEFLATED.length));
  if (deflate === null) return refuse('link-unsupported', 'The link is compressed, and this browser cannot expand it.');
  try {
    return await deflate.expand(compressed, MAX_RECIPE_BYTES);
  } catch {
    // Whatever the browser says of damaged or endless data.
    return refuse('link-invalid', 'The link was cut off or changed.');
  }
}
