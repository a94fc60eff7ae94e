// SPDX-License-Identifier: Apache-2.0
// Reads the command line from its source, so that what is generated from it needs no build.

import { globSync, readFileSync } from 'node:fs';
import { Config, type Interfaces } from '@oclif/core';
import { readReference } from '../../src/cli/reference/read.ts';
import type { Reference } from '../../src/cli/reference/types.ts';

/**
 * The reference of the commands in src/commands.
 * @throws Error when a command cannot be loaded: what is generated without it would be wrong
 */
export async function sourceReference(root: string): Promise<Reference> {
  const pjson: Interfaces.PJSON = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const oclif = { ...pjson.oclif, commands: './src/commands', hooks: {} };
  const config = await Config.load({ root, ignoreManifest: true, pjson: { ...pjson, oclif } });
  const files = globSync('**/*.ts', { cwd: `${root}src/commands` });
  const names = files.map((file) => file.replace(/\.ts$/, '').replaceAll('/', ':'));
  const missing = names.filter((name) => config.findCommand(name) === undefined);
  if (missing.length > 0) throw new Error(`these commands cannot be loaded: ${missing.join(', ')}`);
  return readReference(config);
}
