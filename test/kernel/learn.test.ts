// SPDX-License-Identifier: Apache-2.0
//
// Addresses of names that the kernel learns from answers of DNS, from a real resolver and real programs, and from forged answers. A minute
// for each kernel under emulation.

import { describe, expect, test } from '@jest/globals';
import { GUEST_NODE } from '../vm/guest-node.ts';
import { named } from './policies.ts';
import { KERNELS, must, patience, useGuest } from './suite.ts';

const API = 'api.example.com';
const CDN = 'cdn.example.net';

describe.each(KERNELS)('an answer of DNS, on kernel %s', (series) => {
  const TEST_MS = 90_000 * patience(series);
  const guest = useGuest(series, { loaded: true });
  const bytes = {
    api: named({ names: [[API], ['other.example.com']] }),
    any: named({ names: [['a.x']], ending: '.example.com' }),
    both: named({ names: [[API], [CDN, 'audit']] }),
    none: named({ names: [['a.x']] }),
  };
  // Each first hook and each last one has the kernel change its own code, where an emulated processor was seen to run into a breakpoint
  // that was gone already. Those of another keep it as it is.
  const HOOKS =
    'nft add table inet kept; for i in input output; do nft add chain inet kept $i "{ type filter hook $i priority 0; }"; done';
  const python = (script: string, extra: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    guest.python(
      `
from dns import *
family = Family()
API, CDN = '${API}', '${CDN}'
subprocess.run('''${HOOKS}''', shell=True, check=True)
subprocess.run('ip link add d0 type dummy; ip link set d0 up; for i in 5 6 7; do ip addr add 10.77.0.$i/24 dev d0; ip addr add fd00:77::$i/64 dev d0 nodad; done', shell=True, check=True)
server = echo(listen('::', 8001))
reach = lambda address: connect(address, 8001)
def named_so(name, kind=A):
    ask('127.0.0.1', name, kind)
    return family.names().get(name, {})
try:
${indent(script)}
finally:
    subprocess.run('ip link del d0', shell=True)`,
      {
        bytes: {
          ...bytes,
          ...Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, Buffer.from(v)])),
        },
        timeoutMs: TEST_MS,
      },
    );

  test(
    'tells the kernel where programs connect to, when it is of a resolver that was named',
    async () => {
      await must(guest.vm, `cp "$(command -v curl)" /tmp/curl; cp "$(command -v getent)" /tmp/getent`);
      expect(
        await python(
          `
import http.server
web = http.server.ThreadingHTTPServer(('10.77.0.5', 8002), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=web.serve_forever, daemon=True).start()
dnsmasq = Dnsmasq([(API, '10.77.0.5'), (API, 'fd00:77::5'), ('unnamed.example.com', '10.77.0.6')], options=[f'--cname=alias.example.com,{API}'])
os.chdir('/tmp')
def curl(host):
    return subprocess.run(['curl', '-s', '-4', '-o', '/dev/null', '--max-time', '20', f'http://{host}:8002/'], capture_output=True).returncode
family.put(api)
told = [curl(API), family.names()]
family.set_resolvers('127.0.0.1', grace=60)
told += [curl(API), family.names(), curl('unnamed.example.com')]
family.put(none)
told += [until(lambda: not family.names())]
family.put(api)
node = subprocess.run(json.loads(node.decode()) + ['-e', "fetch('http://${API}:8002/').then((r) => console.log(r.status), (e) => console.log(e.cause.code))"], capture_output=True, text=True)
told += [node.stdout.strip(), family.names()]
family.put(none); until(lambda: not family.names()); family.put(api)
subprocess.run(['getent', 'ahosts', API], check=True, capture_output=True)
told += [family.names(), reach('fd00:77::5'), curl(API), reach('10.77.0.6')]
dnsmasq.close()
tell(told=told)`,
          { node: JSON.stringify(GUEST_NODE) },
        ),
      ).toEqual([
        7,
        {},
        0,
        { [API]: { '10.77.0.5': 'dns' } },
        7,
        true,
        '200',
        { [API]: { '10.77.0.5': 'dns', 'fd00:77::5': 'dns' } },
        { [API]: { '10.77.0.5': 'dns', 'fd00:77::5': 'dns' } },
        'ok',
        0,
        'EACCES',
      ]);
    },
    TEST_MS,
  );

  test(
    'that changes adds an address, and closes the connections to the old one after its time and the grace',
    async () => {
      expect(
        await python(`
dnsmasq = Dnsmasq([(API, '10.77.0.5')], ttl=1)
family.put(api)
family.set_resolvers('127.0.0.1', grace=2)
socket.gethostbyname(API)
made = client('10.77.0.5'); made.connect(('10.77.0.5', 8001))
began = time.monotonic()
dnsmasq.change([(API, '10.77.0.6')])
socket.gethostbyname(API)
told = [family.names(), reach('10.77.0.5'), reach('10.77.0.6')]
made.settimeout(${20 * patience(series)})
told += [attempt(made.recv, 1), time.monotonic() - began > 2.5, reach('10.77.0.5')]
dnsmasq.close()
tell(told=told)`),
      ).toEqual([
        { [API]: { '10.77.0.5': 'dns', '10.77.0.6': 'dns' } },
        'ok',
        'ok',
        'ECONNABORTED',
        true,
        'EACCES',
      ]);
    },
    TEST_MS,
  );

  test(
    'is credited to the name that was asked for: through aliases, by its end, in any case, and beside other names',
    async () => {
      expect(
        await python(`
def respond(query):
    name = query[12:-4]
    if name.lower().startswith(labels('www.example.com')):
        return answer(query, record(OWN, CNAME, labels(CDN), 60), address_record(CDN, '10.77.0.5', 60))
    return answer(query, address_record(OWN, '10.77.0.5' if query[-3] == A else 'fd00:77::5', 60))
resolver, six = Resolver('127.0.0.1', respond), Resolver('::1', respond)
family.put(any)
family.set_resolvers('127.0.0.1', '::1', grace=60)
ask('127.0.0.1', 'wWw.eXample.CoM')
ask('::1', 'six.example.com', AAAA)
told = [family.names(), reach('10.77.0.5'), reach('fd00:77::5')]
family.put(both)
until(lambda: not family.names())
ask('127.0.0.1', CDN)
before = family.info()['counters']
reach('10.77.0.5'); ask('127.0.0.1', API); reach('10.77.0.5')
after = family.info()['counters']
told += [family.names(), after['connectAudited'] - before['connectAudited'], after['connectAllowed'] - before['connectAllowed']]
tell(told=told)`),
      ).toEqual([
        { 'www.example.com': { '10.77.0.5': 'dns' }, 'six.example.com': { 'fd00:77::5': 'dns' } },
        'ok',
        'ok',
        { [CDN]: { '10.77.0.5': 'dns' }, [API]: { '10.77.0.5': 'dns' } },
        1,
        1,
      ]);
    },
    TEST_MS,
  );

  test(
    'that nobody asked for, or that is not the one to the question, is not believed',
    async () => {
      expect(
        await python(`
family.put(api)
family.set_resolvers('127.0.0.1', grace=60)
real = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); real.bind(('127.0.0.1', 53))
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); other.bind(('127.0.0.3', 53))
high = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); high.bind(('127.0.0.1', 5353))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); asking.bind(('127.0.0.1', 0))
third = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); third.bind(('127.0.0.1', 0))
fresh = question(API, number=1)
good = address_record(OWN, '10.77.0.5', 60)
told = {}
def held(what, send):
    send(); asking.settimeout(0.2)
    try: asking.recv(4096)
    except OSError: pass
    told[what] = family.names()
reply = lambda data, by=real, to=asking: by.sendto(data, to.getsockname())
held('not asked', lambda: reply(answer(fresh, good)))
asking.sendto(fresh, ('127.0.0.1', 53))
held('another id', lambda: reply(answer(fresh, good, number=2)))
held('another question', lambda: reply(answer(fresh, good, asked=question('other.example.com', number=1))))
held('another type', lambda: reply(answer(fresh, address_record(OWN, 'fd00:77::5', 60), asked=question(API, AAAA, 1))))
held('another resolver', lambda: reply(answer(fresh, good), other))
held('another port of the resolver', lambda: reply(answer(fresh, good), high))
held('another port of the program', lambda: reply(answer(fresh, good), real, third))
held('a query back', lambda: reply(fresh))
held('nonsense', lambda: reply(b'\\0\\1' + os.urandom(40)))
held('the answer', lambda: reply(answer(fresh, good)))
family.put(none); until(lambda: not family.names()); family.put(api)
held('the answer again', lambda: reply(answer(fresh, good)))
asking.sendto(question(API, number=3), ('127.0.0.1', 53))
time.sleep(10.5)
held('too late', lambda: reply(answer(question(API, number=3), good)))
asking.sendto(question(API, number=4), ('127.0.0.1', 53))
family.set_resolvers('127.0.0.3')
held('a resolver that was taken out', lambda: reply(answer(question(API, number=4), good)))
tell(told=told)`),
      ).toEqual({
        'not asked': {},
        'another id': {},
        'another question': {},
        'another type': {},
        'another resolver': {},
        'another port of the resolver': {},
        'another port of the program': {},
        'a query back': {},
        nonsense: {},
        'the answer': { [API]: { '10.77.0.5': 'dns' } },
        'the answer again': {},
        'too late': {},
        'a resolver that was taken out': {},
      });
    },
    TEST_MS,
  );

  test(
    'from another network namespace is not believed, whoever is root there',
    async () => {
      expect(
        await python(`
family.put(api)
sh = lambda text: subprocess.run(text, shell=True, check=True)
sh('''ip netns add res; ip netns add bad
ip link add v0 type veth peer name p0 netns res; ip link add v1 type veth peer name p1 netns bad
ip addr add 10.9.0.1/24 dev v0; ip addr add 10.9.1.1/24 dev v1; ip link set v0 up; ip link set v1 up
ip -n res addr add 10.9.0.53/24 dev p0; ip -n res link set p0 up; ip -n res link set lo up; ip -n res route add default via 10.9.0.1
ip -n bad addr add 10.9.1.2/24 dev p1; ip -n bad link set p1 up; ip -n bad link set lo up; ip -n bad route add default via 10.9.1.1
for i in all v0 v1; do echo 0 > /proc/sys/net/ipv4/conf/$i/rp_filter; done''')
family.set_resolvers('10.9.0.53', '127.0.0.1', grace=60)
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); asking.bind(('10.9.0.1', 0))
fresh = question(API, number=1)
asking.sendto(fresh, ('10.9.0.53', 53))
here = os.path.dirname(sys.modules['dns'].__file__)
def inside(namespace, *, port, to, source, destination):
    data = answer(fresh, address_record(OWN, '10.77.0.5', 60))
    code = f"import sys; sys.path.insert(0, {here!r}); from dns import *; send_raw(udp({source!r}, 53, {destination!r}, {to}, {data!r}), {destination!r})"
    subprocess.run(['ip', 'netns', 'exec', namespace, sys.executable, '-c', code], check=True)
    asking.settimeout(0.5)
    try: return len(asking.recv(4096)) > 0
    except OSError: return False
to = asking.getsockname()[1]
told = [inside('bad', port=53, to=to, source='10.9.0.53', destination='10.9.0.1'), family.names()]
told += [inside('res', port=53, to=to, source='10.9.0.53', destination='10.9.0.1'), family.names()]
family.put(none); until(lambda: not family.names()); family.put(api)
own = f"import sys; sys.path.insert(0, {here!r}); from dns import *; Resolver('127.0.0.1', lambda query: answer(query, address_record(OWN, '10.77.0.5', 60))); print(ask('127.0.0.1', {API!r}) is not None)"
done = subprocess.run(['unshare', '--user', '--map-root-user', '--net', 'sh', '-c', f'ip link set lo up; exec {sys.executable} -c "$0"', own], capture_output=True, text=True, user=1000, group=1000)
told += [done.stdout.strip(), family.names()]
sh('ip netns del res; ip netns del bad; ip link del v0 || true; ip link del v1 || true')
tell(told=told)`),
      ).toEqual([true, {}, true, { [API]: { '10.77.0.5': 'dns' } }, 'True', {}]);
    },
    TEST_MS,
  );

  test(
    'is taken within its limits: times, numbers, addresses that no peer has, and what is malformed',
    async () => {
      expect(
        await python(`
replies = []
resolver = Resolver('127.0.0.1', lambda query: replies[0](query))
family.set_resolvers('127.0.0.1', grace=50)
told = {}
def one(what, reply, show=lambda: sorted(family.names().get(API, {}))):
    family.put(none); until(lambda: not family.names()); family.put(api)
    replies[:] = [reply]
    ask('127.0.0.1', API)
    told[what] = show()
left = lambda: round(family.names_left(API)['10.77.0.5'][1] / 1000)
at = lambda address, ttl=60: address_record(OWN, address, ttl)
one('a time to live', lambda q: answer(q, at('10.77.0.5', 60)), left)
one('none', lambda q: answer(q, at('10.77.0.5', 0)), left)
one('more than is believed', lambda q: answer(q, at('10.77.0.5', 0x7fffffff)), left)
one('a negative one', lambda q: answer(q, at('10.77.0.5', 0xffffffff)), left)
one('no peers', lambda q: answer(q, at('127.0.0.1'), at('0.0.0.0'), at('224.0.0.1'), at('255.255.255.255'), at('10.77.0.6')))
one('only those', lambda q: answer(q, at('127.0.0.1')))
many = lambda count: lambda q: answer(q, *[at(f'10.1.{i >> 8}.{i & 255}') for i in range(count)])
number = lambda: len(family.names().get(API, {}))
one('250', many(250), number)
one('more than is looked at', many(1000), number)
one('cut off', lambda q: answer(q, at('10.77.0.5'), flags=0x8380))
one('half', lambda q: answer(q, at('10.77.0.5'))[:-1])
one('a circle of pointers', lambda q: answer(q, record(b'\\xc0' + bytes([len(q)]), A, b'1234', 60)))
one('a circle of aliases', lambda q: answer(q, record(OWN, CNAME, labels(CDN), 60), record(CDN, CNAME, OWN, 60), record(OWN, CNAME, labels(CDN), 60)))
one('nothing', lambda q: b'')
def name_of_many():
    family.put(none); until(lambda: not family.names()); family.put(api)
    for part in range(100):
        replies[:] = [lambda q: answer(q, *[at(f'10.{part}.0.{i}', part) for i in range(100)])]
        ask('127.0.0.1', API)
    held = family.names()[API]
    return [len(held), all(address.split('.')[1] in ('97', '98', '99') for address in held)]
told['10,000 in all'] = name_of_many()
tell(told=told)`),
      ).toEqual({
        'a time to live': 110,
        none: 50,
        'more than is believed': 86450,
        'a negative one': 50,
        'no peers': ['10.77.0.6'],
        'only those': [],
        '250': 128,
        'more than is looked at': 0,
        'cut off': [],
        half: [],
        'a circle of pointers': [],
        'a circle of aliases': [],
        nothing: [],
        '10,000 in all': [256, true],
      });
    },
    TEST_MS,
  );

  test(
    'is heard also while another user asks as much as he can',
    async () => {
      expect(
        await python(`
family.put(any)
family.set_resolvers('127.0.0.1', grace=60)
real = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); real.bind(('127.0.0.1', 53))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); asking.bind(('127.0.0.1', 0))
fresh = question('own.example.com', number=1)
asking.sendto(fresh, ('127.0.0.1', 53))
here = os.path.dirname(sys.modules['dns'].__file__)
flood = f"import sys; sys.path.insert(0, {here!r}); from dns import *; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(question(f'n{{i}}.example.com', number=i), ('127.0.0.1', 53)) for i in range(2000)]"
subprocess.run([sys.executable, '-c', flood], check=True, user=1000, group=1000)
real.sendto(answer(fresh, address_record(OWN, '10.77.0.5', 60)), asking.getsockname())
tell(told=family.names())`),
      ).toEqual({ 'own.example.com': { '10.77.0.5': 'dns' } });
    },
    TEST_MS,
  );

  test(
    'may arrive while the module is drained, unloaded and loaded',
    async () => {
      await must(guest.vm, HOOKS);
      const busy = guest.spawn(`
from dns import *
resolver = Resolver('127.0.0.1', lambda query: answer(query, address_record(OWN, f'10.{random.randrange(256)}.0.{random.randrange(256)}', 0)))
print('asks', flush=True)
while True:
    ask('127.0.0.1', random.choice(('${API}', 'other.example.com')), timeout=1)
`);
      await busy.waitForOutput(/asks/);
      for (let round = 0; round < 5; round++) {
        await guest.python(
          `
family = Family()
family.put(api)
family.set_resolvers('127.0.0.1', '::1', grace=1)
assert until(lambda: len(family.names()) == 2), family.names()
for _ in range(20):
    family.set_resolvers()
    family.set_resolvers('127.0.0.1', grace=1)
    family.put(none); family.put(api)
`,
          { bytes, timeoutMs: TEST_MS },
        );
        await guest.unload();
        await guest.load();
      }
      busy.kill();
    },
    TEST_MS * 2,
  );
});

const indent = (text: string): string => text.replace(/^/gm, '    ');
