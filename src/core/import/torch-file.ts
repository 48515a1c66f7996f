/** A file written by torch.save: a zip file with a pickle and the tensors' bytes beside it. Nothing in it is run. */
import type { PickleValue, TorchTensor } from './pickle-values.ts';
import { readPickle } from './pickle.ts';
import { refuse } from './refusal.ts';
import { tensorNumbers } from './torch-tensor.ts';
import { openZip } from './zip.ts';
import type { ZipArchive } from './zip.ts';
import { utf8Decode } from './utf8.ts';

export interface TorchFile {
  readonly root: PickleValue;
  /** Row-major. Refuses by throwing; see refusal.ts. */
  numbers(tensor: TorchTensor): number[];
}

/** The first bytes of torch.save before 2020 (and of any pickle of protocol 2 that starts with a long integer). */
const LEGACY_START = [0x80, 0x02, 0x8a, 0x0a];

/** Refuses by throwing; see refusal.ts. */
export function openTorchFile(bytes: Uint8Array): TorchFile {
  if (LEGACY_START.every((byte, index) => bytes[index] === byte)) {
    refuse('zip-unsupported', 'The file has torch’s format from before version 1.6. Load it in Python and save it again.');
  }
  const archive = openZip(bytes);
  const folder = folderOf(archive);
  const byteOrder = archive.read(`${folder}byteorder`);
  if (byteOrder !== null && utf8Decode(byteOrder.subarray(0, 10)) !== 'little') {
    refuse('zip-unsupported', 'The file was written on a machine with another byte order.');
  }
  const pickle = archive.read(`${folder}data.pkl`) ?? refuse('zip-invalid', 'The file’s pickle is missing.');
  return { root: readPickle(pickle), numbers: (tensor) => tensorNumbers(tensor, storageBytes(archive, folder, tensor)) };
}

/** torch puts everything into one folder, named after the file. */
function folderOf({ names }: ZipArchive): string {
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1) refuse('layout-unknown', 'The zip file was not written by torch.save.');
  return pickle.slice(0, -'data.pkl'.length);
}

function storageBytes(archive: ZipArchive, folder: string, { storage }: TorchTensor): Uint8Array {
  return archive.read(`${folder}data/${storage.key}`) ?? refuse('tensor-invalid', 'The numbers of a tensor are missing from the file.');
}
