/**
 * Makes anew everything that hangs on the bundled model's weights: `npm run regenerate`, hours in all. Leave the machine
 * alone meanwhile. `-- --from policies` goes on from a step, `-- --only evaluation,guidance` takes some.
 * Starts from training/checkpoints/scenes; needs training/.venv (training/README.md).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const python = join(root, 'training', '.venv', 'bin', 'python');

/** @type {readonly (readonly [name: string, command: string, ...args: string[]])[]} */
const STEPS = [
  ['bundle', python, '-m', 'training.bundle_scenes'],
  ['policies', 'npm', 'run', 'search', '--', '--model', 'scenes', '--seeds', '5'],
  ['shipped', 'npx', 'vitest', 'run', 'bench/shipped-policies.test.ts'],
  ['evaluation', python, '-m', 'training.evaluate'],
  ['frechet', python, '-m', 'training.frechet'],
  ['build', 'npm', 'run', 'build'],
  ['timing', 'npm', 'run', 'bench:page'],
  ['cold-start', 'npm', 'run', 'bench:cold'],
  ['image', 'npm', 'run', 'readme:image'],
  ['look', 'npm', 'run', 'look'],
  // Last: it needs the undistilled teacher of training/work, which is not in git.
  ['guidance', python, '-m', 'training.guidance_table'],
];

const { values } = parseArgs({ options: { from: { type: 'string' }, only: { type: 'string' } } });
const names = STEPS.map(([name]) => name);
const only = values.only?.split(',') ?? names;
const unknown = [...only, ...(values.from === undefined ? [] : [values.from])].filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(', ')}. Steps: ${names.join(', ')}.`);
  process.exit(1);
}
if (!existsSync(python)) {
  console.error('No training/.venv: see training/README.md.');
  process.exit(1);
}
const first = values.from === undefined ? 0 : names.indexOf(values.from);
for (const [name, command, ...args] of STEPS.slice(first)) {
  if (!only.includes(name)) continue;
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`\n${name} failed. Once mended, go on with: npm run regenerate -- --from ${name}`);
    process.exit(1);
  }
}
