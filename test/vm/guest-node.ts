// SPDX-License-Identifier: Apache-2.0
//
// The Node that runs in the guest.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's own, or the one that runs this. Both are files of the host, which the guest sees. */
export function findGuestNode(): string {
  const own = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  return existsSync(own) ? own : process.execPath;
}

/**
 * How to start a JavaScript program in the guest, to be followed by its arguments: on one processor.
 *
 * QEMU 7.2 emulates each processor in a thread of its own, and there one in five programs that compile much WebAssembly, as Node
 * does to strip types, died of SIGSEGV at an address of generated code where only zeros were: 38 of 180, whatever processor was
 * emulated. On one processor none of 60 did, and none of 30 with one thread for all processors. The tests of races are not written
 * in JavaScript, and keep both processors.
 */
export const GUEST_NODE: readonly string[] = ['taskset', '-c', '0', findGuestNode()];
