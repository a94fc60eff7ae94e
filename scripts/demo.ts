// SPDX-License-Identifier: Apache-2.0
// `make demo`: tells the story of one policy on a stock kernel in a virtual machine, and where none can be had, on the embedded target.

import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify, styleText } from 'node:util';
import { buildModule } from '../src/module/build.ts';
import { GUEST_NODE } from '../test/vm/guest-node.ts';
import { findKernel, toSeries, type KernelSeries } from '../test/vm/kernels.ts';
import { bootVm, type Vm } from '../test/vm/vm.ts';
import { Narrator, StoryBroken, type Stage } from './demo/narrator.ts';
import { tell } from './demo/story.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = join(root, 'policies/examples/shop');
const RIPTIDES = join(root, 'bin/riptides.js');
const launcher = (node: readonly string[]) =>
  `#!/bin/sh\nexec ${node.map((word) => `"${word}"`).join(' ')} "${RIPTIDES}" "$@"\n`;
const GUEST_POLICY = '/srv/shop';
/** Far more than any step needs, also under emulation on a busy machine. */
const STEP_SECONDS = 300;

/** Prepares the guest: addresses, users' programs, something that answers, and the policy in git. */
const GUEST_SETUP = `set -e
ip addr add 10.20.0.20/32 dev lo
mkdir -p /opt/shop/bin ${GUEST_POLICY} /srv/api /usr/local/bin
cp /usr/bin/curl /opt/shop/bin/web
echo 'the API answers' > /srv/api/index.html
cat > /usr/local/bin/riptides <<'END'
${launcher(GUEST_NODE)}END
chmod 755 /usr/local/bin/riptides
cp -r ${EXAMPLE}/. ${GUEST_POLICY}
rm -rf ${GUEST_POLICY}/.riptides
cd ${GUEST_POLICY}
git init -q -b main && git add -A && git -c user.name=operator -c user.email=operator@shop.example commit -qm 'the policy of the shop'
git config user.name operator && git config user.email operator@shop.example
`;

function vmStage(vm: Vm): Stage {
  return {
    async run(command, as, onLine) {
      const lines = splitLines(onLine);
      const result = await vm.run(`${command} 2>&1`, {
        cwd: GUEST_POLICY,
        uid: as.uid,
        gid: as.uid,
        timeoutMs: STEP_SECONDS * 1000,
        onOutput: (_stream, chunk) => lines.push(chunk),
      });
      lines.end();
      if (result.timedOut) throw new StoryBroken(`"${command}" did not end within ${STEP_SECONDS} s`);
      return result.code ?? 1;
    },
  };
}

function localStage(directory: string, programs: string): Stage {
  return {
    async run(command, _as, onLine) {
      const child = spawn('/bin/sh', ['-c', `${command} 2>&1`], {
        cwd: directory,
        env: {
          ...process.env,
          RIPTIDES_TARGET: 'embedded',
          PATH: `${programs}:${process.env['PATH'] ?? ''}`,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      createInterface({ input: child.stdout }).on('line', onLine);
      return await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
    },
  };
}

function splitLines(onLine: (line: string) => void): { push(chunk: string): void; end(): void } {
  let rest = '';
  return {
    push(chunk) {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(onLine);
    },
    end() {
      if (rest !== '') onLine(rest);
    },
  };
}

async function onKernel(series: KernelSeries): Promise<void> {
  const kernel = findKernel(series);
  console.log(`Building the module for ${kernel.release}`);
  const { path: module } = await buildModule({ release: kernel.release, kernelTree: kernel.tree });
  console.log(`Booting ${kernel.release}`);
  const vm = await bootVm({ kernel: series });
  try {
    const setup = await vm.run(GUEST_SETUP);
    if (setup.code !== 0) throw new Error(`the guest could not be prepared:\n${setup.stdout}${setup.stderr}`);
    vm.spawn('exec python3 -m http.server --bind 10.20.0.20 --directory /srv/api 8080');
    await waitForServer(vm);
    await tell(new Narrator(vmStage(vm)), {
      target: 'kernel',
      description: `a virtual machine with Debian's kernel ${kernel.release}`,
      module,
    });
    await vm.shutdown();
  } finally {
    vm.destroy();
  }
}

async function waitForServer(vm: Vm): Promise<void> {
  const waited = await vm.run(
    'for i in $(seq 100); do curl -s -o /dev/null http://10.20.0.20:8080/ && exit 0; sleep 0.2; done; exit 1',
  );
  if (waited.code !== 0) throw new Error('the API of the demo did not start');
}

async function onEmbedded(reason: string): Promise<void> {
  console.log(`No virtual machine can be had here: ${reason}`);
  console.log('The story is told on the embedded target, which decides the same and enforces nothing.');
  const directory = await mkdtemp(join(tmpdir(), 'riptides-demo-'));
  const programs = await mkdtemp(join(tmpdir(), 'riptides-demo-programs-'));
  try {
    await writeFile(join(programs, 'riptides'), launcher([process.execPath]), { mode: 0o755 });
    await cp(EXAMPLE, directory, { recursive: true, filter: (path) => !path.endsWith('.riptides') });
    const git = (...args: string[]) =>
      execute('git', ['-c', 'user.name=operator', '-c', 'user.email=operator@shop.example', ...args], {
        cwd: directory,
      });
    await git('init', '-q', '-b', 'main');
    await git('config', 'user.name', 'operator');
    await git('config', 'user.email', 'operator@shop.example');
    await git('add', '-A');
    await git('commit', '-qm', 'the policy of the shop');
    await tell(new Narrator(localStage(directory, programs)), {
      target: 'embedded',
      description: 'the embedded target',
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
    await rm(programs, { recursive: true, force: true });
  }
}

/** Why no machine can be booted, or undefined. */
function missingForVm(series: KernelSeries): string | undefined {
  try {
    findKernel(series);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const { values } = parseArgs({
  options: { kernel: { type: 'string', default: '6.12' }, embedded: { type: 'boolean', default: false } },
});
try {
  const kernel = toSeries(values.kernel);
  const missing = values.embedded ? 'the embedded target was asked for' : missingForVm(kernel);
  if (missing === undefined) await onKernel(kernel);
  else await onEmbedded(missing);
  console.log(
    `\n${styleText('green', 'The end.')} Read README.md for what you saw, and policies/examples/ for the policy.`,
  );
} catch (error) {
  if (!(error instanceof StoryBroken)) throw error;
  console.error(`\nThe story is broken: ${error.message}`);
  process.exitCode = 1;
}
