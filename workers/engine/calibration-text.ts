/** A search asks for the same few prompts hundreds of times: their encodings are kept. */
import type { EncodeText } from '../pipelines/encode-text.ts';

/** As many prompts as the largest search has pairs. */
const KEPT_PROMPTS = 40;

/** The same encodings; beyond `KEPT_PROMPTS` the one not asked for for longest is forgotten. */
export function rememberText(encodeText: EncodeText): EncodeText {
  const kept = new Map<string, Awaited<ReturnType<EncodeText>>>();
  return async (prompt) => {
    const text = kept.get(prompt) ?? (await encodeText(prompt));
    kept.delete(prompt);
    kept.set(prompt, text);
    const oldest = kept.size > KEPT_PROMPTS ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return text;
  };
}
