// SPDX-License-Identifier: Apache-2.0
//
// The labels that the module collects, and workload IDs that are made of them, on real kernels. About two minutes for each under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LIMITS } from '../../src/bundle/generated.ts';
import { compilePolicy } from '../../src/compiler/compile.ts';
import { openExplainer } from '../../src/explain/explain.ts';
import { parseEndpoint } from '../../src/explain/question.ts';
import type { Policy, Term } from '../core/policy.ts';
import { bundleOf, only, posture } from './policies.ts';
import {
  BOOT_MS,
  bootGuest,
  buildProgram,
  type Guest,
  KERNELS,
  must,
  patience,
  RIPTIDES,
  ROOT,
  TOOLS,
} from './suite.ts';

const PORT = 8001;
const USER = 4321;
const AT = '/opt/labels';

/** A term of one label of several. */
const label = (...values: string[]): Term => ({ fact: 'label', values: values.toSorted() });

/** Processes called `connect` have this workload ID, and are allowed everything. */
const named = (workloadId: string, more: Partial<Policy> = {}): Uint8Array =>
  bundleOf({
    trustDomain: 'example.org',
    egress: 'allow',
    ingress: 'allow',
    services: [],
    identities: [
      {
        workloadId,
        template: true,
        selectors: [[{ fact: 'process:name', values: ['connect'] }]],
        fallback: 'allow',
        rules: [],
      },
    ],
    ...more,
  });

