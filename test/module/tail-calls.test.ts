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

const FUNCTIONS = ['bind', 'listen', 'getname', 'release', 'sendmsg', 'setsockopt', 'getsockopt'];
const BUILD_MS = 300_000;

/** The calls of a function, by name; an indirect one as its thunk. */
function callsOf(disassembly: string, name: string): readonly string[] {
  const body = new RegExp(`<gate_${name}>:\\n((?:.+\\n)+)`).exec(disassembly)?.[1];
  if (body === undefined) throw new Error(`there is no gate_${name}`);
  return [...body.matchAll(/\tcall\b.*\n(?:.*R_X86_64_\w+\t([\w.]+))?/g)].map(([, to]) => to ?? 'indirect');
}

describe('a function of the gate that the kernel may sleep below', () => {
  const work = mkdtempSync(join(tmpdir(), 'riptides-tail-calls-'));
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test.each<KernelSeries>(['6.1', '6.12'])(
    'ends in a jump on kernel %s',
    (series) => {
      const folder = join(work, series);
      cpSync(join(ROOT, 'kmod'), folder, { recursive: true });
      execFileSync('make', ['-s', '-C', findKernel(series).tree, `M=${folder}`, 'gate.o'], { stdio: 'pipe' });
      const disassembly = execFileSync('objdump', ['-dr', '--no-show-raw-insn', join(folder, 'gate.o')], {
        encoding: 'utf8',
      });
      const unexpected = FUNCTIONS.flatMap((name) => callsOf(disassembly, name)).filter(
        (to) => !/^(?:__fentry__|rt_\w+|__asan_\w+|__sanitizer_\w+|__ubsan_\w+)$/.test(to),
      );
      expect(unexpected).toEqual([]);
      // What sleeps below does return: the look is at the right thing.
      expect(callsOf(disassembly, 'connect')).not.toEqual([]);
    },
    BUILD_MS,
  );
});
