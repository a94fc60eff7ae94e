// SPDX-License-Identifier: Apache-2.0
//
// Host names as destinations: what the agent says of them. Half a minute for each kernel under emulation.

import { describe, expect, test } from '@jest/globals';
import { openBundle } from '../../src/bundle/core.ts';
import { named, posture } from './policies.ts';
import { KERNELS, must, patience, RIPTIDES, useGuest } from './suite.ts';

const API = 'api.example.com';

describe.each(KERNELS)('the name of a destination, on kernel %s', (series) => {
  const TEST_MS = 60_000 * patience(series);
  const guest = useGuest(series, { loaded: true });
  const bytes = {
    api: named({ names: [[API]] }),
    kept: named({ names: [[API]], keep: true }),
    other: named({ names: [['other.example.com']] }),
    two: named({ names: [[API], ['cdn.example.net', 'audit']] }),
    refusing: named({ names: [['bad.example.com', 'deny'], [API]] }),
    any: named({ names: [['a.x']], ending: '.example.com' }),
    many: named({ names: Array.from({ length: 300 }, (_, i) => [`n${i}.x`] as const) }),
    nameless: posture('allow'),
  };
  const python = (script: string): Promise<unknown> =>
    guest.python(
      `
family = Family()
server = echo(listen('::', 8001))
reach = lambda address: connect(address, 8001)
API = '${API}'
${script}`,
      { bytes, timeoutMs: TEST_MS },
    );

  test(
    'leads to the addresses that the agent says, and to no others',
    async () => {
      expect(
        await python(`
subprocess.run('ip addr add fd00:77::1/128 dev lo', shell=True, check=True)
family.put(api)
told = [reach('127.0.0.5')]
family.set_name(API, ('127.0.0.5', 60), ('fd00:77::1', 60))
told += [reach('127.0.0.5'), reach('::ffff:127.0.0.5'), reach('fd00:77::1'), reach('127.0.0.6'), family.names()]
family.set_name(API, ('127.0.0.6', 60))
told += [reach('127.0.0.5'), reach('fd00:77::1'), reach('127.0.0.6'), family.names()]
family.set_name(API)
told += [reach('127.0.0.6'), family.names()]
tell(told=told)`),
      ).toEqual([
        'EACCES',
        'ok',
        'ok',
        'ok',
        'EACCES',
        { [API]: { '127.0.0.5': 'agent', 'fd00:77::1': 'agent' } },
        'EACCES',
        'EACCES',
        'ok',
        { [API]: { '127.0.0.6': 'agent' } },
        'EACCES',
        {},
      ]);
    },
    TEST_MS,
  );

  test(
    'that loses an address closes the connections to it, and no others',
    async () => {
      expect(
        await python(`
family.put(api)
family.set_name(API, ('127.0.0.5', 60), ('127.0.0.6', 60))
gone, stays = client('127.0.0.5'), client('127.0.0.6')
gone.connect(('127.0.0.5', 8001)); stays.connect(('127.0.0.6', 8001))
before = family.info()['counters']['revoked']
family.set_name(API, ('127.0.0.6', 60))
gone.settimeout(${10 * patience(series)})
told = [attempt(gone.recv, 1), family.info()['counters']['revoked'] - before]
stays.sendall(b'x'); told.append(stays.recv(1).decode())
family.set_name(API, ('127.0.0.6', 2))
stays.settimeout(${10 * patience(series)})
began = time.monotonic()
told += [attempt(stays.recv, 1), time.monotonic() - began > 1.5, reach('127.0.0.6'), family.names()]
tell(told=told)`),
      ).toEqual(['ECONNABORTED', 1, 'x', 'ECONNABORTED', true, 'EACCES', {}]);
    },
    TEST_MS,
  );

  test(
    'that loses an address leaves connections up where the policy keeps them',
    async () => {
      expect(
        await python(`
family.put(kept)
family.set_name(API, ('127.0.0.5', 60))
made = client('127.0.0.5'); made.connect(('127.0.0.5', 8001))
family.set_name(API)
time.sleep(3)
made.sendall(b'x')
tell(told=[made.recv(1).decode(), reach('127.0.0.5')])`),
      ).toEqual(['x', 'EACCES']);
    },
    TEST_MS,
  );

  test(
    'that shares an address with others leads to the first rule of any of them',
    async () => {
      expect(
        await python(`
def decided(address):
    before = family.info()['counters']
    reach(address)
    after = family.info()['counters']
    return [name for name in after if after[name] != before[name] and name.startswith('connect')]
told = []
family.put(two)
family.set_name('cdn.example.net', ('127.0.0.5', 60))
told.append(decided('127.0.0.5'))
family.set_name(API, ('127.0.0.5', 60))
told.append(decided('127.0.0.5'))
family.set_name('cdn.example.net')
told.append(decided('127.0.0.5'))
family.put(refusing)
told.append(decided('127.0.0.5'))
family.set_name('bad.example.com', ('127.0.0.5', 60))
told.append(decided('127.0.0.5'))
tell(told=told)`),
      ).toEqual([
        ['connectAudited'],
        ['connectAllowed'],
        ['connectAllowed'],
        ['connectAllowed'],
        ['connectDenied'],
      ]);
    },
    TEST_MS,
  );

  test(
    'closes connections also when it gains an address that an earlier rule denies',
    async () => {
      expect(
        await python(`
family.put(refusing)
family.set_name(API, ('127.0.0.5', 60))
made = client('127.0.0.5'); made.connect(('127.0.0.5', 8001))
family.set_name('bad.example.com', ('127.0.0.5', 60))
made.settimeout(${10 * patience(series)})
tell(told=attempt(made.recv, 1))`),
      ).toEqual('ECONNABORTED');
    },
    TEST_MS,
  );

  test(
    'is one that a condition asks for, by its end as well',
    async () => {
      expect(
        await python(`
family.put(any)
told = [attempt(family.set_name, 'x.example.org', ('127.0.0.5', 60))]
for name in ('x.example.com', 'a.x', 'y.z.example.com'):
    family.set_name(name, ('127.0.0.5', 60))
    told.append(reach('127.0.0.5'))
    family.set_name(name)
told.append(reach('127.0.0.5'))
tell(told=told)`),
      ).toEqual([
        ['ENOENT', 'the bundle in force does not look at x.example.org: nothing was changed'],
        'ok',
        'ok',
        'ok',
        'EACCES',
      ]);
    },
    TEST_MS,
  );

  test(
    'is forgotten when no bundle looks at it any more, and kept by one that does',
    async () => {
      expect(
        await python(`
family.put(api)
family.set_name(API, ('127.0.0.5', 60))
made = client('127.0.0.5'); made.connect(('127.0.0.5', 8001))
family.put(two)
made.sendall(b'x')
told = [made.recv(1).decode(), family.names()]
family.put(other)
told += [attempt(made.recv, 1), until(lambda: not family.names()), reach('127.0.0.5')]
family.rollback()
told += [reach('127.0.0.5')]
family.set_name(API, ('127.0.0.5', 60))
family.put(nameless)
told += [until(lambda: not family.names()), attempt(family.set_name, API)[0]]
tell(told=told)`),
      ).toEqual([
        'x',
        { [API]: { '127.0.0.5': 'agent' } },
        'ECONNABORTED',
        true,
        'EACCES',
        'EACCES',
        true,
        'ENOENT',
      ]);
    },
    TEST_MS,
  );

  test(
    'is not changed by what is refused',
    async () => {
      expect(
        await python(`
told = [attempt(family.set_name, API, ('127.0.0.5', 60))]
family.put(api)
family.set_name(API, ('127.0.0.5', 60))
good = packed_address('127.0.0.6') + u32(60)
for attrs in (
    [],
    [(2, good)],
    [(1, API.encode()), (2, good[:-1])],
    [(1, API.encode()), (2, good + b'x')],
    [(1, b'')],
    [(1, b'x' * 254)],
    [(1, API.upper().encode())],
    [(1, b'api.example.com\\0')],
    [(1, b'unknown.example.com'), (2, good)],
    [(1, API.encode()), (2, good * 257)],
    [(1, API.encode()), (2, good + packed_address('127.0.0.7') + u32(0))],
    [(1, API.encode()), (2, good + packed_address('127.0.0.7') + u32(604801))],
    [(1, API.encode()), (2, good + packed_address('127.0.0.7') + u32(0xffffffff))],
    [(1, API.encode()), (2, good + packed_address('0.0.0.0') + u32(60))],
    [(1, API.encode()), (2, good + packed_address('::') + u32(60))],
    [(1, API.encode()), (2, good + packed_address('224.0.0.1') + u32(60))],
    [(1, API.encode()), (2, good + packed_address('ff02::1') + u32(60))],
):
    told.append(attempt(family.ask, NAMES_SET, attrs)[0])
told += [family.names(), reach('127.0.0.6')]
for attrs in ([(1, b'x' * 15)], [(1, bytes(16))], [(1, packed_address('127.0.0.1') * 9)], [(2, u32(0))], [(2, u32(86401))]):
    told.append(attempt(family.ask, RESOLVERS_SET, attrs)[0])
family.set_name(API, ('127.0.0.5', 604800))
tell(told=told)`),
      ).toEqual([
        ['ENOENT', `the bundle in force does not look at ${API}: nothing was changed`],
        'EINVAL',
        'EINVAL',
        'ERANGE',
        'EINVAL',
        'ERANGE',
        'ERANGE',
        'EINVAL',
        'EINVAL',
        'ENOENT',
        'ERANGE',
        'EINVAL',
        'EINVAL',
        'EINVAL',
        'EINVAL',
        'EINVAL',
        'EINVAL',
        'EINVAL',
        { [API]: { '127.0.0.5': 'agent' } },
        'EACCES',
        'ERANGE',
        'EINVAL',
        'ERANGE',
        'ERANGE',
        'ERANGE',
      ]);
    },
    TEST_MS,
  );

  test(
    'needs the right to administer the network',
    async () => {
      expect(
        await guest.python(
          `
family = Family()
tell(told=[attempt(family.set_name, 'a.x')[0], attempt(family.set_resolvers, '127.0.0.1')[0], attempt(family.names)[0]])`,
          { uid: 1000, gid: 1000 },
        ),
      ).toEqual(['EPERM', 'EPERM', 'EPERM']);
    },
    TEST_MS,
  );

  test(
    'has no more addresses than are kept, and an address no more names; what ends first gives way',
    async () => {
      expect(
        await python(`
family.put(many)
address = lambda i: f'127.1.{i >> 8}.{i & 255}'
family.set_name('n0.x', *[(address(i), 100 + i) for i in range(256)])
told = [len(family.names()['n0.x'])]
family.set_name('n0.x', *[(address(i), 100 + i) for i in range(1, 257)])
told += [sorted(family.names()['n0.x']) == sorted(address(i) for i in range(1, 257))]
for i in range(17):
    family.set_name(f'n{i}.x', ('127.0.0.5', 1000 - i))
held = family.names()
told.append(sorted(int(name[1:-2]) for name in held if '127.0.0.5' in held[name]))
tell(told=told)`),
      ).toEqual([256, true, [...Array(15).keys(), 16].sort((a, b) => a - b)]);
    },
    TEST_MS,
  );

  test(
    'of many there are no more addresses than the kernel holds, in bounded memory, and those of unloading are gone',
    async () => {
      expect(
        await python(`
family.put(many)
def lines(word):
    with open('/proc/meminfo') as file:
        return next(int(line.split()[1]) for line in file if line.startswith(word))
before = lines('SUnreclaim:')
for i in range(256):
    family.set_name(f'n{i}.x', *[(f'10.{i}.{j >> 8}.{j & 255}', 1000) for j in range(256)])
held = family.names()
told = [sum(map(len, held.values()))]
family.set_name('n299.x', *[(f'10.0.0.{j}', 2000) for j in range(256)])
held = family.names()
told += [sum(map(len, held.values())), len(held['n299.x']), (lines('SUnreclaim:') - before) < 64 * 1024]
tell(told=told)`),
      ).toEqual([65536, 65536, 256, true]);
    },
    TEST_MS * 3,
  );

  test(
    'is listed for a person and for a program',
    async () => {
      await python(`
family.put(two)
family.set_name(API, ('127.0.0.5', 600), ('127.0.0.6', 60))`);
      const listed = await must(guest.vm, `${RIPTIDES} names`);
      expect(listed.split('\n').map((line) => line.trim().replace(/ {2,}/g, '  '))).toEqual([
        'name  address  source  left',
        expect.stringMatching(/^api\.example\.com {2}127\.0\.0\.5 {2}agent {2}10 min$/),
        expect.stringMatching(/^api\.example\.com {2}127\.0\.0\.6 {2}agent {2}[0-9]+ s$/),
        '2 addresses',
        '1 name of the policy without an address: cdn.example.net',
        '',
      ]);
      const json = await must(
        guest.vm,
        `${RIPTIDES} names --json --address ::ffff:127.0.0.6 --name API.example.com.`,
      );
      expect(JSON.parse(json)).toMatchObject({
        names: [{ name: API, address: '127.0.0.6', sources: ['agent'], left: expect.any(Number) }],
        without: [],
      });
      const explained = await must(guest.vm, `${RIPTIDES} explain live --uid 0 --to 127.0.0.5:8001 --json`);
      expect(JSON.parse(explained)).toMatchObject({ verdict: 'allow', name: API });
      expect((await guest.vm.run(`${RIPTIDES} names`, { uid: 1000, gid: 1000 })).code).toBe(6);
    },
    TEST_MS,
  );

  test(
    'is decided as explain does',
    async () => {
      const all = ['a.x', 'b.example.com', 'c.example.com', 'a.example.net'];
      const policy = {
        names: [['b.example.com', 'deny'], ['a.x', 'audit'], ['c.example.com']] as const,
        ending: '.example.net',
      };
      const core = openBundle(named(policy));
      const subsets = Array.from({ length: 16 }, (_, bits) => all.filter((__, i) => bits & (1 << i)));
      const expected = subsets.map(
        (names) =>
          core.decideConnect(
            { 'process:uid': 0 },
            { remote: { address: mapped(127, 0, 0, 5), port: 8001 }, names },
          ).action,
      );
      const told = await guest.python(
        `
family = Family()
server = echo(listen('127.0.0.5', 8001))
family.put(bundle)
told = []
for names in json.loads('${JSON.stringify(subsets)}'):
    for name in json.loads('${JSON.stringify(all)}'):
        family.set_name(name, *([('127.0.0.5', 60)] if name in names else []))
    before = family.info()['counters']
    connect('127.0.0.5', 8001)
    after = family.info()['counters']
    told += [word for word, name in (('allow', 'connectAllowed'), ('audit', 'connectAudited'), ('deny', 'connectDenied')) if after[name] != before[name]]
tell(told=told)`,
        { bytes: { bundle: named(policy) }, timeoutMs: TEST_MS },
      );
      expect(told).toEqual(expected);
      expect(new Set(expected)).toEqual(new Set(['allow', 'audit', 'deny']));
    },
    TEST_MS,
  );
});

function mapped(...four: readonly [number, number, number, number]): Uint8Array {
  return Uint8Array.of(...Array<number>(10).fill(0), 0xff, 0xff, ...four);
}
