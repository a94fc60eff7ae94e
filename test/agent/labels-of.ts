// SPDX-License-Identifier: Apache-2.0

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../bin/riptides.js');

/** What `riptides labels` prints of a process. Servers of the test answer meanwhile. */
export async function labelsOf(
  pid: number | undefined,
  config: string,
  ...flags: readonly string[]
): Promise<string> {
  return new Promise((resolve) => {
    const args = [BIN, 'labels', String(pid), '--config', config, ...flags];
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

/** Writes a configuration with these labels to a file, and gives its path. */
export function writeConfiguration(file: string, labels: object): string {
  const spec = JSON.stringify({ labels });
  writeFileSync(file, `apiVersion: core.riptides.io/v1alpha1\nkind: AgentConfiguration\nspec: ${spec}\n`);
  return file;
}
