// SPDX-License-Identifier: Apache-2.0
//
// The agent of the command line and the module, with a policy that looks at labels. A minute for each kernel under emulation.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SpawnHandle } from '../vm/types.ts';
import { BOOT_MS, bootGuest, type Guest, KERNELS, must, patience, RIPTIDES } from './suite.ts';

const POLICY = `
apiVersion: core.riptides.io/v1alpha1
kind: Project
metadata: { name: host }
spec:
  trustDomain: host.example
  defaultPosture: { egress: deny }
---
apiVersion: core.riptides.io/v1alpha1
kind: Service
metadata: { name: here }
spec:
  labels: { at: here }
  addresses: [{ address: 127.0.0.1, port: 8001 }, { address: no-such-host.invalid, port: 8001 }]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: unit }
spec:
  workloadID: unit/web
  selectors: [{ systemd:unit: web.service }]
  egress: [{ selectors: [{ at: here }] }]
---
apiVersion: core.riptides.io/v1alpha1
kind: WorkloadIdentity
metadata: { name: role }
spec:
  workloadID: role/web
  selectors: [{ static:role: web }]
  egress: [{ selectors: [{ at: here }] }]
`;
const configuration = (labels: string): string => `
apiVersion: core.riptides.io/v1alpha1
kind: AgentConfiguration
spec:
  labels: ${labels}
`;

describe.each(KERNELS)('riptides agent on kernel %s', (series) => {
  const TEST_MS = 120_000 * patience(series);
  const options = { timeoutMs: TEST_MS };
  let guest: Guest;
  let agent: SpawnHandle;

  const write = (path: string, text: string): Promise<string> =>
    must(guest.vm, `mkdir -p $(dirname ${path}); cat > ${path} <<'END'\n${text}\nEND`);
  const startAgent = async (): Promise<void> => {
    agent = guest.vm.spawn(`exec ${RIPTIDES} agent --config /run/agent.yaml --log-level debug`, options);
    await agent.waitForOutput(/attached to the kernel/, TEST_MS);
  };
  const setup = `
server = listen('127.0.0.1', 8001)
echo(server)
`;

  beforeAll(async () => {
    guest = await bootGuest(series);
    await guest.load();
    await write('/run/policy/riptides.yaml', POLICY);
    await write('/run/agent.yaml', configuration('{ systemd: { enabled: true }, node: { enabled: false } }'));
    await must(guest.vm, `${RIPTIDES} apply /run/policy --yes`, options);
    await startAgent();
  }, BOOT_MS + TEST_MS);

  afterAll(async () => {
    agent?.kill();
    await guest?.unload();
    await guest?.vm.shutdown();
  }, BOOT_MS);

  test(
    'lets a unit connect, and nobody else',
    async () => {
      expect(
        await guest.python(`${setup}
root = '/sys/fs/cgroup'
if not os.path.exists(root + '/cgroup.procs'):
    subprocess.run(['mount', '-t', 'cgroup2', 'cgroup2', root], check=True)
def within(path):
    os.makedirs(root + path, exist_ok=True)
    def work():
        with open(root + path + '/cgroup.procs', 'w') as file:
            file.write('0')
        return connect('127.0.0.1', 8001)
    return in_child(work)()
# The first time the agent may take longer than a connection waits, on a machine that does other things as well.
end = time.monotonic() + 20
while within('/system.slice/web.service') != 'ok' and time.monotonic() < end:
    pass
tell(
    unit=within('/system.slice/web.service'),
    other=within('/system.slice/other.service'),
    nobody=in_child(lambda: connect('127.0.0.1', 8001))(),
    again=within('/system.slice/web.service'),
    agent=Family().info()['agent'] > 0,
)
`),
      ).toEqual({ unit: 'ok', other: 'EACCES', nobody: 'EACCES', again: 'ok', agent: true });
    },
    TEST_MS,
  );

  test(
    'names the host names whose addresses it cannot find out',
    async () => {
      expect(await agent.waitForOutput(/host names whose addresses are not known now/, TEST_MS)).toMatch(
        /"count":1,"first":\["no-such-host\.invalid: /,
      );
    },
    TEST_MS,
  );

  test(
    'reads its configuration again: connections come and go with what it says',
    async () => {
      const before = configuration('{ systemd: { enabled: true }, node: { enabled: false } }');
      const after = configuration(
        '{ systemd: { enabled: true }, static: { role: web }, node: { enabled: false } }',
      );
      await write('/run/broken.yaml', configuration('{ statics: {} }'));
      expect(
        await guest.python(
          `${setup}
import shutil
agent = Family().info()['agent']
def configure(text):
    with open('/run/agent.yaml', 'w') as file:
        file.write(text)
    os.kill(agent, signal.SIGHUP)
def until(expected, within=10):
    end = time.monotonic() + within
    while time.monotonic() < end:
        result = connect('127.0.0.1', 8001)
        if result == expected:
            return result
        time.sleep(0.1)
    return result
told = [connect('127.0.0.1', 8001)]
configure(after.decode())
told.append(until('ok'))
made = client('127.0.0.1')
made.connect(('127.0.0.1', 8001))
with open('/run/broken.yaml') as file:
    configure(file.read())
time.sleep(1)
made.sendall(b'x')
told.append(made.recv(1).decode())
configure(before.decode())
made.settimeout(10)
told.append(attempt(made.recv, 1))
told.append(until('EACCES'))
tell(told=told)
`,
          { bytes: { before: Buffer.from(before), after: Buffer.from(after) }, timeoutMs: TEST_MS },
        ),
      ).toEqual(['EACCES', 'ok', 'x', 'ECONNABORTED', 'EACCES']);
      expect(await agent.waitForOutput(/RTP\d+.*\n.*the one before stays in force/)).toContain('statics');
    },
    TEST_MS,
  );

  test(
    'is there again after an upgrade of the module, and ends at SIGTERM',
    async () => {
      await must(
        guest.vm,
        `${RIPTIDES} module upgrade '${guest.module}' --previous '${guest.module}'`,
        options,
      );
      expect(
        await guest.python(`
end = time.monotonic() + 10
while 'agent' not in Family().info() and time.monotonic() < end:
    time.sleep(0.2)
info = Family().info()
agent = info.get('agent', 0)
os.kill(agent, signal.SIGTERM)
tell(agent=agent > 0)
`),
      ).toBe(true);
      expect(await agent.exited).toMatchObject({ code: 0 });
    },
    TEST_MS,
  );
});
