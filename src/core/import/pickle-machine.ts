/** The stack and memo of a pickle that is being read, with limits. */
import { ByteReader } from './byte-reader.ts';
import type { PickleValue } from './pickle-values.ts';
import { refuse } from './refusal.ts';

/** Python's pickler writes lists and dicts in lots of 1000, so honest stacks stay far below. */
const MAX_STACK = 20_000;
/** Lists inside lists inside lists. */
const MAX_OPEN_MARKS = 64;

export class PickleMachine {
  readonly reader: ByteReader;
  readonly #stack: PickleValue[] = [];
  /** Stack heights at which a mark was set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array) {
    this.reader = new ByteReader(bytes, 'pickle-invalid');
  }

  get height(): number {
    return this.#stack.length;
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= MAX_STACK) refuse('too-large', 'The file holds too many values at once.');
    this.#stack.push(value);
  }

  pop(): PickleValue {
    this.#guard(1);
    return this.#stack.pop() ?? null;
  }

  /** The topmost value, left where it is. */
  get top(): PickleValue {
    this.#guard(1);
    return this.#stack.at(-1) ?? null;
  }

  /** The topmost `count` values in order, removed. */
  popMany(count: number): PickleValue[] {
    this.#guard(count);
    return this.#stack.splice(this.#stack.length - count, count);
  }

  mark(): void {
    if (this.#marks.length >= MAX_OPEN_MARKS) refuse('too-large', 'The file nests its values too deeply.');
    this.#marks.push(this.#stack.length);
  }

  /** Everything above the last mark, removed together with the mark. */
  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) refuse('pickle-invalid', 'The file closes a list that it never opened.');
    return this.#stack.splice(height);
  }

  remember(key: number): void {
    this.#memo.set(key, this.top);
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): PickleValue {
    const value = this.#memo.get(key);
    if (value === undefined) refuse('pickle-invalid', 'The file refers to a value that it never stored.');
    return value;
  }

  /** Values below the last mark are out of reach, as in Python. */
  #guard(count: number): void {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) refuse('pickle-invalid', 'The file takes a value that is not there.');
  }
}
