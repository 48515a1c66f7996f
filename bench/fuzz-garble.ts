/** Damages files as accidents and malice would: the same damage for the same seed. */
import type { Random } from '../src/core/rng/seeded-random.ts';

const pick = <T>(random: Random, choices: readonly [T, ...T[]]): T => choices[random.integer(choices.length)] ?? choices[0];

type ByteDamage = (bytes: Uint8Array, random: Random, donor: Uint8Array) => Uint8Array;

const place = (bytes: Uint8Array, random: Random): number => random.integer(bytes.length + 1);

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
};

const overwritten = (bytes: Uint8Array, start: number, with_: Uint8Array): Uint8Array => {
  const copy = bytes.slice();
  copy.set(with_.subarray(0, Math.max(0, copy.length - start)), start);
  return copy;
};

const flipBits: ByteDamage = (bytes, random) => {
  const copy = bytes.slice();
  for (let count = 1 + random.integer(8); count > 0 && copy.length > 0; count -= 1) {
    const index = random.integer(copy.length);
    copy[index] = (copy[index] ?? 0) ^ (1 << random.integer(8));
  }
  return copy;
};

const truncate: ByteDamage = (bytes, random) => bytes.slice(0, place(bytes, random));

const cutOut: ByteDamage = (bytes, random) => {
  const start = place(bytes, random);
  return joined(bytes.subarray(0, start), bytes.subarray(start + 1 + random.integer(40)));
};

const repeat: ByteDamage = (bytes, random) => {
  const start = place(bytes, random);
  return joined(bytes.subarray(0, start + 1 + random.integer(40)), bytes.subarray(start));
};

/** The start of one file and the end of another, or a piece of another inside. */
const splice: ByteDamage = (bytes, random, donor) => {
  const [start, from] = [place(bytes, random), place(donor, random)];
  return random.integer(2) === 0
    ? joined(bytes.subarray(0, start), donor.subarray(from))
    : overwritten(bytes, start, donor.subarray(from, from + 1 + random.integer(64)));
};

/** A length, count or offset far off, in either byte order. */
const hostileLength: ByteDamage = (bytes, random) => {
  const value = pick(random, [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, bytes.length, bytes.length + 1]);
  const width = pick(random, [1, 2, 4]);
  const field = new Uint8Array(4);
  new DataView(field.buffer).setUint32(0, value, true);
  const littleEndian = field.subarray(0, width);
  return overwritten(bytes, place(bytes, random), random.integer(2) === 0 ? littleEndian : littleEndian.toReversed());
};

const noise: ByteDamage = (bytes, random) => overwritten(bytes, place(bytes, random), Uint8Array.from({ length: 1 + random.integer(30) }, () => random.integer(256)));

/** One byte many times: for pickles and JSON, values nested without end. */
const flood: ByteDamage = (bytes, random) => {
  const start = place(bytes, random);
  const byte = pick(random, [0x28, 0x5b, 0x5d, 0x7b, 0x7d, 0x61, 0x85, 0x4e, 0, 0xff, random.integer(256)]);
  return joined(bytes.subarray(0, start), new Uint8Array(1 + random.integer(5000)).fill(byte), bytes.subarray(start));
};

/** One to three damages, one after the other. */
export function garbleBytes(bytes: Uint8Array, random: Random, donor: Uint8Array): Uint8Array {
  let garbled = bytes;
  for (let count = 1 + random.integer(3); count > 0; count -= 1) {
    garbled = pick(random, [flipBits, truncate, cutOut, repeat, splice, hostileLength, noise, flood])(garbled, random, donor);
  }
  return garbled;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const nested = (depth: number): Json => {
  let value: Json = [];
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
};

const hostileValue = (random: Random): Json =>
  pick<() => Json>(random, [
    () => null,
    () => pick(random, [true, false]),
    () => pick(random, [0, -0, -1, 1, 0.5, 1e308, -1e308, 5e-324, 2 ** 32, 2 ** 53, 1e21]),
    () => random.uniform() * 10 - 2,
    () => pick(random, ['', 'x', '\u0000', '\ud800', '../../x', 'https://example.com/x', '__proto__', 'constructor', 'NaN', '🦊'.repeat(50)]),
    () => 'long '.repeat(random.integer(3000)),
    () => pick<Json>(random, [[], {}, [[]], { __proto__: null, length: -1 }]),
    () => Array.from({ length: random.integer(3000) }, () => random.integer(40)),
    () => nested(random.integer(300)),
  ])();

/** The value with one to three of its parts replaced, dropped, doubled or added. */
export function garbleJson(value: unknown, random: Random): unknown {
  let garbled = value as Json;
  for (let count = 1 + random.integer(3); count > 0; count -= 1) garbled = garbleOnce(garbled, random);
  return garbled;
}

function garbleOnce(value: Json, random: Random): Json {
  const children = typeof value === 'object' && value !== null ? Object.entries<Json>(value) : [];
  const chosen = children[random.integer(Math.max(1, children.length))];
  // Now and then the whole, mostly something inside.
  if (chosen === undefined || random.integer(12) === 0) return hostileValue(random);
  const [key, child] = chosen;
  const isLeaf = typeof child !== 'object' || child === null;
  const change = random.integer(isLeaf ? 5 : 8);
  const others = children.filter(([name]) => name !== key);
  const entries: [string, Json][] =
    change === 0
      ? others
      : change === 1
        ? [...children, [pick(random, ['__proto__', 'constructor', 'extra', 'length', '0']), hostileValue(random)]]
        : change === 2
          ? [...children, [`${key}2`, child]]
          : children.map(([name, item]) => [name, name !== key ? item : change <= 4 ? hostileValue(random) : garbleOnce(item, random)]);
  return Array.isArray(value) ? entries.map(([, item]) => item) : (Object.fromEntries(entries) as Json);
}
