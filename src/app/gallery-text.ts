/** What the gallery says about a picture, and about the room that pictures take. */
import type { GalleryEntry } from '../storage/gallery-record.ts';
import { formatMegabytes, formatSeconds } from './format.ts';
import type { GalleryItem, StorageUsage } from './gallery-state.ts';
import { nfeOfChoice } from './state.ts';

const MAX_NAME_LENGTH = 120;

const shortened = (text: string): string => (text.length <= MAX_NAME_LENGTH ? text : `${text.slice(0, MAX_NAME_LENGTH - 1)}…`);

export const nfeOfEntry = ({ recipe }: GalleryEntry): number => nfeOfChoice(recipe.policy, recipe.stepCount);

/** `a red cube, seed 3, 8 of 28 steps`. */
export function describeItem({ entry, unstoredPng }: GalleryItem): string {
  const { prompt, seed, stepCount } = entry.recipe;
  const parts = [shortened(prompt), `seed ${seed}`, `${nfeOfEntry(entry)} of ${stepCount} steps`];
  return [...parts, ...(unstoredPng === null ? [] : ['not stored'])].join(', ');
}

/** A recipe as rows of a name and a value. */
export function recipeRows(entry: GalleryEntry): readonly (readonly [name: string, value: string])[] {
  const { recipe, trace, createdMs } = entry;
  const { policy } = recipe;
  const steps = policy === null ? `all ${recipe.stepCount}, the full run` : `${nfeOfEntry(entry)} of ${recipe.stepCount} computed`;
  return [
    ['Prompt', recipe.prompt],
    ...(recipe.negativePrompt === undefined ? [] : [['Negative prompt', recipe.negativePrompt] as const]),
    ['Seed', String(recipe.seed)],
    ['Steps', steps],
    ...(policy === null ? [] : [['Policy', policy.name] as const]),
    ['Guidance', String(recipe.guidanceScale)],
    ['Model', recipe.modelId],
    ['Took', `${formatSeconds(trace.totalMs)} on ${trace.backend === 'wasm' ? 'WASM' : 'WebGPU'}`],
    ['Made', new Date(createdMs).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })],
    ['File', `${entry.width} × ${entry.height} pixels, ${formatBytes(entry.pngBytes)}`],
  ];
}

const countText = (count: number): string => (count === 1 ? '1 picture' : `${count} pictures`);

/** `3 pictures, 95 kB. This site uses 61.2 MB of the 10.4 GB that the browser allows. The browser keeps it until you delete it.` */
export function describeUsage(items: readonly GalleryItem[], usage: StorageUsage | null, isDurable: boolean): string {
  if (!isDurable) return 'This browser stores nothing: pictures are kept until the page is closed.';
  const pictureBytes = items.reduce((sum, { entry }) => sum + entry.pngBytes + entry.thumbnail.size, 0);
  const pictures = items.length === 0 ? 'Every finished picture is kept in this browser.' : `${countText(items.length)}, ${formatBytes(pictureBytes)}.`;
  if (usage === null) return pictures;
  const room = `${pictures} This site uses ${formatBytes(usage.usedBytes)} of the ${formatBytes(usage.quotaBytes)} that the browser allows.`;
  if (items.length === 0) return room;
  return `${room} ${usage.isPersisted ? 'The browser keeps it until you delete it.' : 'The browser may clear it if the disk fills up.'}`;
}

/** `34 kB`, `61.2 MB`, `10.4 GB`. */
function formatBytes(bytes: number): string {
  if (bytes < 999_500) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? formatMegabytes(bytes) : `${(bytes / 1e9).toFixed(1)} GB`;
}

export const deletedText = (count: number): string => (count === 1 ? 'One picture was deleted.' : `${count} pictures were deleted.`);

export const clearText = (items: readonly GalleryItem[]): string =>
  `${countText(items.length)} will be gone for good. Settings, policies and models stay.`;

/** `a-red-cube-seed-3-nfe-8.png`. */
export function pictureFileName({ prompt, seed }: { readonly prompt: string; readonly seed: number }, nfe: number): string {
  const words = prompt.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, 60).replaceAll(/^-+|-+$/g, '');
  return `${words || 'picture'}-seed-${seed}-nfe-${nfe}.png`;
}
