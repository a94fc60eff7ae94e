// SPDX-License-Identifier: Apache-2.0
// The last step of `npm run build`: what TypeScript leaves behind in src/ goes to the same place in dist/.

import { cpSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const path of globSync('**/*.wasm', { cwd: `${root}src` })) {
  cpSync(`${root}src/${path}`, `${root}dist/${path}`);
}
