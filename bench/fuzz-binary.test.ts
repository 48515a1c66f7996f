/** Garbled PNG and .pt files: each is refused with a code or gives a sound value, and none takes long. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { policyProblems } from '../src/core/caching/policy-checks.ts';
import { importBudcachePt } from '../src/core/import/budcache-pt.ts';
import type { ImportTarget } from '../src/core/import/portable-policy.ts';
import { REFUSAL_CODES } from '../src/core/import/refusal.ts';
import { writeZip } from '../src/core/import/test-support/write-zip.ts';
import { openZip } from '../src/core/import/zip.ts';
import type { PolicyFile } from '../src/core/policy.ts';
import { joinPngChunks, makePngChunk, readPngChunks } from '../src/core/recipe/png-chunks.ts';
import { readPngRecipe, writePngRecipe } from '../src/core/recipe/png-recipe.ts';
import type { Recipe } from '../src/core/recipe/recipe.ts';
import { encodeRecipe } from '../src/core/recipe/recipe-text.ts';
import { recipe } from '../src/core/recipe/test-support/recipes.ts';
import type { Random } from '../src/core/rng/seeded-random.ts';
import { fluxSigmas } from '../src/core/sampling/sigmas.ts';
import { parsePolicyFile } from '../src/storage/policy-file.ts';
import { garbleBytes } from './fuzz-garble.ts';
import { fuzz, shortfalls } from './fuzz-run.ts';

const fixtures = new URL('../src/core/import/fixtures/', import.meta.url);
const ptFiles = await Promise.all(
  (await readdir(fixtures)).filter((name) => name.endsWith('.pt')).map(async (name) => ({ name, bytes: new Uint8Array(await readFile(new URL(name, fixtures))) })),
);
const pillow = new Uint8Array(await readFile(new URL('../src/core/recipe/fixtures/pillow.png', import.meta.url)));

const oneOf = <T>(items: readonly T[], random: Random): T => {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
};

describe('.pt files', () => {
  const target: ImportTarget = { architecture: 'flux', stepCount: 28, sigmasFor: (stepCount) => fluxSigmas(stepCount, 64) };
  const handle = ({ bytes, name }: { bytes: Uint8Array; name: string }): ReturnType<typeof importBudcachePt> => importBudcachePt(bytes, name, target);
  const faultOf = (policy: PolicyFile): string | null => {
    const parsed = parsePolicyFile(JSON.parse(JSON.stringify(policy)));
    return parsed.ok ? (policyProblems(policy)[0] ?? null) : parsed.error.message;
  };

  it('damaged anywhere', async () => {
    const make = (random: Random): { bytes: Uint8Array; name: string } => {
      const { bytes, name } = oneOf(ptFiles, random);
      return { name, bytes: garbleBytes(bytes, random, oneOf(ptFiles, random).bytes) };
    };
    expect(shortfalls(await fuzz({ count: 2500, seed: 41, make, handle, faultOf }), REFUSAL_CODES, ['zip-invalid', 'zip-unsupported'])).toEqual([]);
  }, 120_000);

  it('damaged inside, in a zip file that is sound', async () => {
    const archives = ptFiles.filter(({ name }) => !name.includes('legacy')).map(({ name, bytes }) => ({ name, entries: entriesOf(bytes) }));
    const make = (random: Random): { bytes: Uint8Array; name: string } => {
      const { name, entries } = oneOf(archives, random);
      const donor = oneOf(Object.values(oneOf(archives, random).entries), random);
      const victim = random.integer(4) === 0 ? oneOf(Object.keys(entries), random) : (Object.keys(entries).find((key) => key.endsWith('data.pkl')) ?? '');
      const damaged = garbleBytes(entries[victim] ?? donor, random, donor);
      return { name, bytes: writeZip({ ...entries, [victim]: damaged }) };
    };
    const codes = ['pickle-invalid', 'pickle-unsupported', 'text-invalid', 'layout-unknown', 'tensor-invalid', 'policy-invalid'];
    expect(shortfalls(await fuzz({ count: 3500, seed: 42, make, handle, faultOf }), REFUSAL_CODES, codes)).toEqual([]);
  }, 120_000);
});

/** What a schedule needs; torch's other entries (version, serialization id) do not matter here. */
function entriesOf(bytes: Uint8Array): Record<string, Uint8Array> {
  const archive = openZip(bytes);
  const wanted = archive.names.filter((name) => /data\.pkl$|byteorder$|data\/\d+$/.test(name));
  return Object.fromEntries(wanted.map((name) => [name, archive.read(name) ?? new Uint8Array(0)]));
}

describe('PNG files', () => {
  const written = writePngRecipe(pillow, recipe);
  const pictures = written.ok ? [pillow, written.value] : [pillow];
  const handle = (bytes: Uint8Array): ReturnType<typeof readPngRecipe> => {
    const outcome = readPngRecipe(bytes, parsePolicyFile);
    const rewritten = writePngRecipe(bytes, recipe);
    // A picture whose recipe can be read or is missing can also be given another.
    if ((outcome.ok || outcome.error.code === 'recipe-missing') && !rewritten.ok) throw new Error(rewritten.error.message);
    return outcome;
  };
  const faultOf = (value: Recipe): string | null => {
    const text = encodeRecipe(value);
    return text.ok ? null : text.error.message;
  };

  it('damaged anywhere', async () => {
    expect(pictures).toHaveLength(2);
    const make = (random: Random): Uint8Array => garbleBytes(oneOf(pictures, random), random, oneOf(pictures, random));
    expect(shortfalls(await fuzz({ count: 2000, seed: 43, make, handle, faultOf }), REFUSAL_CODES, ['png-invalid'])).toEqual([]);
  }, 120_000);

  it('damaged inside or out of order, with right checksums', async () => {
    const make = (random: Random): Uint8Array => {
      const chunks = readPngChunks(oneOf(pictures, random));
      const victim = random.integer(3) === 0 ? random.integer(chunks.length) : chunks.findIndex(({ type }) => type === 'iTXt');
      const other = oneOf(chunks, random);
      const changed = chunks.map((chunk, index) => (index === victim ? makePngChunk(chunk.type, garbleBytes(chunk.data, random, other.data)) : chunk));
      const moved = random.integer(8) === 0 ? changed.toSpliced(random.integer(changed.length), 1) : changed;
      return joinPngChunks(random.integer(8) === 0 ? moved.toSpliced(random.integer(moved.length + 1), 0, other) : moved);
    };
    const codes = ['png-invalid', 'recipe-missing', 'recipe-invalid', 'policy-invalid', 'text-invalid'];
    expect(shortfalls(await fuzz({ count: 2000, seed: 44, make, handle, faultOf }), REFUSAL_CODES, codes)).toEqual([]);
  }, 120_000);
});
