import { describe, expect, it } from 'vitest';
import { MAX_PICKLE_BYTES, readPickle } from './pickle.ts';
import { checked } from './refusal.ts';
import { utf8Encode } from './utf8.ts';

/** Text stands for its bytes, numbers for themselves. */
const bytes = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...utf8Encode(part)] : [part])));
const read = (...parts: (string | number)[]): unknown => checked(() => readPickle(bytes(...parts)));

const PROTOCOL_2 = [0x80, 2] as const;

describe('readPickle', () => {
  it('reads numbers of every kind', () => {
    // pickle.dumps((1, 300, -2, 2**40, -3.5, True, None), 2)
    const value = readPickle(
      bytes(...PROTOCOL_2, '(K', 1, 'M', 0x2c, 0x01, 'J', 0xfe, 0xff, 0xff, 0xff, 0x8a, 6, 0, 0, 0, 0, 0, 1, 'G', 0xc0, 0x0c, 0, 0, 0, 0, 0, 0, 0x88, 'Ntq', 0, '.'),
    );
    expect(value).toEqual({ kind: 'tuple', items: [1, 300, -2, 2 ** 40, -3.5, true, null] });
  });

  it('reads a dictionary with a shared list', () => {
    // shared = [5]; pickle.dumps({"a": shared, "b": shared}, 2)
    const value = readPickle(bytes(...PROTOCOL_2, '}q', 0, '(X', 1, 0, 0, 0, 'aq', 1, ']q', 2, 'K', 5, 'aX', 1, 0, 0, 0, 'bq', 3, 'h', 2, 'u.'));
    const shared = { kind: 'list', items: [5] };
    expect(value).toEqual({ kind: 'dict', entries: new Map([['a', shared], ['b', shared]]) });
  });

  it('reads a list that holds itself', () => {
    const value = readPickle(bytes(...PROTOCOL_2, ']q', 0, 'h', 0, 'a.'));
    expect(value).toMatchObject({ kind: 'list', items: [{ kind: 'list' }] });
  });

  it.each<[string, (string | number)[], string]>([
    ['a command', ['cos\nsystem\n(X', 4, 0, 0, 0, 'harmtR.'], 'pickle-unsupported'],
    ['a command by the newer operation', [0x8c, 2, 'os', 0x8c, 6, 'system', 0x93, '.'], 'pickle-unsupported'],
    ['a call of a stored class', ['ctorch\nFloatStorage\n(tR.'], 'pickle-unsupported'],
    ['an object to be made', ['ccollections\nOrderedDict\n)', 0x81, '.'], 'pickle-unsupported'],
    ['a class of its own by the oldest operation', ['(ios\nsystem\n.'], 'pickle-unsupported'],
    ['an unknown protocol', [0x80, 99, 'N.'], 'pickle-unsupported'],
    ['a whole number beyond 53 bits', [0x8a, 8, 255, 255, 255, 255, 255, 255, 255, 127, '.'], 'pickle-unsupported'],
    ['a whole number of many bytes', [0x8a, 255, ...Array.from({ length: 255 }, () => 1), '.'], 'pickle-unsupported'],
    ['a list as a key', ['}]Ns.'], 'pickle-unsupported'],
    ['nothing', [], 'pickle-invalid'],
    ['an end too early', ['K'], 'pickle-invalid'],
    ['a text longer than the file', ['X', 255, 255, 255, 255, 'a.'], 'pickle-invalid'],
    ['a name without end', ['c', 'a'.repeat(500)], 'pickle-invalid'],
    ['a value that is not there', ['a.'], 'pickle-invalid'],
    ['an empty result', ['.'], 'pickle-invalid'],
    ['values left over', ['NN.'], 'pickle-invalid'],
    ['a mark that was never set', ['Nt.'], 'pickle-invalid'],
    ['values from below a mark', ['NN(', 0x86, '.'], 'pickle-invalid'],
    ['a memory never stored', ['h', 7, '.'], 'pickle-invalid'],
    ['an append to a number', ['K', 1, 'Na.'], 'pickle-invalid'],
    ['half a pair', ['}(Nu.'], 'pickle-invalid'],
    ['text that is not UTF-8', ['X', 1, 0, 0, 0, 0xff, '.'], 'text-invalid'],
    ['a tensor without a shape', ['ctorch._utils\n_rebuild_tensor_v2\n(K', 1, 'tR.'], 'pickle-invalid'],
    ['a reference to a file', ['X', 4, 0, 0, 0, '/etcQ.'], 'pickle-unsupported'],
    ['a very long text', ['X', 0x20, 0x4e, 0, 0, 'a'.repeat(20_000), '.'], 'too-large'],
    ['marks without end', ['('.repeat(1000)], 'too-large'],
    ['values without end', ['N'.repeat(30_000)], 'too-large'],
  ])('refuses %s', (_, parts, code) => {
    expect(read(...parts)).toMatchObject({ ok: false, error: { code } });
  });

  it('stops after a bounded number of operations and bytes', () => {
    const busy = Uint8Array.from({ length: 1_002_000 }, (_, index) => (index % 2 === 0 ? 0x80 : 2));
    expect(checked(() => readPickle(busy))).toMatchObject({ error: { code: 'too-large' } });
    expect(checked(() => readPickle(new Uint8Array(MAX_PICKLE_BYTES + 1)))).toMatchObject({ error: { code: 'too-large' } });
  });

  it('reads lists nested 15 000 deep without recursion', () => {
    const depth = 15_000;
    const value = readPickle(bytes(']'.repeat(depth), 'a'.repeat(depth - 1), '.'));
    expect(value).toMatchObject({ kind: 'list' });
  });
});
