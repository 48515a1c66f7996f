/** The models that this site has, as `models/index.json` names them. */
import type { ListedModel } from '../storage/model-index.ts';
import { parseModelIndex } from '../storage/model-index.ts';
import type { AppContext } from './app-context.ts';

/** Empty where the list cannot be read: the open model is then the only choice. */
export async function fetchModelList({ siteUrl }: Pick<AppContext, 'siteUrl'>): Promise<readonly ListedModel[]> {
  try {
    const response = await fetch(new URL('models/index.json', siteUrl));
    const parsed = response.ok ? parseModelIndex(await response.json()) : null;
    return parsed?.ok === true ? parsed.value : [];
  } catch {
    return [];
  }
}
