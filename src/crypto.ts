// SPDX-License-Identifier: Apache-2.0
// Digests and random bytes for what runs at each start: to load node:crypto takes as long as a quarter of Node's own start, and many
// commands use nothing of it.

import type Crypto from 'node:crypto';
import { createRequire } from 'node:module';

function load(): typeof Crypto {
  return createRequire(import.meta.filename)('node:crypto');
}

/** SHA-256, in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return load().createHash('sha256').update(data).digest('hex');
}

/** Random bytes that nobody can foresee, in hexadecimal. */
export function randomHex(bytes: number): string {
  return load().randomBytes(bytes).toString('hex');
}
