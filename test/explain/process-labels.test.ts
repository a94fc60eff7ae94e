// SPDX-License-Identifier: Apache-2.0

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { KERNEL_LABELS } from '../../src/bundle/generated.ts';
import { compileModel } from '../../src/compiler/compile-model.ts';
import { kernelLabelsAsked, readLabels } from '../../src/explain/process-labels.ts';
import { identity, model, rangeIn, selector } from '../compiler/models.ts';

const read = (pid: number, ...names: readonly string[]) => readLabels(pid, new Set(names));

describe('labels from /proc', () => {
  test('are those that selectors and placeholders ask the kernel for', () => {
    const label = {
      terms: [{ fact: 'label' as const, values: ['process:pid=1', 'process:pid=2', 'k8s:pod:name=x'] }],
      source: rangeIn('s'),
    };
    const { value } = compileModel(
      model([
        identity('a', [label]),
        identity('b/[process:env:TIER]/[process:uid]/[k8s:pod:name]', [selector({ 'process:uid': 1 })], {
          template: true,
        }),
      ]),
    );
    expect(kernelLabelsAsked(value?.bundle ?? new Uint8Array())).toEqual(
      new Set(['process:pid', 'process:env:TIER']),
    );
  });

  test('say of a process what is true of it', () => {
    const child = spawn('/bin/sleep', ['60'], { env: { TIER: 'gold', OTHER: 'x' } });
    const pid = child.pid ?? 0;
    try {
      const hash = createHash('sha256').update(readFileSync('/bin/sleep')).digest('hex');
      const own = readlinkSync('/proc/self/exe');
      expect(read(pid, 'process:pid')).toEqual([`process:pid=${pid}`]);
      expect(read(pid, 'process:binary:hash')).toEqual([`process:binary:hash=sha256:${hash}`]);
      expect(read(pid, 'process:env:TIER')).toEqual(['process:env:TIER=gold']);
      expect(read(pid, 'process:env:TIE')).toEqual([]);
      expect(read(pid, 'process:uid:real')).toEqual([`process:uid:real=${process.getuid?.()}`]);
      expect(read(pid, 'process:parent:binary:path')).toEqual([`process:parent:binary:path=${own}`]);
      expect(read(pid, 'process:ancestor:binary:path')).toContain(`process:ancestor:binary:path=${own}`);
      expect(read(pid, 'process:namespace:uts')).toEqual([
        `process:namespace:uts=${statSync('/proc/self/ns/uts').ino}`,
      ]);
      expect(read(pid, 'process:cgroup')).toEqual(
        [expect.stringMatching(/^process:cgroup=\//)].slice(
          0,
          readFileSync('/proc/self/cgroup', 'utf8').includes('0::') ? 1 : 0,
        ),
      );
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('are all of the supplementary groups, and nothing else where there are none', () => {
    const groups = /^Groups:[\t ]*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    expect(read(process.pid, 'process:gid:additional')).toEqual(
      groups
        .split(' ')
        .filter((group) => group !== '')
        .map((group) => `process:gid:additional=${group}`),
    );
  });

  test('are absent where there is no such process, for each name', () => {
    const names = KERNEL_LABELS.map(({ name, open }) => (open ? `${name}:X` : name)).filter(
      (name) => name !== 'process:pid',
    );
    expect(read(2 ** 30, ...names)).toEqual([]);
  });
});
