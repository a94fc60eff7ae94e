// SPDX-License-Identifier: Apache-2.0
// Whoever sleeps in the kernel's send, receive or options must not return through the module: our functions for them end in a jump.
// Only the object code can tell.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, test } from '@jest/globals';

import { ROOT } from '../kernel/suite.ts';
import { findKernel, type KernelSeries } from '../vm/kernels.ts';

/** By object file: how its functions begin, and those that must end in a jump. */
const FUNCTIONS = [
  ['gate', 'gate_', ['bind', 'listen', 'getname', 'release', 'sendmsg', 'setsockopt', 'getsockopt']],
  ['datagrams', 'datagram_', ['release', 'connect', 'sendmsg', 'setsockopt']],
] as const;
/** What they may call: our own functions, which return before the kernel's is jumped to, and what compilers put in. */
const OURS = /^(?:__fentry__|rt_\w+|check_\w+|__asan_\w+|__sanitizer_\w+|__ubsan_\w+)$/;
const BUILD_MS = 300_000;

/** The calls of a function, by name; an indirect one as its thunk. */
function callsOf(disassembly: string, name: string): readonly string[] {
  const body = new RegExp(`<${name}>:\\n((?:.+\\n)+)`).exec(disassembly)?.[1];
  if (body === undefined) throw new Error(`there is no ${name}`);
  // A call within the file has no relocation, and the name of what it calls beside it.
  return [...body.matchAll(/\tcall\b(?:.*<(\w+)>)?.*\n(?:.*R_X86_64_\w+\t([\w.]+))?/g)].map(
    ([, local, to]) => to ?? local ?? 'indirect',
  );
}

describe('a function of the gate that the kernel may sleep below', () => {
  const work = mkdtempSync(join(tmpdir(), 'riptides-tail-calls-'));
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test.each<KernelSeries>(['6.1', '6.12'])(
    'ends in a jump on kernel %s',
    (series) => {
      const folder = join(work, series);
      cpSync(join(ROOT, 'kmod'), folder, { recursive: true });
      const disassemblies = FUNCTIONS.map(([file]) => {
        const object = `${file}.o`;
        execFileSync('make', ['-s', '-C', findKernel(series).tree, `M=${folder}`, object], { stdio: 'pipe' });
        return execFileSync('objdump', ['-dr', '--no-show-raw-insn', join(folder, object)], {
          encoding: 'utf8',
        });
      });
      const calls = FUNCTIONS.flatMap(([, prefix, names], i) =>
        names.flatMap((name) => callsOf(disassemblies[i] ?? '', `${prefix}${name}`)),
      );
      expect(calls.filter((to) => !OURS.test(to))).toEqual([]);
      expect(calls).toContain('check_send');
      // What sleeps below does return: the look is at the right thing.
      expect(callsOf(disassemblies[0] ?? '', 'gate_connect')).not.toEqual([]);
    },
    BUILD_MS,
  );
});
