// SPDX-License-Identifier: Apache-2.0
//
// The rig is trusted to notice everything, so here it is made to: boots a machine per kernel and breaks some of them. About a minute
// under emulation.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildMisbehave, type Misbehaviour } from './misbehave/build.ts';
import { KERNELS } from '../kernel/suite.ts';
import { bootVm, KernelFinding, type Vm } from './vm.ts';

const BOOT_MS = 90_000;
const TEST_MS = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'riptides-vm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(KERNELS)('a machine with kernel %s', (series) => {
  let vm: Vm;
  let misbehave: (what: Misbehaviour) => string;
  beforeAll(async () => {
    misbehave = await buildMisbehave(series, folder);
    vm = await bootVm({ kernel: series, shares: [{ hostPath: folder, guestPath: '/mnt/shared' }] });
  }, BOOT_MS);
  afterAll(async () => {
    await vm?.shutdown();
  }, BOOT_MS);

  test('runs that kernel over the files of the host, which it cannot change', async () => {
    const { stdout, code } = await vm.run(
      'uname -r; hostname; echo changed >/etc/hostname; cat /etc/hostname; pwd',
    );
    expect({ stdout: stdout.split('\n'), code }).toEqual({
      stdout: [vm.kernel.release, 'riptides-vm', 'changed', process.cwd(), ''],
      code: 0,
    });
    expect(vm.kernel.release.startsWith(`${series}.`)).toBe(true);
  });

  test('writes what the host shall keep into a shared folder', async () => {
    await vm.run(`echo kept >/mnt/shared/${series}`);
    expect(await readFile(join(folder, series), 'utf8')).toBe('kept\n');
  });

  test(
    'tells exit status, signal and both outputs of a command',
    async () => {
      expect(await vm.run('echo out; echo err >&2; exit 7')).toEqual({
        code: 7,
        signal: null,
        timedOut: false,
        stdout: 'out\n',
        stderr: 'err\n',
      });
      expect(await vm.run(['/bin/sh', '-c', 'kill -TERM $$'])).toMatchObject({
        code: null,
        signal: 'SIGTERM',
      });
      await expect(vm.run(['/no/such/program'])).rejects.toThrow('/no/such/program');
    },
    TEST_MS,
  );

  test(
    'runs a command as who, where and with what it is told, and with nothing of the host around it',
    async () => {
      const options = { uid: 1234, gid: 2345, cwd: '/tmp', env: { WHO: 'täst' }, stdin: 'line\n' };
      const { stdout } = await vm.run(
        'id -u; id -g; pwd; echo $WHO; cat; env | cut -d= -f1 | sort | tr "\\n" " "',
        options,
      );
      expect(stdout).toBe('1234\n2345\n/tmp\ntäst\nline\nHOME LANG PATH PWD TERM WHO ');
    },
    TEST_MS,
  );

  test(
    'passes a mebibyte through unchanged',
    async () => {
      const text = 'ä0123456789\n'.repeat((1 << 20) / 13);
      const { stdout } = await vm.run(['cat'], { stdin: text });
      expect(stdout.length).toBe(text.length);
      expect(stdout === text).toBe(true);
    },
    TEST_MS,
  );

  test(
    'runs several commands at once, each with its own output',
    async () => {
      const numbers = Array.from({ length: 8 }, (_, index) => index);
      // Each ends when all have begun.
      const all = `[ $(ls -d /tmp/begun.* | wc -l) = ${numbers.length} ]`;
      const results = await Promise.all(
        numbers.map((number) =>
          vm.run(`mkdir /tmp/begun.${number}; until ${all}; do sleep 1; done; echo ${number}`),
        ),
      );
      expect(results.map(({ stdout }) => stdout.trim())).toEqual(numbers.map(String));
    },
    TEST_MS,
  );

  test(
    'kills at the deadline, with everything that the command started',
    async () => {
      const { code, signal, timedOut, stdout } = await vm.run('echo begun; sleep 301 & sleep 302', {
        timeoutMs: 1500,
      });
      expect({ code, signal, timedOut, stdout }).toEqual({
        code: null,
        signal: 'SIGKILL',
        timedOut: true,
        stdout: 'begun\n',
      });
      expect((await vm.run("ps -e -o args | grep -c '^sleep 30[12]'")).stdout).toBe('0\n');
    },
    TEST_MS,
  );

  test(
    'keeps a program running beside others, talks to it and ends it',
    async () => {
      const server = vm.spawn(
        ['node', '-e', 'process.stdin.on("data", (d) => process.stdout.write(`got ${d}`))'],
        { keepInput: true },
      );
      server.write('one\n');
      await server.waitForOutput(/got one/);
      expect((await vm.run(`kill -0 ${await server.started} && echo alive`)).stdout).toBe('alive\n');
      server.kill();
      expect(await server.exited).toMatchObject({ code: null, signal: 'SIGTERM', stdout: 'got one\n' });
    },
    TEST_MS,
  );

  test(
    'has the modules, file systems and network that tests need',
    async () => {
      const { stdout, stderr, code } = await vm.run(`set -e
      modprobe -a tls nf_tables veth
      for mount in /sys/kernel/tracing /sys/kernel/debug /sys/fs/cgroup /dev/pts /dev/shm; do mountpoint -q $mount || echo no $mount; done
      ip link add veth-a type veth peer name veth-b
      unshare --user --net true
      test "$(readlink /proc/1/root)" = /
      test -e /sys/kernel/tracing/events/sched/sched_process_exec`);
      expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: '', code: 0 });
      await vm.checkKernelLog();
    },
    TEST_MS,
  );

  test(
    'notices a warning of the kernel, with where it came from',
    async () => {
      await vm.run(misbehave('warning'));
      const findings = await vm.takeKernelFindings();
      expect(findings).toHaveLength(1);
      expect(findings[0]?.headline).toMatch(/WARNING: .*misbehave/);
      expect(findings[0]?.text).toMatch(/misbehave: as asked[^]*Call Trace:[^]*end trace/);
      // Dealt with: the next test of this machine starts afresh.
      await vm.checkKernelLog();
    },
    TEST_MS,
  );
});

