// SPDX-License-Identifier: Apache-2.0
// The last step of `npm run build`: the table of the commands, so that starting one does not load all of them.

import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}oclif.manifest.json`;

// One that cannot be made is better missing than old.
rmSync(file, { force: true });
const plugin = new Plugin({ root, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(file, `${JSON.stringify(plugin.manifest)}\n`);
