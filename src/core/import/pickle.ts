/**
 * A reader of Python pickles that only builds data: an allow-list of operations (what torch.save writes in
 * protocols 2 to 4) and of names. Anything else ends the reading; nothing is ever run.
 */
import { PickleMachine } from './pickle-machine.ts';
import { globalNamed, reduced, storageFrom } from './pickle-torch.ts';
import type { PickleSequence, PickleValue } from './pickle-values.ts';
import { isDict, isSequence } from './pickle-values.ts';
import { refuse } from './refusal.ts';
import { utf8Decode } from './utf8.ts';

export const MAX_PICKLE_BYTES = 2 ** 20;
/** Names of fields and stages; nothing a schedule needs is longer. */
const MAX_TEXT_BYTES = 10_000;
const MAX_OPERATIONS = 500_000;
const MAX_NAME_BYTES = 200;
const NEWEST_PROTOCOL = 5;
const STOP = 0x2e;
const NEWLINE = 0x0a;

/** Refuses (`pickle-invalid`, `pickle-unsupported`, `too-large`) by throwing; see refusal.ts. */
export function readPickle(bytes: Uint8Array): PickleValue {
  if (bytes.length > MAX_PICKLE_BYTES) refuse('too-large', `The file’s pickle has ${bytes.length} bytes; a schedule has far fewer.`);
  const machine = new PickleMachine(bytes);
  for (let count = 0; count < MAX_OPERATIONS; count += 1) {
    const code = machine.reader.uint8();
    if (code === STOP) return result(machine);
    const operation = OPERATIONS.get(code);
    if (operation === undefined) {
      refuse('pickle-unsupported', `The file uses the pickle operation 0x${code.toString(16)}, which no schedule needs.`);
    }
    operation(machine);
  }
  return refuse('too-large', 'The file’s pickle has too many operations.');
}

function result(machine: PickleMachine): PickleValue {
  if (machine.height !== 1) refuse('pickle-invalid', 'The file’s pickle ends with values left over.');
  return machine.pop();
}

type Operation = (machine: PickleMachine) => void;

const pushes =
  (value: (machine: PickleMachine) => PickleValue): Operation =>
  (machine) =>
    machine.push(value(machine));

const sequence = (kind: PickleSequence['kind'], items: PickleValue[]): PickleSequence => ({ kind, items });

function text({ reader }: PickleMachine, byteCount: number): string {
  if (byteCount > MAX_TEXT_BYTES && byteCount <= reader.remaining) refuse('too-large', `The file holds a text of ${byteCount} bytes.`);
  return utf8Decode(reader.take(byteCount));
}

const line = (machine: PickleMachine): string => utf8Decode(machine.reader.takeUntil(NEWLINE, MAX_NAME_BYTES));

const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, (machine) => checkProtocol(machine.reader.uint8())],
  // FRAME: only its length, which says nothing about the values.
  [0x95, (machine) => void machine.reader.take(8)],
  [0x28, (machine) => machine.mark()],
  [0x4e, pushes(() => null)],
  [0x88, pushes(() => true)],
  [0x89, pushes(() => false)],
  [0x4b, pushes(({ reader }) => reader.uint8())],
  [0x4d, pushes(({ reader }) => reader.uint16())],
  [0x4a, pushes(({ reader }) => reader.int32())],
  [0x8a, pushes(longInteger)],
  [0x47, pushes(({ reader }) => reader.float64BigEndian())],
  [0x58, pushes((machine) => text(machine, machine.reader.uint32()))],
  [0x8c, pushes((machine) => text(machine, machine.reader.uint8()))],
  [0x5d, pushes(() => sequence('list', []))],
  [0x7d, pushes(() => ({ kind: 'dict', entries: new Map() }))],
  [0x29, pushes(() => sequence('tuple', []))],
  [0x85, pushes((machine) => sequence('tuple', machine.popMany(1)))],
  [0x86, pushes((machine) => sequence('tuple', machine.popMany(2)))],
  [0x87, pushes((machine) => sequence('tuple', machine.popMany(3)))],
  [0x74, pushes((machine) => sequence('tuple', machine.popToMark()))],
  [0x61, (machine) => append(machine, machine.popMany(1))],
  [0x65, (machine) => append(machine, machine.popToMark())],
  [0x73, (machine) => setItems(machine, machine.popMany(2))],
  [0x75, (machine) => setItems(machine, machine.popToMark())],
  [0x71, (machine) => machine.remember(machine.reader.uint8())],
  [0x72, (machine) => machine.remember(machine.reader.uint32())],
  [0x94, (machine) => machine.rememberNext()],
  [0x68, pushes((machine) => machine.recall(machine.reader.uint8()))],
  [0x6a, pushes((machine) => machine.recall(machine.reader.uint32()))],
  [0x63, pushes((machine) => globalNamed(line(machine), line(machine)))],
  [0x93, pushes(stackGlobal)],
  [0x51, pushes((machine) => storageFrom(machine.pop()))],
  [0x52, pushes(reduce)],
  [0x62, dropState],
]);

function checkProtocol(protocol: number): void {
  if (protocol > NEWEST_PROTOCOL) refuse('pickle-unsupported', `The file uses pickle protocol ${protocol}.`);
}

/** Little-endian two's complement; only what a number holds exactly. */
function longInteger({ reader }: PickleMachine): number {
  const bytes = reader.take(reader.uint8());
  if (bytes.length > 8) refuse('pickle-unsupported', 'The file holds a whole number of more than 64 bits.');
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  const signed = Number(BigInt.asIntN(8 * bytes.length, value));
  if (!Number.isSafeInteger(signed)) refuse('pickle-unsupported', 'The file holds a whole number of more than 53 bits.');
  return signed;
}

function append(machine: PickleMachine, values: readonly PickleValue[]): void {
  const { top } = machine;
  if (!isSequence(top) || top.kind !== 'list') refuse('pickle-invalid', 'The file appends to something that is no list.');
  for (const value of values) top.items.push(value);
}

function setItems(machine: PickleMachine, pairs: readonly PickleValue[]): void {
  const { top } = machine;
  if (!isDict(top) || pairs.length % 2 !== 0) refuse('pickle-invalid', 'The file sets an item of something that is no dictionary.');
  for (let index = 0; index < pairs.length; index += 2) {
    const key = pairs[index];
    if (typeof key !== 'string' && typeof key !== 'number') refuse('pickle-unsupported', 'The file uses something else than text as a key.');
    top.entries.set(key, pairs[index + 1] ?? null);
  }
}

function stackGlobal(machine: PickleMachine): PickleValue {
  const [module, name] = machine.popMany(2);
  if (typeof module !== 'string' || typeof name !== 'string') refuse('pickle-invalid', 'The file refers to something without a name.');
  return globalNamed(module, name);
}

function reduce(machine: PickleMachine): PickleValue {
  const argument = machine.pop();
  return reduced(machine.pop(), argument);
}

/** Python would set attributes (state dicts carry a version this way); a dictionary's items are all that counts here. */
function dropState(machine: PickleMachine): void {
  machine.pop();
  if (!isDict(machine.top)) refuse('pickle-unsupported', 'The file sets attributes of something that is no dictionary.');
}
