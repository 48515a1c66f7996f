/** What a pickle may hold here: plain data and torch tensors as descriptions. Nothing in it can run. */

export interface PickleSequence {
  readonly kind: 'list' | 'tuple';
  readonly items: PickleValue[];
}

export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string | number, PickleValue>;
}

/** A name that the pickle refers to, from the allow-list. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** Bytes that stand beside the pickle under `data/<key>`. */
export interface TorchStorage {
  readonly kind: 'storage';
  readonly dtype: TorchDtype;
  readonly key: string;
}

export interface TorchTensor {
  readonly kind: 'tensor';
  readonly storage: TorchStorage;
  /** In elements, as are the strides. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export type PickleValue = null | boolean | number | string | PickleSequence | PickleDict | PickleGlobal | TorchStorage | TorchTensor;

export type TorchDtype = 'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** torch's storage classes by the names that pickles use. */
export const STORAGE_DTYPES: ReadonlyMap<string, TorchDtype> = new Map([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

export const ORDERED_DICT = 'collections.OrderedDict';
export const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';

/** Every name a pickle may mention. */
export const ALLOWED_GLOBALS: ReadonlySet<string> = new Set([ORDERED_DICT, REBUILD_TENSOR, ...STORAGE_DTYPES.keys()]);

export const isSequence = (value: PickleValue | undefined): value is PickleSequence =>
  typeof value === 'object' && value !== null && (value.kind === 'list' || value.kind === 'tuple');

export const isDict = (value: PickleValue | undefined): value is PickleDict =>
  typeof value === 'object' && value !== null && value.kind === 'dict';

export const isTensor = (value: PickleValue | undefined): value is TorchTensor =>
  typeof value === 'object' && value !== null && value.kind === 'tensor';