describe.each(KERNELS)('labels on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  let guest: Guest;
  let program: string;

  beforeAll(async () => {
    program = buildProgram('labels');
    guest = await bootGuest(series);
    await guest.load();
    const server = guest.spawn(
      `server = listen('0.0.0.0', ${PORT}, 1000)\nprint('ready')\nwhile True: server.accept()[0].close()`,
    );
    await server.waitForOutput(/ready/);
    const { code, stderr } = await guest.vm.run(
      `mkdir -p ${AT} && cp ${program} ${AT}/connect && cp ${program} ${AT}/parent && cp ${program} ${AT}/other && chmod -R a+rx ${AT} && printf 'x' >> ${AT}/other`,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, BOOT_MS);

  afterAll(async () => {
    await guest?.unload();
    await guest?.vm.checkKernelLog();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  async function shell(script: string, who: { uid?: number; gid?: number } = {}): Promise<string[]> {
    const { stdout, stderr } = await guest.vm.run(script, { timeoutMs: TEST_MS, ...who });
    return `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  }

  /** Allows only processes of the terms, then runs a shell script; its output, a word a line. */
  async function held(terms: readonly Term[], script: string, who: { uid?: number; gid?: number } = {}) {
    await guest.python(`Family().put(bundle)`, { bytes: { bundle: only(...terms) } });
    return shell(script, who);
  }

  const hashOf = async (path: string): Promise<string> =>
    `process:binary:hash=sha256:${(await shell(`sha256sum ${path}`))[0]?.slice(0, 64)}`;

  test(
    'knows the hash of the executable, by whatever path, and not that of another',
    async () => {
      const hash = await hashOf(`${AT}/connect`);
      expect(
        await held(
          [label(hash)],
          `${AT}/connect; ${AT}/connect; ${AT}/other; ${AT}/parent; cp ${AT}/connect /tmp/copy; /tmp/copy
         mkdir -p /tmp/jail && cp ${AT}/connect /tmp/jail && chroot /tmp/jail /connect
         unshare --mount ${AT}/connect; chmod 111 /tmp/copy; /tmp/copy`,
        ),
      ).toEqual(['ok', 'ok', 'EACCES', 'ok', 'ok', 'ok', 'ok', 'ok']);
    },
    TEST_MS,
  );

  test(
    'hashes a file again that was changed in place or replaced, and the one that runs, not the one at its path',
    async () => {
      const hash = await hashOf(`${AT}/connect`);
      expect(
        await held(
          [label(hash)],
          `cp ${AT}/connect ${AT}/changes; sleep 3; ${AT}/changes; ${AT}/changes
         printf x >> ${AT}/changes; ${AT}/changes; truncate -s -1 ${AT}/changes; ${AT}/changes
         sleep 3; ${AT}/changes; ${AT}/changes
         printf y | dd of=${AT}/changes bs=1 seek=200 conv=notrunc status=none; ${AT}/changes
         cp ${AT}/connect ${AT}/new; mv ${AT}/new ${AT}/changes; ${AT}/changes
         ${AT}/changes signals 1 & sleep 1; cp ${AT}/other ${AT}/new; mv ${AT}/new ${AT}/changes; kill -USR1 $!; wait $!; ${AT}/changes
         cp ${AT}/connect ${AT}/busy; ${AT}/busy signals 1 & sleep 1; printf x 2>&1 >> ${AT}/busy | grep -o 'file busy'; kill -USR1 $!; wait $!`,
        ),
      ).toEqual([
        'ok',
        'ok',
        'EACCES',
        'ok',
        'ok',
        'ok',
        'EACCES',
        'ok',
        'ready',
        'ok',
        'EACCES',
        'ready',
        expect.stringMatching(/busy/),
        'ok',
      ]);
    },
    TEST_MS,
  );

  test(
    'has no hash of a file that is too large, of one in memory without a name, or on a file system of a user',
    async () => {
      await shell(`cp ${AT}/connect ${AT}/large; truncate -s 257M ${AT}/large; cp ${AT}/connect ${AT}/edge`);
      const large = await hashOf(`${AT}/large`);
      const hash = await hashOf(`${AT}/connect`);
      expect(await held([label(hash, large)], `${AT}/large; ${AT}/connect`)).toEqual(['EACCES', 'ok']);
      expect(
        await guest.python(
          `
Family().put(bundle)
fd = os.memfd_create('connect')
with open('${AT}/connect', 'rb') as file:
    os.write(fd, file.read())
def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, pass_fds=[fd]).stdout.strip()
def in_user_namespace():
    script = 'mount -t tmpfs none /mnt && cp ${AT}/connect /mnt/connect && /mnt/connect'
    return run('setpriv', '--reuid=${USER}', '--regid=${USER}', '--clear-groups', 'unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script)
tell(memory=run(f'/proc/self/fd/{fd}'), space=in_user_namespace(), known=run('${AT}/connect'))`,
          { bytes: { bundle: only(label(hash)) }, timeoutMs: TEST_MS },
        ),
      ).toEqual({ memory: 'EACCES', space: 'EACCES', known: 'ok' });
      await shell(`rm ${AT}/large`);
    },
    TEST_MS,
  );

  test(
    'does not read a file that a user serves, and waits for nobody',
    async () => {
      const hash = await hashOf(`${AT}/connect`);
      expect(
        await guest.python(
          `
control, folder = '/tmp/fuse-control', '/opt/fuse'
with open(control, 'w') as file:
    file.write('ok')
subprocess.run(['modprobe', 'fuse'], check=True)
os.makedirs(folder, exist_ok=True)
server = subprocess.Popen(['python3', '${TOOLS}/program_fs.py', folder, '${AT}/connect', control], stdout=subprocess.PIPE)
assert server.stdout.readline() == b'ready\\n'
try:
    Family().put(bundle)
    tell(served=subprocess.run([folder + '/program'], stdout=subprocess.PIPE, text=True).stdout.strip())
finally:
    server.kill()
    subprocess.run(['umount', '-l', folder])`,
          { bytes: { bundle: only(label(hash)) }, timeoutMs: TEST_MS },
        ),
      ).toBe('EACCES');
    },
    TEST_MS,
  );

  test(
    'knows the parent and the ancestors by the paths of their executables',
    async () => {
      const parent = label(`process:parent:binary:path=${AT}/parent`);
      const ancestor = label(`process:ancestor:binary:path=${AT}/parent`);
      const run = (program: string) => `${AT}/${program} run`;
      const scripts = `${run('parent')} ${AT}/connect; ${AT}/connect; ${run('other')} ${AT}/connect
        ${run('parent')} ${run('other')} ${AT}/connect; ${run('other')} ${run('parent')} ${AT}/connect`;
      expect(await held([parent], scripts)).toEqual(['ok', 'EACCES', 'EACCES', 'EACCES', 'ok']);
      expect(await held([ancestor], scripts)).toEqual(['ok', 'EACCES', 'EACCES', 'ok', 'ok']);

      // The seventh above the parent is looked at, the eighth is not.
      const deep = (steps: number) => `${run('parent')} ${`${run('other')} `.repeat(steps)}${AT}/connect`;
      expect(await held([ancestor], `${deep(7)}; ${deep(8)}`)).toEqual(['ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'takes an ancestor for what it is to the host, not for what a namespace or a new root call it',
    async () => {
      const parent = label(`process:parent:binary:path=${AT}/parent`);
      await shell(
        `mkdir -p /tmp/jail${AT} && cp ${AT}/parent ${AT}/connect /tmp/jail${AT}; mkdir -p /tmp/evil && cp ${AT}/parent ${AT}/connect /tmp/evil`,
      );
      expect(
        await held(
          [parent],
          `chroot /tmp/jail ${AT}/parent run ${AT}/connect
         unshare --mount sh -c 'mount --bind /tmp/evil ${AT}; ${AT}/parent run ${AT}/connect'
         unshare --mount ${AT}/parent run ${AT}/connect
         ${AT}/parent run /usr/sbin/chroot /tmp/jail ${AT}/connect`,
        ),
      ).toEqual(['EACCES', 'EACCES', 'ok', 'ok']);
    },
    TEST_MS,
  );

  test(
    'knows the parent as it is at the first connection: an orphan has another one, and keeps it',
    async () => {
      const parent = [label(`process:parent:binary:path=${AT}/parent`)];
      expect(await held(parent, `${AT}/parent orphan ${AT}/connect; sleep 2`)).toEqual(['EACCES']);
      // A process can choose a parent that did not start it.
      expect(await held(parent, `${AT}/parent run ${AT}/other sibling ${AT}/connect`)).toEqual(['ok']);
      // What was known before a commit is known after it, whatever has become of the parent.
      expect(
        await guest.python(
          `
family = Family()
family.put(first)
starter = subprocess.Popen(['${AT}/parent', 'run', '${AT}/connect', 'signals', '9'], stdout=subprocess.PIPE, text=True)
assert starter.stdout.readline() == 'ready\\n'
child = int(open(f'/proc/{starter.pid}/task/{starter.pid}/children').read())
told = []
def poke():
    os.kill(child, signal.SIGUSR1)
    told.append(starter.stdout.readline().strip())
poke()
starter.kill()
starter.wait()
poke()
family.put(second)
poke()
os.kill(child, signal.SIGKILL)
tell(told=told)`,
          {
            bytes: { first: only(...parent), second: only(...parent, label('process:cgroup=/')) },
            timeoutMs: TEST_MS,
          },
        ),
      ).toEqual(['ok', 'ok', 'ok']);
    },
    TEST_MS,
  );

  test(
    'knows the cgroup by its path, as the host sees it',
    async () => {
      const enter = (path: string) => `echo $$ > /sys/fs/cgroup${path}/cgroup.procs`;
      await shell('mkdir -p /sys/fs/cgroup/shop/web');
      expect(
        await held(
          [label('process:cgroup=/shop/web')],
          `${AT}/connect; sh -c '${enter('/shop/web')}; ${AT}/connect; unshare --cgroup ${AT}/connect'; sh -c '${enter('/shop')}; ${AT}/connect'`,
        ),
      ).toEqual(['EACCES', 'ok', 'ok', 'EACCES']);
      expect(await held([label('process:cgroup=/')], `${AT}/connect`)).toEqual(['ok']);
    },
    TEST_MS,
  );

  test(
    'knows namespaces as /proc shows them, and whether they are those of the host',
    async () => {
      const kinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'];
      for (const kind of kinds) {
        const flag = kind === 'mnt' ? 'mount' : kind;
        const [inode] = await shell(`stat -Lc %i /proc/1/ns/${kind}`);
        const script = `${AT}/connect; unshare --${flag} ${kind === 'pid' ? '--fork' : ''} sh -c '${kind === 'net' ? 'ip link set lo up;' : ''} ${AT}/connect'`;
        const connects = kind === 'net' ? 'ECONNREFUSED' : 'ok';
        expect([kind, await held([label(`process:namespace:${kind}:host=true`)], script)]).toEqual([
          kind,
          ['ok', 'EACCES'],
        ]);
        expect([kind, await held([label(`process:namespace:${kind}:host=false`)], script)]).toEqual([
          kind,
          ['EACCES', connects],
        ]);
        expect([kind, await held([label(`process:namespace:${kind}=${inode}`)], script)]).toEqual([
          kind,
          ['ok', 'EACCES'],
        ]);
      }
      // It stays what it was at the first connection of the image.
      expect(await held([label('process:namespace:net:host=true')], `${AT}/connect again unshare`)).toEqual([
        'ok',
        'ECONNREFUSED',
      ]);
    },
    3 * TEST_MS,
  );

  test(
    'knows the variables of the environment that the bundle names, as they are at the first connection',
    async () => {
      const tier = [label('process:env:TIER=gold')];
      expect(
        await held(
          tier,
          `TIER=gold ${AT}/connect; TIER=golden ${AT}/connect; XTIER=gold ${AT}/connect; TIER= ${AT}/connect; ${AT}/connect
         A=1 TIER=gold B=2 ${AT}/connect
         TIER=lead ${AT}/connect env TIER gold; TIER=gold ${AT}/connect env TIER lead; ${AT}/connect add TIER gold
         TIER=gold ${AT}/connect again env TIER lead
         python3 -c 'import os; os.execve("${AT}/connect", ["c"], {"X": "y" * 70000, "TIER": "gold"})'
         python3 -c 'import os; os.execve("${AT}/connect", ["c"], {"TIER": "gold", "X": "y" * 70000})'`,
        ),
      ).toEqual([
        'ok',
        'EACCES',
        'EACCES',
        'EACCES',
        'EACCES',
        'ok',
        'ok',
        'EACCES',
        'EACCES',
        'ok',
        'ok',
        'EACCES',
        'ok',
      ]);

      const most = 'x'.repeat(LIMITS.labelLength - 'process:env:LONG='.length);
      expect(
        await held(
          [label(`process:env:LONG=${most}`)],
          `LONG=${most} ${AT}/connect; LONG=${most}x ${AT}/connect`,
        ),
      ).toEqual(['ok', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'looks for other variables when a bundle names others, of as many as it may name',
    async () => {
      const names = Array.from({ length: LIMITS.envNames }, (_, i) => `V${i}`);
      expect(
        await guest.python(
          `
family = Family()
family.put(first)
child = subprocess.Popen(['${AT}/connect', 'signals', '9'], stdout=subprocess.PIPE, text=True, env={'A': 'a', 'B': 'b', **{f'V{i}': 'v' for i in range(${names.length})}})
assert child.stdout.readline() == 'ready\\n'
told = []
for bundle in (first, second, first, many, none, second):
    family.put(bundle)
    child.send_signal(signal.SIGUSR1)
    told.append(child.stdout.readline().strip())
child.kill()
tell(told=told)`,
          {
            bytes: {
              first: only(label('process:env:A=a')),
              second: only(label('process:env:B=b')),
              many: only(...names.map((name) => label(`process:env:${name}=v`))),
              none: posture('deny'),
            },
            timeoutMs: TEST_MS,
          },
        ),
      ).toEqual(['ok', 'ok', 'ok', 'ok', 'EACCES', 'ok']);
    },
    TEST_MS,
  );

  test(
    'knows the real user and group and the supplementary groups, at each connection anew',
    async () => {
      const real = [label(`process:uid:real=${USER}`)];
      expect(await held(real, `${AT}/connect again real ${USER} again real 0`)).toEqual([
        'EACCES',
        'ok',
        'EACCES',
      ]);
      expect(await held(real, `${AT}/connect`, { uid: USER, gid: USER })).toEqual(['ok']);
      expect(await held([label(`process:gid:real=${USER}`)], `${AT}/connect again rgid ${USER}`)).toEqual([
        'EACCES',
        'ok',
      ]);
      const groups = [label('process:gid:additional=27', 'process:gid:additional=65536')];
      expect(
        await held(
          groups,
          `${AT}/connect again groups 27 again groups 1,27,900 again groups 28 again groups 65536 again groups 270`,
        ),
      ).toEqual(['EACCES', 'ok', 'ok', 'EACCES', 'ok', 'EACCES']);
      const all = Array.from({ length: LIMITS.namedGroups }, (_, i) =>
        label(`process:gid:additional=${i + 100}`),
      );
      const list = all.map((_, i) => i + 100).join();
      // A selector has no more terms than this.
      expect(
        await held(all.slice(-LIMITS.selectorTerms), `${AT}/connect groups ${list} again groups 100`),
      ).toEqual(['ok', 'EACCES']);
      expect(await held([label('process:pid=1')], `${AT}/connect`)).toEqual(['EACCES']);
    },
    TEST_MS,
  );

  test(
    'decides a connection that is up by what is known of its process',
    async () => {
      expect(
        await guest.python(
          `
def up():
    made = client('127.0.0.1')
    made.connect(server.getsockname())
    kept.append(server.accept()[0])
    return made
def is_up(made):
    made.settimeout(1)
    try:
        made.recv(1)
    except TimeoutError:
        return True
    except ConnectionAbortedError:
        return False
kept, server, family, told = [], listen(), Family(), {}
family.put(allow)
before = up()
family.put(mine)
told['was not collected'] = is_up(before)
made = up()
family.put(also)
told['was collected'] = is_up(made)
family.put(other)
told['is another'] = is_up(made)
tell(**told)`,
          {
            bytes: {
              allow: posture('allow'),
              mine: only(label('process:namespace:net:host=true')),
              also: only(label('process:namespace:net:host=true', 'process:pid=1')),
              other: only(label('process:namespace:net:host=false')),
            },
            timeoutMs: TEST_MS,
          },
        ),
      ).toEqual({ 'was not collected': false, 'was collected': true, 'is another': false });
    },
    TEST_MS,
  );

  test(
    'makes the workload ID of the facts of a process, and refuses where it cannot',
    async () => {
      const bytes = {
        env: named('users/[process:env:NAME]/[process:uid]'),
        user: named('users/[process:gid]'),
        audit: named('users/[process:env:NAME]'),
      };
      const told = (await guest.python(
        `
family, told = Family(), {}
family.put(env)
before, trace = family.info()['counters'], Trace()
def run(name):
    own = {} if name is None else {'NAME': name}
    return subprocess.run(['${AT}/connect'], stdout=subprocess.PIPE, text=True, env=own).stdout.strip()
told['env'] = [run(name) for name in ('web', 'a/b', '..', '.', '', 'x y', None, 'x' * 1500, 'x' * 1000)]
lines = trace.stop()
after = family.info()['counters']
told['trace'] = [line.split(' filling=')[1].split()[0] for line in lines if 'connect' in line.split(' comm=')[1]]
told['counted'] = [after[name] - before[name] for name in ('unfilled', 'connectDenied')]
family.put(user)
told['user'] = run(None)
tell(**told)`,
        { bytes, timeoutMs: TEST_MS },
      )) as { env: string[]; trace: string[]; counted: number[]; user: string };
      expect(told).toEqual({
        env: ['ok', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES', 'ok'],
        trace: ['done', 'unfit', 'unfit', 'unfit', 'unfit', 'unfit', 'missing', 'missing', 'done'],
        counted: [7, 7],
        user: 'ok',
      });
    },
    TEST_MS,
  );

  test(
    'the command line explains what the kernel does, and lists the connections with their workload IDs',
    async () => {
      const policy = `${ROOT}test/kernel/policies/labels`;
      const options = { timeoutMs: 2 * TEST_MS };
      await must(guest.vm, `${RIPTIDES} apply ${policy} --yes`, options);
      const compiled = await compilePolicy([policy]);
      if (compiled.value === undefined) throw new Error('the policy is not valid');
      const explainer = openExplainer(compiled.value);
      const cases: readonly Readonly<Record<string, string>>[] = [
        { ZONE: 'a', TIER: 'gold' },
        { ZONE: 'b', TIER: 'x'.repeat(1000) },
        { ZONE: 'a' },
        { ZONE: 'c', TIER: 'gold' },
        { TIER: 'gold' },
        { ZONE: 'b', TIER: 'a/b' },
        { ZONE: 'b', TIER: '..' },
        { ZONE: 'b', TIER: '' },
      ];
      const told = (await guest.python(
        `
told, trace = [], Trace()
for env in json.loads('${JSON.stringify(cases)}'):
    child = subprocess.Popen(['${AT}/connect'], stdout=subprocess.PIPE, text=True, env=env)
    told.append([child.pid, child.communicate()[0].strip()])
lines = trace.stop()
def seen(pid):
    line, = [line for line in lines if f' pid={pid} ' in line]
    word = lambda name: line.split(f' {name}=')[1].split()[0]
    return [line.split(' connect ')[1].split()[0], int(word('rule')), word('filling')]
tell(told=[[errno, *seen(pid)] for pid, errno in told])`,
        options,
      )) as [string, string, number, string][];
      const explained = cases.map((env) => {
        const { verdict, errno, rule, identity } = explainer.explain({
          direction: 'output',
          facts: {
            'process:uid': 0,
            labels: [
              ...Object.entries(env).map(([name, value]) => `process:env:${name}=${value}`),
              'process:namespace:net:host=true',
            ],
          },
          connection: { remote: parseEndpoint(`127.0.0.1:${PORT}`) },
        });
        return [errno ?? 'ok', verdict, rule.id, identity?.unfilled ?? 'done'];
      });
      expect(told).toEqual(explained);
      expect(new Set(explained.map(([, verdict]) => verdict))).toEqual(new Set(['allow', 'audit', 'deny']));

      const held = guest.vm.spawn(
        [
          'python3',
          '-c',
          `import socket, time; made = socket.create_connection(('127.0.0.1', ${PORT})); print('up', flush=True); time.sleep(600)`,
        ],
        { env: { ZONE: 'a', TIER: 'gold' }, timeoutMs: 5 * TEST_MS },
      );
      await held.waitForOutput(/up/);
      const listed = JSON.parse(
        await must(guest.vm, `${RIPTIDES} connections ${policy} --identity tiers/gold/0 --json`, options),
      );
      expect(listed.connections).toMatchObject([
        {
          identity: 'tiers/gold/0',
          process: {
            labels: expect.arrayContaining([
              'process:env:ZONE=a',
              'process:env:TIER=gold',
              'process:namespace:net:host=true',
            ]),
          },
        },
      ]);
      held.kill('SIGKILL');
      expect(await must(guest.vm, `${RIPTIDES} module info`, options)).toMatch(
        /inbound, names, labels, templates/,
      );
    },
    4 * TEST_MS,
  );
});
