/** The three things of Python and torch that a pickle may build, as data. */
import type { PickleValue, TorchStorage, TorchTensor } from './pickle-values.ts';
import { ALLOWED_GLOBALS, isSequence, ORDERED_DICT, REBUILD_TENSOR, STORAGE_DTYPES } from './pickle-values.ts';
import { refuse } from './refusal.ts';

const MAX_DIMENSIONS = 8;

/** Only names on the allow-list; the sentence shows any other. */
export function globalNamed(module: string, name: string): PickleValue {
  const full = `${module}.${name}`;
  if (!ALLOWED_GLOBALS.has(full)) {
    const shown = full.replaceAll(/[^\w.]/g, '?').slice(0, 80);
    refuse('pickle-unsupported', `The file asks for “${shown}”, which no schedule needs. Nothing of it was run.`);
  }
  return { kind: 'global', name: full };
}

/** What Python would call is looked up by name and answered with data. */
export function reduced(callable: PickleValue, argument: PickleValue): PickleValue {
  const name = typeof callable === 'object' && callable?.kind === 'global' ? callable.name : null;
  if (!isSequence(argument) || argument.kind !== 'tuple') refuse('pickle-invalid', 'The file calls something without arguments.');
  if (name === ORDERED_DICT && argument.items.length === 0) return { kind: 'dict', entries: new Map() };
  if (name === REBUILD_TENSOR) return tensorFrom(argument.items);
  return refuse('pickle-unsupported', 'The file asks to run something. Nothing of it was run.');
}

/** `('storage', storage class, key, device, element count)` */
export function storageFrom(persistentId: PickleValue): TorchStorage {
  const parts = isSequence(persistentId) ? persistentId.items : [];
  const [tag, storageClass, key] = parts;
  const className = typeof storageClass === 'object' && storageClass?.kind === 'global' ? storageClass.name : '';
  const dtype = STORAGE_DTYPES.get(className);
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || !/^\d{1,9}$/.test(key)) {
    refuse('pickle-unsupported', 'The file refers to something that is no tensor of torch.');
  }
  return { kind: 'storage', dtype, key };
}

/** `(storage, offset, shape, strides, needs gradient, hooks)` */
function tensorFrom([storage, offset, shape, strides]: readonly PickleValue[]): TorchTensor {
  if (typeof storage !== 'object' || storage?.kind !== 'storage' || !isCount(offset)) {
    refuse('pickle-invalid', 'A tensor in the file is described wrongly.');
  }
  const [sizes, steps] = [countsFrom(shape), countsFrom(strides)];
  if (sizes.length !== steps.length) refuse('pickle-invalid', 'A tensor in the file has more sizes than strides, or fewer.');
  return { kind: 'tensor', storage, offset, shape: sizes, strides: steps };
}

const isCount = (value: PickleValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function countsFrom(value: PickleValue | undefined): number[] {
  const items = isSequence(value) ? value.items : null;
  if (items === null || items.length > MAX_DIMENSIONS || !items.every(isCount)) {
    refuse('pickle-invalid', 'A tensor in the file has no proper shape.');
  }
  return items;
}