test(
  'a warning that nobody dealt with and an oops are told to whoever waits, and once more by the shutdown',
  async () => {
    const misbehave = await buildMisbehave('6.12', folder);
    const vm = await bootVm({ kernel: '6.12' });
    await vm.run(misbehave('warning'));
    await expect(vm.run('sleep 51', { timeoutMs: 500 })).resolves.toMatchObject({ timedOut: true });

    const waiting = vm.run('sleep 52');
    waiting.catch(() => {});
    const oops = /unable to handle|NULL pointer dereference/i;
    await expect(vm.run(misbehave('oops'))).rejects.toThrow(oops);
    await expect(waiting).rejects.toThrow(KernelFinding);
    const findings = await vm.shutdown().then(
      () => [],
      (error: unknown) => (error instanceof KernelFinding ? error.findings : []),
    );
    const headlines = findings.map(({ headline }) => headline).join('\n');
    expect(headlines).toMatch(/^WARNING: /);
    expect(headlines).toMatch(oops);
    await expect(vm.run('true')).rejects.toThrow('the machine ended');
  },
  BOOT_MS,
);

test(
  'a kernel that cannot boot says why, at once when it ended and at the deadline when it hangs',
  async () => {
    await expect(bootVm({ kernel: '6.12', kernelArgs: ['rdinit=/none'] })).rejects.toThrow(
      /did not come up \(the machine has ended\)[^]*Kernel panic/,
    );
    // Ends long before the machine would, within the time of this test.
    const hanging = bootVm({
      kernel: '6.1',
      bootTimeoutMs: 4000,
      kernelArgs: ['rdinit=/bin/busybox', '--', 'sleep', '1000'],
    });
    await expect(hanging).rejects.toThrow(/did not come up within 4000 ms[^]*\d\.\d{6}\]/);
  },
  BOOT_MS,
);

/** The emulator that a process started, once it is one: before that come helpers, and the program that ties it to its parent. */
async function emulatorOf(pid: number | undefined): Promise<string> {
  for (;;) {
    await sleep(20);
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const child of children.split(' ').filter((text) => text !== '')) {
      const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      if (command.startsWith('qemu')) return child;
    }
  }
}

test(
  'no machine outlives the process that made it, however that ends',
  async () => {
    const script = join(import.meta.dirname, 'run.ts');
    const rig = spawn(process.execPath, [script, '--kernel', '6.12', 'sleep 1000'], { stdio: 'ignore' });
    const ended = once(rig, 'exit');
    const emulator = await emulatorOf(rig.pid).finally(() => rig.kill('SIGKILL'));
    await ended;
    for (let tries = 0; tries < 100 && existsSync(`/proc/${emulator}`); tries += 1) await sleep(20);
    expect(existsSync(`/proc/${emulator}`)).toBe(false);
  },
  BOOT_MS,
);
