/**
 * What a person has typed, one draft per model. Written twice: at once and synchronously to the tab's own
 * sessionStorage, so that no reload can lose it, and to the key-value store for the next visit.
 */
import * as v from 'valibot';
import type { KeyValueStore } from './key-value.ts';

/** Well above any prompt; keeps a stray paste from filling the store. */
export const MAX_PROMPT_CHARACTERS = 2000;

/** Far above any sampler's own. */
export const MAX_STEPS = 1000;
/** As many as a screen shows well. */
export const MAX_PICTURES = 16;

/** A field that drafts get later needs a default here, or a draft of before would be lost. */
const draft = v.object({
  prompt: v.pipe(v.string(), v.maxLength(MAX_PROMPT_CHARACTERS)),
  /** Kept also while a model is open that takes none. */
  negativePrompt: v.optional(v.pipe(v.string(), v.maxLength(MAX_PROMPT_CHARACTERS)), ''),
  /** `width×height`; null: the bundle's own. */
  size: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^\d{1,5}×\d{1,5}$/))), null),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff)),
  /** Null: the model's default. */
  guidanceScale: v.nullable(v.pipe(v.number(), v.finite())),
  /** Null: the page's default. */
  budget: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** The chosen policy among those of that budget; null: the first. */
  policyId: v.nullable(v.string()),
  /** A limit of seconds in place of the budget: the largest one that keeps it is taken. Null: none. */
  budgetSeconds: v.optional(v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0))), null),
  /** Null: the model's default. */
  stepCount: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_STEPS))), null),
  /** Pictures to make at once, each from a seed of its own. */
  pictureCount: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PICTURES)), 1),
});

export type Draft = Readonly<v.InferOutput<typeof draft>>;

export interface SettingsStore {
  /** Synchronous: this tab's own draft, before anything else has loaded. */
  readTab(modelId: string): Draft | null;
  /** The last draft of any tab. */
  read(modelId: string): Promise<Draft | null>;
  /** The tab's copy is written before this returns. */
  write(modelId: string, value: Draft): Promise<void>;
  /** Whether keys pressed alone are shortcuts: yes, unless it was switched off. */
  readSingleKeys(): Promise<boolean>;
  writeSingleKeys(isOn: boolean): Promise<void>;
}

const SINGLE_KEYS = 'single-keys';

/** `tab` is null where the browser blocks sessionStorage. */
export function createSettingsStore(store: Promise<KeyValueStore>, tab: Storage | null): SettingsStore {
  const key = (modelId: string): string => `draft/${modelId}`;
  return {
    readTab(modelId) {
      const text = tab?.getItem(key(modelId)) ?? null;
      return text === null ? null : parseDraft(safeJson(text));
    },
    async read(modelId) {
      return parseDraft(await (await store).get(key(modelId)));
    },
    async write(modelId, value) {
      try {
        tab?.setItem(key(modelId), JSON.stringify(value));
      } catch {
        // A full sessionStorage still leaves the other copy.
      }
      await (await store).set(key(modelId), value);
    },
    async readSingleKeys() {
      const value = await (await store).get(SINGLE_KEYS).catch(() => true);
      return value !== false;
    },
    async writeSingleKeys(isOn) {
      await (await store).set(SINGLE_KEYS, isOn);
    },
  };
}

function parseDraft(value: unknown): Draft | null {
  const result = v.safeParse(draft, value);
  return result.success ? result.output : null;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
