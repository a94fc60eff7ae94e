// SPDX-License-Identifier: Apache-2.0

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file of the package, by its path from the root. The built command line is bundled, so a module cannot know how far away that is. */
export function packageFile(path: string): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return join(directory, path);
}
