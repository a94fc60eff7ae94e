// SPDX-License-Identifier: Apache-2.0
// The last step of `npm run build`: runs the commands that people wait for, and keeps what V8 compiled for them (docs/decisions/build.md).

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../bin/load.js';

const COMMANDS = [
  'help',
  'validate --help',
  'validate',
  'lint',
  'test',
  'fmt --check',
  'explain --path /usr/bin/curl --uid 1001 --to 10.20.0.20:8080',
  'diff . .',
  'plan --target embedded',
];
/** Exit codes: fine, and warnings about the example. */
const RAN = [0, 3];

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'dist/riptides.cjs');
// Neither the environment nor what was applied here has a part in the build.
for (const name of Object.keys(process.env)) if (name.startsWith('RIPTIDES_')) delete process.env[name];
const directory = mkdtempSync(join(tmpdir(), 'riptides-build-'));
process.env['XDG_STATE_HOME'] = directory;
cpSync(join(root, 'policies/examples/shop'), join(directory, 'shop'), {
  recursive: true,
  filter: (path) => basename(path) !== '.riptides',
});
process.chdir(join(directory, 'shop'));
let printed = '';
process.stdout.write = process.stderr.write = print;
try {
  const { exports, writeCodeCache } = load(file);
  for (const command of COMMANDS) {
    printed = '';
    await exports.main(command.split(' '), import.meta.url);
    const code = Number(process.exitCode ?? 0);
    if (!RAN.includes(code)) throw new Error(`riptides ${command} ended with ${code}: ${printed}`);
  }
  process.exitCode = 0;
  writeCodeCache();
} finally {
  rmSync(directory, { recursive: true });
}

function print(chunk: string | Uint8Array, encoding?: unknown, written: unknown = encoding): boolean {
  printed += String(chunk);
  if (typeof written === 'function') written();
  return true;
}
